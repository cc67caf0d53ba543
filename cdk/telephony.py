"""Twilio's webhooks: an HTTP API and the Lambda behind it."""

import json
from pathlib import Path

from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from cdk.data import Data
from cdk.stage import Stage
from cdk.watch import namespace
from cdk.webhooks import WebhookApi, python_function


class Telephony(Construct):
    """Answers calls. The alias always points to a version that started well once: SnapStart goes on from there."""

    def __init__(self, scope: Construct, name: str, *, stage: Stage, data: Data, package: Path) -> None:
        super().__init__(scope, name)
        self.api = WebhookApi(self, "Telephony", stage=stage, description="Twilio's voice webhooks")
        self.function = python_function(
            self,
            "Webhooks",
            stage=stage,
            package=package,
            handler="functions.entry.handler",
            snap_start=True,
            environment={
                "PUBLIC_BASE_URL": self.api.url,
                "STREAM_URL_PARAMETER": stage.stream_url_parameter,
                "TWILIO_AUTH_TOKENS_SECRET": data.twilio_auth_tokens.secret_arn,
                "STREAMING_SERVICE": stage.task_asked_of,
                "METRICS_NAMESPACE": namespace(stage),
                "CALLS_TABLE": data.calls.table_name,
                "CAMPAIGNS_TABLE": data.campaigns.table_name,
                "DESK_TABLE": data.desk.table_name,
                "AGENTS_DIR": "agents",
                "LINES": json.dumps(dict(stage.lines)),
                **({"STRIPE_API_KEY_SECRET": data.stripe.secret_arn} if data.stripe else {}),
            },
        )
        live = lambda_.Alias(self, "Live", alias_name="live", version=self.function.current_version)
        self.api.serve("/twilio", live, gets=("/hold.wav", "/paid"))
        if data.stripe:
            self.api.serve_at("/stripe/events", live)
