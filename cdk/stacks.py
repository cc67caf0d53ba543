"""The three stacks: what each is made of, and who may do what. Every permission of ours is granted in this file."""

import re
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_ssm as ssm
from constructs import Construct

from cdk.after_call import AfterCall
from cdk.campaigns import Campaigns
from cdk.crm import Crm
from cdk.data import LIVE, Data
from cdk.desk import Desk
from cdk.fallback import Fallback
from cdk.stage import Stage
from cdk.streaming import Streaming
from cdk.telephony import Telephony
from cdk.turns import Turns
from cdk.watch import Alarms, count, dashboard

ANY = "*"
"""Of services whose actions know no resource: Transcribe's streams, and Polly's speech without a lexicon."""


class Core(cdk.Stack):
    """Everything but the network: it deploys into an emulator as it is."""

    def __init__(
        self,
        scope: Construct,
        name: str,
        *,
        stage: Stage,
        telephony_package: Path,
        turns_package: Path,
        after_call_package: Path,
        desk_package: Path,
        campaigns_package: Path,
    ) -> None:
        super().__init__(scope, name, description=f"Switchboard {stage.name}: webhooks, data, events")
        self.data = data = Data(self, "Data", stage=stage)
        telephony = Telephony(self, "Telephony", stage=stage, data=data, package=telephony_package)
        self.webhook_url = telephony.api.url
        turns = Turns(self, "Turns", stage=stage, data=data, api=telephony.api, package=turns_package)
        after_call = AfterCall(self, "AfterCall", stage=stage, data=data, package=after_call_package)
        crm = (
            Crm(self, "Crm", stage=stage, data=data, bus=after_call.bus, package=after_call_package, key=data.hubspot)
            if data.hubspot
            else None
        )
        desk = Desk(self, "Desk", stage=stage, data=data, webhook_url=telephony.api.url, package=desk_package)
        campaigns = Campaigns(
            self,
            "Campaigns",
            stage=stage,
            data=data,
            bus=after_call.bus,
            webhook_url=telephony.api.url,
            package=campaigns_package,
        )

        parameter = self.format_arn(service="ssm", resource="parameter", resource_name=stage.stream_url_parameter[1:])
        for webhooks in (telephony.function, turns.function):
            allow(
                webhooks,
                ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query", "dynamodb:UpdateItem"],
                data.calls.table_arn,
            )
            allow(webhooks, ["secretsmanager:GetSecretValue"], data.twilio_auth_tokens.secret_arn)
            allow(webhooks, ["ssm:GetParameter"], parameter)
            if stage.task_asked_of:
                service = self.format_arn(service="ecs", resource="service", resource_name=stage.task_asked_of)
                allow(webhooks, ["ecs:DescribeServices", "ecs:UpdateService"], service)
        allow(telephony.function, ["dynamodb:PutItem", "dynamodb:Query", "dynamodb:UpdateItem"], data.desk.table_arn)
        own = [f"dynamodb:{action}" for action in ("GetItem", "PutItem", "Query", "UpdateItem")]
        allow(turns.function, own, data.bookings.table_arn)
        if data.stripe:
            allow(telephony.function, ["secretsmanager:GetSecretValue"], data.stripe.secret_arn)
        allow(turns.function, ["dynamodb:PutItem"], data.desk.table_arn)
        allow(turns.function, ["secretsmanager:GetSecretValue"], data.openai_api_key.secret_arn)
        self.model = allow_model(self, turns.function, stage)

        read_stream = [
            f"dynamodb:{action}" for action in ("DescribeStream", "GetRecords", "GetShardIterator", "ListStreams")
        ]
        for table in (data.calls, data.campaigns):
            allow(after_call.hand_over, read_stream, f"{table.table_arn}/stream/{ANY}")
        allow(after_call.hand_over, ["sqs:SendMessage"], after_call.queue.queue_arn)
        read_queue = ["sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"]
        allow(after_call.publish, read_queue, after_call.queue.queue_arn)
        allow(
            after_call.publish,
            ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query", "dynamodb:UpdateItem"],
            data.calls.table_arn,
        )
        allow(after_call.publish, ["events:PutEvents"], after_call.bus.event_bus_arn)
        of_ours = [f"dynamodb:{action}" for action in ("GetItem", "PutItem", "Query", "UpdateItem")]
        for function in (telephony.function, after_call.publish):
            allow(function, of_ours, data.campaigns.table_arn)
        allow(turns.function, ["dynamodb:PutItem"], data.campaigns.table_arn)
        if crm:
            allow(crm.function, read_queue, crm.queue.queue_arn)
            allow(crm.function, ["dynamodb:PutItem", "dynamodb:Query"], data.calls.table_arn)
            allow(crm.function, ["secretsmanager:GetSecretValue"], crm.key.secret_arn)

        keep = [f"dynamodb:{action}Item" for action in ("Delete", "Get", "Put", "Update")]
        for function in (desk.api, desk.socket, desk.push):
            allow(function, [*keep, "dynamodb:Query"], data.desk.table_arn)
        allow(
            desk.api,
            ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query", "dynamodb:UpdateItem"],
            data.calls.table_arn,
        )
        allow(desk.api, ["secretsmanager:GetSecretValue"], data.twilio_auth_tokens.secret_arn)
        allow(desk.push, read_stream, f"{data.calls.table_arn}/stream/{ANY}", f"{data.desk.table_arn}/stream/{ANY}")
        pages = f"{desk.sockets.api_id}/{desk.socket_stage.stage_name}/POST/@connections/{ANY}"
        for function in (desk.socket, desk.push):
            allow(function, ["execute-api:ManageConnections"], self.format_arn(service="execute-api", resource=pages))

        allow_campaigns(campaigns, data, after_call.bus, stage)
        allow(campaigns.wake, read_stream, f"{data.campaigns.table_arn}/stream/{ANY}")
        allow(campaigns.accept, read_queue, campaigns.queue.queue_arn)
        account_sid = self.format_arn(
            service="ssm", resource="parameter", resource_name=stage.account_sid_parameter[1:]
        )
        allow(campaigns.step, ["ssm:GetParameter"], account_sid)

        alarms = Alarms(self, "Alarms", stage=stage)
        alarms.add("WebhooksFail", telephony.api.api.metric_server_error())
        alarms.add("ResultsStuck", after_call.dead.metric_approximate_number_of_messages_visible())
        alarms.add("ResultsWait", after_call.hand_over.metric("IteratorAge"))
        if crm:
            alarms.add("CrmStuck", crm.dead.metric_approximate_number_of_messages_visible())
        alarms.add("DeskBehind", desk.push.metric("IteratorAge"))
        alarms.add("EventsStuck", campaigns.dead.metric_approximate_number_of_messages_visible())
        alarms.add("CampaignStopped")
        alarms.add("StepsFail", campaigns.step.metric_errors())
        alarms.add("ChainsFail", campaigns.chains.metric_failed())
        alarms.add("ChainsLate", campaigns.wake.metric("IteratorAge"))

        output(self, "WebhookUrl", telephony.api.url)
        output(self, "WebhookFunction", telephony.function.function_name)
        output(self, "TurnFunction", turns.function.function_name)
        output(self, "CallsTable", data.calls.table_name)
        output(self, "CampaignsTable", data.campaigns.table_name)
        output(self, "StepFunction", campaigns.step.function_name)
        if crm:
            output(self, "CrmFunction", crm.function.function_name)
        output(self, "DeskUrl", desk.url)
        output(self, "DeskTable", data.desk.table_name)
        output(self, "People", desk.pool.user_pool_id)
        output(self, "EventBus", after_call.bus.event_bus_name)
        output(self, "BookingsTable", data.bookings.table_name)
        output(self, "TwilioAuthTokensSecret", data.twilio_auth_tokens.secret_arn)
        output(self, "OpenAiApiKeySecret", data.openai_api_key.secret_arn)
        for secret in (*data.keys.values(), *filter(None, (data.stripe, data.hubspot))):
            output(self, f"{secret.node.id}Secret", secret.secret_arn)
        output(self, "NextStep", f"switchboard stage --stage {stage.name}")


