"""Calls held turn by turn, without a stream: a Lambda of their own, with the model's client."""

import json
from pathlib import Path

from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from cdk.data import Data
from cdk.stage import Stage
from cdk.watch import namespace
from cdk.webhooks import WebhookApi, python_function

TURN_S = 14
"""More than a turn's own deadline (12 s), less than Twilio's (15 s)."""


class Turns(Construct):
    """Takes turns, at one path of the webhooks' address. The alias is SnapStart's, as the webhooks' own."""

    def __init__(
        self, scope: Construct, name: str, *, stage: Stage, data: Data, api: WebhookApi, package: Path
    ) -> None:
        super().__init__(scope, name)
        self.function = python_function(
            self,
            "Turn",
            stage=stage,
            package=package,
            handler="functions.turns.entry.handler",
            snap_start=True,
            timeout_s=TURN_S,
            environment={
                "PUBLIC_BASE_URL": api.url,
                "STREAM_URL_PARAMETER": stage.stream_url_parameter,
                "TWILIO_AUTH_TOKENS_SECRET": data.twilio_auth_tokens.secret_arn,
                "STREAMING_SERVICE": stage.task_asked_of,
                "METRICS_NAMESPACE": namespace(stage),
                "CALLS_TABLE": data.calls.table_name,
                "CAMPAIGNS_TABLE": data.campaigns.table_name,
                "DESK_TABLE": data.desk.table_name,
                "BOOKINGS_TABLE": data.bookings.table_name,
                "AGENTS_DIR": "agents",
                "LINES": json.dumps(dict(stage.lines)),
                "LANGUAGE_MODEL": stage.language_model,
                "BEDROCK_MODEL": stage.bedrock_model,
                "OPENAI_BASE_URL": stage.openai_base_url,
                "OPENAI_MODEL": stage.openai_model,
                "OPENAI_API_KEY_SECRET": data.openai_api_key.secret_arn,
            },
        )
        live = lambda_.Alias(self, "Live", alias_name="live", version=self.function.current_version)
        api.serve_at("/twilio/turn", live)
