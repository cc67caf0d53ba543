"""The desk: a page for people, who signs in to it, what it asks, and how it hears what is new (docs/decisions/0012).

Page and API have one address, so the browser needs no permission to go from one to the other. API Gateway checks the
user pool's tokens itself.
"""

from collections.abc import Mapping
from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_apigatewayv2 as apigateway
from aws_cdk import aws_cognito as cognito
from aws_cdk import aws_lambda as lambda_
from aws_cdk.aws_apigatewayv2_authorizers import HttpUserPoolAuthorizer
from aws_cdk.aws_apigatewayv2_integrations import HttpLambdaIntegration, WebSocketLambdaIntegration
from constructs import Construct

from cdk.data import Data
from cdk.stage import Stage
from cdk.watch import namespace
from cdk.webhooks import AccessLog, log_group, python_function

SOCKET_STAGE = "desk"
SHIFT_H = 12
"""How long a page stays signed in."""
REQUESTS_PER_S = 200
BURST = 400
BATCH = 100
"""Rows of a stream that are told together; under load more of them, not more often."""
TRIES = 5


class Desk(Construct):
    """The pool of people, the API with the page, the WebSockets, and the Lambdas. `stacks` says what those may do."""

    def __init__(
        self, scope: Construct, name: str, *, stage: Stage, data: Data, webhook_url: str, package: Path
    ) -> None:
        super().__init__(scope, name)
        self.http = apigateway.HttpApi(
            self, "Http", api_name=f"switchboard-{stage.name}-desk", description="The desk", create_default_stage=False
        )
        apigateway.HttpStage(
            self,
            "Stage",
            http_api=self.http,
            stage_name="$default",
            auto_deploy=True,
            throttle=apigateway.ThrottleSettings(rate_limit=REQUESTS_PER_S, burst_limit=BURST),
            access_log_settings=AccessLog(log_group(self, "AccessLog", stage)),
            detailed_metrics_enabled=True,
        )
        self.url = _address("https", self.http)
        self.pool, self.client, domain = self._sign_in(stage)
        self.sockets = apigateway.WebSocketApi(
            self, "Sockets", api_name=f"switchboard-{stage.name}-desk-sockets", description="The desk's news"
        )
        self.socket_stage = apigateway.WebSocketStage(
            self,
            "SocketStage",
            web_socket_api=self.sockets,
            stage_name=SOCKET_STAGE,
            auto_deploy=True,
            throttle=apigateway.ThrottleSettings(rate_limit=REQUESTS_PER_S, burst_limit=BURST),
        )
        stack = cdk.Stack.of(self)
        environment = {
            "METRICS_NAMESPACE": namespace(stage),
            "CALLS_TABLE": data.calls.table_name,
            "DESK_TABLE": data.desk.table_name,
            "AGENTS_DIR": "agents",
            "PAGE_DIR": "page",
            "SIGN_IN_ISSUER": f"https://cognito-idp.{stack.region}.{stack.url_suffix}/{self.pool.user_pool_id}",
            "SIGN_IN_URL": f"https://{domain.domain_name}.auth.{stack.region}.amazoncognito.com",
            "SIGN_IN_CLIENT": self.client.user_pool_client_id,
            "SOCKET_URL": f"{_address('wss', self.sockets)}/{SOCKET_STAGE}",
            "CONNECTIONS_URL": f"{_address('https', self.sockets)}/{SOCKET_STAGE}",
        }
        takes_over = {"PUBLIC_BASE_URL": webhook_url, "TWILIO_AUTH_TOKENS_SECRET": data.twilio_auth_tokens.secret_arn}
        self.api, self.socket, self.push = (
            self._function(part, environment | more, stage=stage, package=package)
            for part, more in (("Api", takes_over), ("Socket", {}), ("Push", {}))
        )
        self._serve()
        self._listen(data)

    def _sign_in(self, stage: Stage) -> tuple[cognito.UserPool, cognito.UserPoolClient, cognito.UserPoolDomain]:
        """Only an administrator makes people; their groups are the teams. Nobody changes their own phone."""
        pool = cognito.UserPool(
            self,
            "People",
            user_pool_name=f"switchboard-{stage.name}",
            self_sign_up_enabled=False,
            sign_in_aliases=cognito.SignInAliases(username=True, email=True),
            custom_attributes={"sip": cognito.StringAttribute(mutable=True, max_len=255)},
            password_policy=cognito.PasswordPolicy(
                min_length=12, require_digits=True, require_lowercase=True, require_symbols=True, require_uppercase=True
            ),
            mfa=cognito.Mfa.OPTIONAL,
            mfa_second_factor=cognito.MfaSecondFactor(sms=False, otp=True),
            account_recovery=cognito.AccountRecovery.EMAIL_ONLY,
            deletion_protection=stage.keep_data,
            removal_policy=cdk.RemovalPolicy.RETAIN if stage.keep_data else cdk.RemovalPolicy.DESTROY,
        )
        domain = pool.add_domain(
            "Domain",
            cognito_domain=cognito.CognitoDomainOptions(
                domain_prefix=f"switchboard-{stage.name}-{cdk.Stack.of(self).account}"
            ),
        )
        client = pool.add_client(
            "Page",
            generate_secret=False,
            auth_flows=cognito.AuthFlow(),
            o_auth=cognito.OAuthSettings(
                flows=cognito.OAuthFlows(authorization_code_grant=True),
                scopes=[cognito.OAuthScope.OPENID, cognito.OAuthScope.PROFILE, cognito.OAuthScope.PHONE],
                callback_urls=[f"{self.url}/"],
                logout_urls=[f"{self.url}/"],
            ),
            read_attributes=cognito.ClientAttributes()
            .with_standard_attributes(fullname=True, email=True, phone_number=True)
            .with_custom_attributes("sip"),
            write_attributes=cognito.ClientAttributes().with_standard_attributes(locale=True),
            id_token_validity=cdk.Duration.hours(1),
            access_token_validity=cdk.Duration.hours(1),
            refresh_token_validity=cdk.Duration.hours(SHIFT_H),
            prevent_user_existence_errors=True,
            enable_token_revocation=True,
        )
        return pool, client, domain

    def _function(self, part: str, environment: Mapping[str, str], *, stage: Stage, package: Path) -> lambda_.Function:
        handler = f"functions.desk.wiring.{part.lower()}"
        return python_function(self, part, stage=stage, package=package, handler=handler, environment=environment)

    def _serve(self) -> None:
        """The page for anybody, what it asks for who has signed in."""
        integration = HttpLambdaIntegration("Lambda", self.api)
        for path in ("/", "/{file}"):
            self.http.add_routes(path=path, methods=[apigateway.HttpMethod.GET], integration=integration)
        self.http.add_routes(
            path="/api/{proxy+}",
            methods=[apigateway.HttpMethod.GET, apigateway.HttpMethod.POST, apigateway.HttpMethod.PUT],
            integration=integration,
            authorizer=HttpUserPoolAuthorizer("SignedIn", self.pool, user_pool_clients=[self.client]),
        )

    def _listen(self, data: Data) -> None:
        """Connections to one Lambda, and the streams of both tables to the other, once its role may read them."""
        for route in ("$connect", "$disconnect", "$default"):
            self.sockets.add_route(
                route, integration=WebSocketLambdaIntegration(f"Lambda{route[1:].title()}", self.socket)
            )
        for name, table in (("Calls", data.calls), ("Desk", data.desk)):
            mapping = lambda_.EventSourceMapping(
                self,
                f"{name}New",
                target=self.push,
                event_source_arn=table.table_stream_arn,
                starting_position=lambda_.StartingPosition.TRIM_HORIZON,
                batch_size=BATCH,
                bisect_batch_on_error=True,
                retry_attempts=TRIES,
            )
            if self.push.role is not None:
                mapping.node.add_dependency(self.push.role)


def _address(scheme: str, api: apigateway.HttpApi | apigateway.WebSocketApi) -> str:
    """Made from its parts: an emulator's own idea of it is not https."""
    stack = cdk.Stack.of(api)
    return f"{scheme}://{api.api_id}.execute-api.{stack.region}.{stack.url_suffix}"