class Stream(cdk.Stack):
    """The live calls. The webhooks find it by the parameter it leaves when it is up."""

    def __init__(self, scope: Construct, name: str, *, stage: Stage, data: Data, webhook_url: str, image: Path) -> None:
        super().__init__(scope, name, description=f"Switchboard {stage.name}: live calls")
        streaming = Streaming(self, "Streaming", stage=stage, data=data, webhook_url=webhook_url, image=image)

        task = streaming.task.task_role
        calls, bookings = data.calls.table_arn, data.bookings.table_arn
        allow(task, ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query", "dynamodb:UpdateItem"], calls)
        allow(task, ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query", "dynamodb:UpdateItem"], bookings)
        allow(task, ["dynamodb:PutItem", "dynamodb:Query", "dynamodb:UpdateItem"], data.desk.table_arn)
        allow(task, ["dynamodb:PutItem"], data.campaigns.table_arn)
        allow(task, ["transcribe:StartStreamTranscriptionWebSocket", "polly:SynthesizeSpeech"], ANY)
        self.model = allow_model(self, task, stage)
        tasks = self.format_arn(service="ecs", resource="task", resource_name=f"{streaming.cluster.cluster_name}/{ANY}")
        allow(task, ["ecs:GetTaskProtection", "ecs:UpdateTaskProtection"], tasks)

        alarms = Alarms(self, "Alarms", stage=stage)
        if stage.idle == "zero":
            alarms.add("NoTaskComes")
        else:
            alarms.add("NoTaskLives", streaming.targets.metrics.healthy_host_count())
        alarms.add("CallsFail")
        alarms.add("AnswersSlow")
        dashboard(self, stage)

        address = ssm.StringParameter(
            self, "StreamUrl", parameter_name=stage.stream_url_parameter, string_value=streaming.stream_url
        )
        address.node.add_dependency(streaming.service)
        output(self, "StreamUrlOut", streaming.stream_url)
        output(self, "Cluster", streaming.cluster.cluster_name)
        output(self, "Service", streaming.service.service_name)


class FallbackStack(cdk.Stack):
    """Alone: no import, no export, in another region if the stage says so."""

    def __init__(self, scope: Construct, name: str, *, stage: Stage, package: Path) -> None:
        where = cdk.Environment(region=stage.fallback_region) if stage.fallback_region else None
        super().__init__(scope, name, env=where, description=f"Switchboard {stage.name}: where callers go if all fails")
        fallback = Fallback(self, "Fallback", stage=stage, package=package)

        allow(fallback.function, ["secretsmanager:GetSecretValue"], fallback.twilio_auth_tokens.secret_arn)

        alarms = Alarms(self, "Alarms", stage=stage)
        count(alarms, stage, "SentOn", fallback.function.log_group)
        alarms.add("CallersSentOn")

        output(self, "FallbackUrl", fallback.api.url)
        output(self, "TwilioAuthTokensSecret", fallback.twilio_auth_tokens.secret_arn)


def allow_campaigns(campaigns: Campaigns, data: Data, bus: events.IEventBus, stage: Stage) -> None:
    """What chains may do: the execution, one Lambda; that, the carrier's secret; each other, as little as it needs."""
    table, live = data.campaigns.table_arn, f"{data.campaigns.table_arn}/index/{LIVE}"
    allow(campaigns.role, ["lambda:InvokeFunction"], campaigns.step.function_arn)
    read_and_write = [f"dynamodb:{action}" for action in ("DeleteItem", "GetItem", "PutItem", "Query", "UpdateItem")]
    for function in (campaigns.accept, campaigns.step):
        allow(function, read_and_write, table)
    allow(campaigns.step, ["dynamodb:PutItem", "dynamodb:Query", "dynamodb:UpdateItem"], data.desk.table_arn)
    allow(campaigns.step, ["secretsmanager:GetSecretValue"], data.twilio_auth_tokens.secret_arn)
    allow(campaigns.step, ["events:PutEvents"], bus.event_bus_arn)
    allow(campaigns.sweep, ["dynamodb:Query"], live)
    chains = campaigns.chains.state_machine_arn
    for function in (campaigns.accept, campaigns.sweep):
        allow(function, ["states:StartExecution"], chains)
    allow(campaigns.wake, ["states:SendTaskSuccess"], chains)
    # By its name: the state machine refers to the Lambda already.
    name, form = stage.chains, cdk.ArnFormat.COLON_RESOURCE_NAME
    itself = cdk.Stack.of(campaigns).format_arn(
        service="states", resource="stateMachine", resource_name=name, arn_format=form
    )
    allow(campaigns.step, ["states:SendTaskSuccess"], itself)
    allow(campaigns.clock, ["lambda:InvokeFunction"], campaigns.sweep.function_arn)


def allow_model(stack: cdk.Stack, who: iam.IGrantable, stage: Stage) -> str:
    """Let `who` ask the stage's model on Bedrock, if there is one; its id, without an inference profile's prefix."""
    name = re.sub(r"^(global|us|us-gov|eu|apac|jp|au|ca)\.", "", stage.bedrock_model)
    if name:
        # An inference profile asks its model in whichever region has room.
        bedrock = partial(stack.format_arn, service="bedrock")
        profile = bedrock(resource="inference-profile", resource_name=stage.bedrock_model)
        model = bedrock(region=ANY, account="", resource="foundation-model", resource_name=name)
        allow(who, ["bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream"], model, profile)
    return name


def allow(who: iam.IGrantable, actions: Sequence[str], *resources: str) -> None:
    """Let `who` do these actions, on these resources and no others."""
    who.grant_principal.add_to_principal_policy(iam.PolicyStatement(actions=list(actions), resources=list(resources)))


def output(stack: cdk.Stack, name: str, value: str) -> None:
    cdk.CfnOutput(stack, name, value=value)
