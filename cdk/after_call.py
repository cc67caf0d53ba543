"""What follows a call's end, or an opt-out: the tables' streams, a queue, an event on the bus (docs/decisions/0007).

Neither the webhooks nor the live calls know of it. Nothing is lost on the way: what fails stays in the stream, or in
the queue, and comes again; what fails again and again waits in the dead-letter queue for `switchboard redrive`.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from aws_cdk import aws_events as events
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from cdk.data import Data
from cdk.queues import queue_with_dead_letters
from cdk.stage import Stage
from cdk.watch import namespace
from cdk.webhooks import python_function

SETTLE_S = 30
"""From a call's end to its report: the last lines of its log are written within seconds."""
AGAIN_S = 180
"""Until what failed is tried again. At least six times a Lambda's own time (AWS's advice): a batch that is still being
worked on must not be given out twice."""
RECEIVES = 5
BATCH = 10
AT_ONCE = 5
"""Batches that are worked on at the same time: a redrive of thousands must leave Lambdas for the callers."""

ENDED = lambda_.FilterCriteria.filter(
    {
        "eventName": lambda_.FilterRule.is_equal("MODIFY"),
        "dynamodb": {
            "Keys": {"sk": {"S": lambda_.FilterRule.is_equal("state")}},
            "NewImage": {"ended_at": {"S": lambda_.FilterRule.exists()}},
        },
    }
)
"""Of all that is written into the table: states of calls that have ended."""

CAPTURED = lambda_.FilterCriteria.filter(
    {
        "eventName": lambda_.FilterRule.is_equal("MODIFY"),
        "dynamodb": {
            "NewImage": {
                "payment": {"S": lambda_.FilterRule.exists()},
                "phase": {"S": lambda_.FilterRule.is_equal("paid")},
            }
        },
    }
)
"""And payments that were made."""

OPTED_OUT = lambda_.FilterCriteria.filter(
    {
        "eventName": lambda_.FilterRule.is_equal("INSERT"),
        "dynamodb": {"Keys": {"sk": {"S": lambda_.FilterRule.is_equal("opt-out")}}},
    }
)
"""Of all that is written about campaigns: who does not want to be called any more."""


class AfterCall(Construct):
    """The bus, the queues, and the two Lambdas before and behind them. `stacks` says what those may do."""

    def __init__(self, scope: Construct, name: str, *, stage: Stage, data: Data, package: Path) -> None:
        super().__init__(scope, name)
        self.bus = events.EventBus(
            self, "Bus", event_bus_name=stage.bus, description="What calls came to: docs/events.md"
        )
        self.queue, self.dead = queue_with_dead_letters(
            self, stage.after_call_queue, again_s=AGAIN_S, receives=RECEIVES, delay_s=SETTLE_S
        )
        given = {"METRICS_NAMESPACE": namespace(stage)}
        self.hand_over = python_function(
            self,
            "HandOver",
            stage=stage,
            package=package,
            handler="functions.after_call.hand_over",
            environment={**given, "AFTER_CALL_QUEUE": self.queue.queue_url},
        )
        self.publish = python_function(
            self,
            "Publish",
            stage=stage,
            package=package,
            handler="functions.after_call.publish",
            environment={
                **given,
                "CALLS_TABLE": data.calls.table_name,
                "CAMPAIGNS_TABLE": data.campaigns.table_name,
                "EVENT_BUS": self.bus.event_bus_name,
            },
        )
        self._start(data)

    def _start(self, data: Data) -> None:
        """Bring the streams to one Lambda and the queue to the other, once their roles may read them."""
        ended = self._stream("Ended", data.calls.table_stream_arn, [ENDED, CAPTURED])
        opted_out = self._stream("OptedOut", data.campaigns.table_stream_arn, [OPTED_OUT])
        queue = lambda_.EventSourceMapping(
            self,
            "Settled",
            target=self.publish,
            event_source_arn=self.queue.queue_arn,
            batch_size=BATCH,
            max_concurrency=AT_ONCE,
            report_batch_item_failures=True,
        )
        for mapping, function in ((ended, self.hand_over), (opted_out, self.hand_over), (queue, self.publish)):
            if function.role is not None:
                mapping.node.add_dependency(function.role)

    def _stream(self, name: str, arn: str | None, filters: list[Mapping[str, Any]]) -> lambda_.EventSourceMapping:
        return lambda_.EventSourceMapping(
            self,
            name,
            target=self.hand_over,
            event_source_arn=arn,
            starting_position=lambda_.StartingPosition.TRIM_HORIZON,
            batch_size=BATCH,
            filters=filters,
        )
