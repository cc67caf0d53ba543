"""An HTTP API in front of one Lambda: what telephony and fallback are both made of."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import aws_cdk as cdk
import jsii
from aws_cdk import aws_apigatewayv2 as apigateway
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk.aws_apigatewayv2_integrations import HttpLambdaIntegration
from constructs import Construct

from cdk.stage import Stage

LAMBDA_S = 12
"""More than the webhooks' own deadline (8 s), less than Twilio's (15 s)."""
MEMORY_MB = 1024
"""What it buys is processor: the start-up is all processor."""

REQUESTS_PER_S = 200
BURST = 400

_PROCESSORS = {"arm64": lambda_.Architecture.ARM_64, "x86_64": lambda_.Architecture.X86_64}

_ACCESS_LINE = {
    "requestId": "$context.requestId",
    "time": "$context.requestTime",
    "route": "$context.routeKey",
    "status": "$context.status",
    "latency_ms": "$context.responseLatency",
    "integration_ms": "$context.integrationLatency",
    "error": "$context.integrationErrorMessage",
}
"""No query, no address, no agent: nothing of who called."""


def log_group(scope: Construct, name: str, stage: Stage) -> logs.LogGroup:
    """Logs that end: kept for the stage's days."""
    return logs.LogGroup(
        scope,
        name,
        retention=_RETENTION[stage.log_days],
        removal_policy=cdk.RemovalPolicy.RETAIN if stage.keep_data else cdk.RemovalPolicy.DESTROY,
    )


_RETENTION = {
    7: logs.RetentionDays.ONE_WEEK,
    14: logs.RetentionDays.TWO_WEEKS,
    30: logs.RetentionDays.ONE_MONTH,
    60: logs.RetentionDays.TWO_MONTHS,
    90: logs.RetentionDays.THREE_MONTHS,
    180: logs.RetentionDays.SIX_MONTHS,
    365: logs.RetentionDays.ONE_YEAR,
}


class WebhookApi(Construct):
    """A public HTTPS address at the root of its host (`$default`): a path of the gateway's own would not be signed."""

    def __init__(self, scope: Construct, name: str, *, stage: Stage, description: str) -> None:
        super().__init__(scope, name)
        self.api = apigateway.HttpApi(
            self,
            "Api",
            api_name=f"switchboard-{stage.name}-{name.lower()}",
            description=description,
            create_default_stage=False,
        )
        apigateway.HttpStage(
            self,
            "Stage",
            http_api=self.api,
            stage_name="$default",
            auto_deploy=True,
            throttle=apigateway.ThrottleSettings(rate_limit=REQUESTS_PER_S, burst_limit=BURST),
            access_log_settings=AccessLog(log_group(self, "AccessLog", stage)),
            detailed_metrics_enabled=True,
        )

    @property
    def url(self) -> str:
        """As Twilio calls it and signs it, made from its parts: an emulator's own idea of it is not https."""
        stack = cdk.Stack.of(self)
        return f"https://{self.api.api_id}.execute-api.{stack.region}.{stack.url_suffix}"

    def serve_at(self, path: str, handler: lambda_.IFunction) -> None:
        """Twilio's requests for one path, which are POSTs; it counts before any that `serve` names."""
        self.api.add_routes(
            path=path,
            methods=[apigateway.HttpMethod.POST],
            integration=HttpLambdaIntegration(path.rpartition("/")[2].title(), handler),
        )

    def serve(self, posts: str, handler: lambda_.IFunction, *, gets: Sequence[str] = ()) -> None:
        """Twilio's requests, which are POSTs below `posts`, what anybody may get, and `GET /health`."""
        integration = HttpLambdaIntegration("Lambda", handler)
        for method, path in (
            (apigateway.HttpMethod.POST, f"{posts}/{{proxy+}}"),
            *((apigateway.HttpMethod.GET, path) for path in (*gets, "/health")),
        ):
            self.api.add_routes(path=path, methods=[method], integration=integration)


def python_function(
    scope: Construct,
    name: str,
    *,
    stage: Stage,
    package: Path,
    handler: str,
    environment: Mapping[str, str],
    snap_start: bool = False,
    timeout_s: int = LAMBDA_S,
    secrets: lambda_.ParamsAndSecretsLayerVersion | None = None,
) -> lambda_.Function:
    """A Lambda from its own zip, with a log group, and a role that may write there and nowhere else."""
    log = log_group(scope, f"{name}Log", stage)
    role = iam.Role(scope, f"{name}Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
    log.grant_write(role)
    return lambda_.Function(
        scope,
        name,
        runtime=lambda_.Runtime.PYTHON_3_13,
        architecture=_PROCESSORS[stage.processor],
        code=lambda_.Code.from_asset(str(package)),
        handler=handler,
        memory_size=MEMORY_MB,
        timeout=cdk.Duration.seconds(timeout_s),
        environment=dict(environment),
        log_group=log,
        role=role,
        logging_format=lambda_.LoggingFormat.JSON,
        snap_start=lambda_.SnapStartConf.ON_PUBLISHED_VERSIONS if snap_start else None,
        params_and_secrets=secrets,
    )


@jsii.implements(apigateway.IAccessLogSettings)
class AccessLog:
    """A class, because CDK takes an object with behaviour here and no struct."""

    def __init__(self, group: logs.ILogGroup) -> None:
        self._destination = apigateway.LogGroupLogDestination(group)

    @property
    def destination(self) -> apigateway.IAccessLogDestination:
        return self._destination

    @property
    def format(self) -> cdk.aws_apigateway.AccessLogFormat:
        return cdk.aws_apigateway.AccessLogFormat.custom(json.dumps(_ACCESS_LINE))
