"""The CRM: a rule on the bus, a queue, and a Lambda that notes each call there. Only with `crm` in the stage.

A CRM that is away for a day, or throttles, costs nothing but time: messages come again, and what was refused waits in
the dead-letter queue for `switchboard redrive`.
"""

from pathlib import Path

from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from cdk.data import Data
from cdk.queues import queue_with_dead_letters
from cdk.stage import Stage
from cdk.watch import namespace
from cdk.webhooks import python_function

AGAIN_S = 180
"""Until what failed is tried again; at least six times the Lambda's own time."""
RECEIVES = 20
"""An hour of a CRM that is away."""
BATCH = 5
AT_ONCE = 2
"""Batches at the same time: a CRM allows some ten requests a second, and a note takes three."""


class Crm(Construct):
    """The queues and the Lambda behind them. `stacks` says what it may do."""

    def __init__(
        self,
        scope: Construct,
        name: str,
        *,
        stage: Stage,
        data: Data,
        bus: events.IEventBus,
        package: Path,
        key: secretsmanager.Secret,
    ) -> None:
        super().__init__(scope, name)
        self.key = key
        self.queue, self.dead = queue_with_dead_letters(self, stage.queue("crm"), again_s=AGAIN_S, receives=RECEIVES)
        events.Rule(
            self,
            "CallsOver",
            event_bus=bus,
            description="Calls that are over, to be noted in the CRM",
            event_pattern=events.EventPattern(
                source=["switchboard"], detail_type=["call.finished", "attempt.completed"]
            ),
            targets=[targets.SqsQueue(self.queue)],
        )
        self.function = python_function(
            self,
            "Note",
            stage=stage,
            package=package,
            handler="functions.crm.note",
            environment={
                "METRICS_NAMESPACE": namespace(stage),
                "CALLS_TABLE": data.calls.table_name,
                "HUBSPOT_API_KEY_SECRET": key.secret_arn,
            },
        )
        mapping = lambda_.EventSourceMapping(
            self,
            "Told",
            target=self.function,
            event_source_arn=self.queue.queue_arn,
            batch_size=BATCH,
            max_concurrency=AT_ONCE,
            report_batch_item_failures=True,
        )
        if self.function.role is not None:
            mapping.node.add_dependency(self.function.role)
