"""A queue whose messages come again when they failed, and wait among the dead letters when they failed too often."""

import aws_cdk as cdk
from aws_cdk import aws_sqs as sqs
from constructs import Construct

KEPT_DAYS = 14
"""How long dead letters wait for `switchboard redrive`: as long as SQS keeps any message."""


def queue_with_dead_letters(
    scope: Construct, name: str, *, again_s: int, receives: int, delay_s: int = 0
) -> tuple[sqs.Queue, sqs.Queue]:
    """The queue of this full name, and its dead letters' queue, which has `-dead` after it.

    `again_s` is until what failed is tried again, `receives` how often that may be; `delay_s` is before the first time.
    """
    # From its name, because either queue names the other.
    source = cdk.Stack.of(scope).format_arn(service="sqs", resource=name)
    dead = sqs.Queue(
        scope,
        "Dead",
        queue_name=f"{name}-dead",
        retention_period=cdk.Duration.days(KEPT_DAYS),
        encryption=sqs.QueueEncryption.SQS_MANAGED,
        enforce_ssl=True,
        redrive_allow_policy=sqs.RedriveAllowPolicy(
            redrive_permission=sqs.RedrivePermission.BY_QUEUE,
            source_queues=[sqs.Queue.from_queue_arn(scope, "Source", source)],
        ),
    )
    queue = sqs.Queue(
        scope,
        "Queue",
        queue_name=name,
        delivery_delay=cdk.Duration.seconds(delay_s) if delay_s else None,
        visibility_timeout=cdk.Duration.seconds(again_s),
        dead_letter_queue=sqs.DeadLetterQueue(queue=dead, max_receive_count=receives),
        encryption=sqs.QueueEncryption.SQS_MANAGED,
        enforce_ssl=True,
    )
    return queue, dead
