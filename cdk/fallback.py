"""Where Twilio turns when the application does not answer. Nothing here refers to anything else of ours."""

from pathlib import Path

from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from cdk.stage import Stage
from cdk.webhooks import WebhookApi, python_function


class Fallback(Construct):
    """An API, a Lambda, and a copy of Twilio's auth token of its own."""

    def __init__(self, scope: Construct, name: str, *, stage: Stage, package: Path) -> None:
        super().__init__(scope, name)
        self.twilio_auth_tokens = secretsmanager.Secret(
            self,
            "TwilioAuthTokens",
            description=f"Switchboard {stage.name} fallback: Twilio's auth token; several with commas between",
        )
        self.api = WebhookApi(self, "Fallback", stage=stage, description="Twilio's fallback webhook")
        self.function = python_function(
            self,
            "Webhooks",
            stage=stage,
            package=package,
            handler="functions.fallback.handler",
            secrets=lambda_.ParamsAndSecretsLayerVersion.from_version(
                lambda_.ParamsAndSecretsVersions.V1_0_103,
                log_level=lambda_.ParamsAndSecretsLogLevel.ERROR,
            ),
            environment={
                "PUBLIC_BASE_URL": self.api.url,
                "FALLBACK_TO": stage.fallback_to,
                "FALLBACK_SAYS": stage.fallback_says,
                "TWILIO_AUTH_TOKENS_SECRET": self.twilio_auth_tokens.secret_arn,
            },
        )
        self.api.serve("/fallback", self.function)
