"""Business events that make the phone ring: bus, queue, one execution of Step Functions for each chain (decision 0016).

Nothing is lost on the way: an event stays in the queue until its chain is in the table and an execution of its name has
begun. What fails again and again waits in the dead-letter queue for `switchboard redrive`. Executions only wait; one
that is lost, or was stopped by hand, is begun anew by the sweep.
"""

from collections.abc import Mapping
from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_stepfunctions as stepfunctions
from constructs import Construct

from cdk.data import Data
from cdk.queues import queue_with_dead_letters
from cdk.stage import Stage
from cdk.watch import namespace
from cdk.webhooks import LAMBDA_S, python_function

DEFINITION = Path(__file__).with_name("chain.asl.json")
OURS = "switchboard"
"""The source of what is told to the company. Everything else on the bus is the company's own, and is looked at: a kind
with a slip of the pen ends among the dead letters, not nowhere."""
CALL_BACK = "callback.due"
"""The one kind of ours that makes the phone ring."""
STEP_S = 25
"""A step may ask the carrier, which has ten seconds, and write before and after."""
AGAIN_S = 90
"""Until what failed is tried again: more than six times a Lambda's own time."""
RECEIVES = 5
BATCH = 10
AT_ONCE = 10
"""Batches that are worked on at the same time: a hundred thousand events must leave Lambdas for the callers."""
WAKES = 100
"""Changes of the table in one batch."""
WAKE_TRIES = 5
"""A wake-up that fails so often is let go: the chain looks for itself when its time has come."""
SWEEP_MINUTES = 15
NO_RETRY = scheduler.CfnSchedule.RetryPolicyProperty(maximum_retry_attempts=0)
"""The next one comes soon enough."""

WAITING = lambda_.FilterCriteria.filter(
    {
        "eventName": lambda_.FilterRule.is_equal("MODIFY"),
        "dynamodb": {"NewImage": {"token": {"S": lambda_.FilterRule.exists()}}},
    }
)
"""Of all that is written into the table: rows on whose change an execution waits."""


class Campaigns(Construct):
    """The queues, the state machine, and the Lambdas around them. `stacks` says what those may do."""

    def __init__(
        self,
        scope: Construct,
        name: str,
        *,
        stage: Stage,
        data: Data,
        bus: events.IEventBus,
        webhook_url: str,
        package: Path,
    ) -> None:
        """`webhook_url` is what the carrier is told to ask about a call."""
        super().__init__(scope, name)
        self._stage, self._package = stage, package
        self.queue, self.dead = queue_with_dead_letters(self, stage.campaigns_queue, again_s=AGAIN_S, receives=RECEIVES)
        self._rule(bus)
        known = {"CAMPAIGNS_TABLE": data.campaigns.table_name, "CAMPAIGNS_DIR": "campaigns"}
        line = {
            "PUBLIC_BASE_URL": webhook_url,
            "TWILIO_ACCOUNT_SID_PARAMETER": stage.account_sid_parameter,
            "TWILIO_AUTH_TOKENS_SECRET": data.twilio_auth_tokens.secret_arn,
        }
        tells = {"DESK_TABLE": data.desk.table_name, "EVENT_BUS": bus.event_bus_name}
        self.step = self._function("Step", {**known, **line, **tells}, timeout_s=STEP_S)
        self.role = iam.Role(self, "ChainsRole", assumed_by=iam.ServicePrincipal("states.amazonaws.com"))
        self.chains = stepfunctions.StateMachine(
            self,
            "Chains",
            state_machine_name=stage.chains,
            definition_body=stepfunctions.DefinitionBody.from_string(DEFINITION.read_text()),
            definition_substitutions={"Step": self.step.function_arn},
            role=self.role,
            removal_policy=cdk.RemovalPolicy.DESTROY,
        )
        begins = {**known, "STATE_MACHINE": self.chains.state_machine_arn}
        self.accept = self._function("Accept", {**begins, "EVENTS_DIR": "docs/events"})
        self.wake = self._function("Wake", {}, handler="wake.handler")
        self.sweep = self._function("Sweep", begins)
        self.clock = iam.Role(self, "ClockRole", assumed_by=iam.ServicePrincipal("scheduler.amazonaws.com"))
        self._start(data)

    def _rule(self, bus: events.IEventBus) -> None:
        """A company's own events go into the queue, in whatever order they come, and so do calls back."""
        events.Rule(
            self,
            "Told",
            event_bus=bus,
            description="What happens in the business, and may make the phone ring: docs/events.md",
            event_pattern=events.EventPattern(source=events.Match.anything_but(OURS)),
            targets=[targets.SqsQueue(self.queue)],
        )
        events.Rule(
            self,
            "Promised",
            event_bus=bus,
            description="Callers to whom the agent has promised to call back",
            event_pattern=events.EventPattern(source=[OURS], detail_type=[CALL_BACK]),
            targets=[targets.SqsQueue(self.queue)],
        )

    def _function(
        self, name: str, environment: Mapping[str, str], *, handler: str = "", timeout_s: int = LAMBDA_S
    ) -> lambda_.Function:
        return python_function(
            self,
            name,
            stage=self._stage,
            package=self._package,
            handler=f"functions.campaigns.{handler or f'entry.{name.lower()}'}",
            environment={"METRICS_NAMESPACE": namespace(self._stage), **environment},
            timeout_s=timeout_s,
        )

    def _start(self, data: Data) -> None:
        """Bring queue, stream and clock to their Lambdas, once the roles may read them."""
        queue = lambda_.EventSourceMapping(
            self,
            "Events",
            target=self.accept,
            event_source_arn=self.queue.queue_arn,
            batch_size=BATCH,
            max_concurrency=AT_ONCE,
            report_batch_item_failures=True,
        )
        stream = lambda_.EventSourceMapping(
            self,
            "Changes",
            target=self.wake,
            event_source_arn=data.campaigns.table_stream_arn,
            starting_position=lambda_.StartingPosition.TRIM_HORIZON,
            batch_size=WAKES,
            bisect_batch_on_error=True,
            retry_attempts=WAKE_TRIES,
            filters=[WAITING],
        )
        for mapping, function in ((queue, self.accept), (stream, self.wake)):
            if function.role is not None:
                mapping.node.add_dependency(function.role)
        scheduler.CfnSchedule(
            self,
            "Clock",
            description="Begins anew what has lost its execution",
            schedule_expression=f"rate({SWEEP_MINUTES} minutes)",
            flexible_time_window=scheduler.CfnSchedule.FlexibleTimeWindowProperty(mode="OFF"),
            target=scheduler.CfnSchedule.TargetProperty(
                arn=self.sweep.function_arn, role_arn=self.clock.role_arn, retry_policy=NO_RETRY
            ),
        )
