"""What outlives everything else: the tables, and the secrets."""

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from cdk.stage import Stage

EXPIRY_ATTRIBUTE = "expires_at"
LIVE, LOOKED_AFTER = "live", "looked_after"
"""Of a chain: its campaign, apart for those that are finished, and the time until which somebody waits for it. Their
index is called as the first."""


class Data(Construct):
    """Tables that can be restored to any second of the last 35 days, and secrets that begin as noise.

    Noise signs nothing and opens nothing, so a deployment refuses every call until `switchboard secrets set`.
    """

    def __init__(self, scope: Construct, name: str, *, stage: Stage) -> None:
        super().__init__(scope, name)
        self._stage = stage
        self.calls = self._table("Calls", expires=True, stream=dynamodb.StreamViewType.NEW_AND_OLD_IMAGES)
        self.desk = self._table("Desk", expires=True, stream=dynamodb.StreamViewType.NEW_AND_OLD_IMAGES)
        self.bookings = self._table("Bookings", expires=False)
        self.campaigns = self._table("Campaigns", expires=True, stream=dynamodb.StreamViewType.NEW_AND_OLD_IMAGES)
        self.campaigns.add_global_secondary_index(
            index_name=LIVE,
            partition_key=_text(LIVE),
            sort_key=_text(LOOKED_AFTER),
            projection_type=dynamodb.ProjectionType.INCLUDE,
            non_key_attributes=["attempts", "disposition", "ended", "phase", "result"],
        )
        self.twilio_auth_tokens = self._secret("TwilioAuthTokens", "Twilio's auth token; several with commas between")
        self.openai_api_key = self._secret("OpenAiApiKey", "The key of the language model's provider")
        self.stripe = (
            self._secret("StripeApiKey", "Stripe's secret key and its webhook's signing secret, with a comma between")
            if stage.payment_links
            else None
        )
        self.hubspot = (
            self._secret("HubspotApiKey", "The access token of a private app of HubSpot's")
            if stage.crm == "hubspot"
            else None
        )
        self.keys = {key: self._secret(_title(key), f"The value of {key}") for key in stage.keys}

    def _table(self, name: str, *, expires: bool, stream: dynamodb.StreamViewType | None = None) -> dynamodb.TableV2:
        return dynamodb.TableV2(
            self,
            name,
            partition_key=_text("pk"),
            sort_key=_text("sk"),
            billing=dynamodb.Billing.on_demand(),
            encryption=dynamodb.TableEncryptionV2.aws_managed_key(),
            point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
                point_in_time_recovery_enabled=True
            ),
            time_to_live_attribute=EXPIRY_ATTRIBUTE if expires else None,
            dynamo_stream=stream,
            deletion_protection=self._stage.keep_data,
            removal_policy=cdk.RemovalPolicy.RETAIN if self._stage.keep_data else cdk.RemovalPolicy.DESTROY,
        )

    def _secret(self, name: str, description: str) -> secretsmanager.Secret:
        return secretsmanager.Secret(self, name, description=f"Switchboard {self._stage.name}: {description}")


def _text(name: str) -> dynamodb.Attribute:
    return dynamodb.Attribute(name=name, type=dynamodb.AttributeType.STRING)


def _title(setting: str) -> str:
    """`DEEPGRAM_API_KEY` is `DeepgramApiKey`."""
    return "".join(part.capitalize() for part in setting.split("_"))
