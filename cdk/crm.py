"""The CRM: a rule on the bus, a queue, and a Lambda that notes each call there. Only with `crm` in the stage.

A CRM that is away for a day, or throttles, costs nothing but time: messages come again, and what was refused waits in
the dead-letter queue for `switchboard redrive`.
"""

from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from cdk.data import Data
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
        source = cdk.Stack.of(self).format_arn(service="sqs", resource=stage.queue("crm"))
        self.dead = sqs.Queue(
            self,
            "Dead",
            queue_name=f"{stage.queue('crm')}-dead",
            retention_period=cdk.Duration.days(14),
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=True,
            redrive_allow_policy=sqs.RedriveAllowPolicy(
                redrive_permission=sqs.RedrivePermission.BY_QUEUE,
                source_queues=[sqs.Queue.from_queue_arn(self, "Source", source)],
            ),
        )
        self.queue = sqs.Queue(
            self,
            "Queue",
            queue_name=stage.queue("crm"),
            visibility_timeout=cdk.Duration.seconds(AGAIN_S),
            dead_letter_queue=sqs.DeadLetterQueue(queue=self.dead, max_receive_count=RECEIVES),
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=True,
        )
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
