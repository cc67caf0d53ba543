"""What a deployment costs: unit prices with their sources, and the arithmetic, as tables for `docs/cost.md`.

US dollars, region us-east-1, before taxes, discounts and free tiers. How much there is of each thing comes from the
templates; what a call uses was measured, and is written down here.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from cdk.templates import Templates

HOURS = 730
"""In a month."""
CALLS = 1_000
MINUTES = 3
"""Of one call."""


@dataclass(frozen=True, slots=True)
class Price:
    """US dollars for one unit."""

    usd: float
    unit: str
    source: str


_AWS_API = "AWS Price List API, quoted in public cost reports of 2025-10 and 2026-08"
_CLOUDWATCH = "factualminds.com on CloudWatch's pricing, 2026-06-13"
_TWILIO = "Twilio's US voice price page, read 2026-09-14"
_ASSUMED = "not found in a source: **assumed**"

NAT_HOUR = Price(0.045, "hour", _AWS_API)
NAT_GB = Price(0.045, "GB through the NAT gateway", _AWS_API)
ADDRESS_HOUR = Price(0.005, "hour of a public IPv4 address", "cloudburn.io, 2026-02-24")
BALANCER_HOUR = Price(0.0225, "hour", _AWS_API)
VCPU_HOUR = Price(0.03238, "vCPU-hour, arm64", "cloudburn.io, 2026-03")
GB_HOUR = Price(0.00356, "GB-hour, arm64", "cloudburn.io, 2026-03")
SNAPSHOT_GB_S = Price(0.0000015046, "GB-second of SnapStart's cache", _AWS_API)
SECRET = Price(0.40, "secret and month", _AWS_API)
KEY = Price(1.00, "key and month", "cloudburn.io, 2026-03-14")
ALARM = Price(0.10, "alarm and month", _CLOUDWATCH)
DASHBOARD = Price(3.00, "dashboard and month", _CLOUDWATCH)
FIGURE = Price(0.30, "metric and month", _CLOUDWATCH)
NUMBER = Price(1.15, "local number and month", _TWILIO)

TWILIO_MINUTE = Price(0.0085, "minute, inbound, local number", _TWILIO)
STREAM_MINUTE = Price(0.0040, "minute", _TWILIO)
TRANSCRIBE_MINUTE = Price(0.024, "minute, first tier; 15 s at least a stream", "aws.amazon.com/transcribe/pricing")
POLLY_MILLION = Price(16.00, "million characters, neural", "aws.amazon.com/polly/pricing, read 2026-10-07")
MODEL_IN_MILLION = Price(0.40, "million tokens in, gpt-4.1-mini", "price tables of 2026, several agreeing")
MODEL_OUT_MILLION = Price(1.60, "million tokens out, gpt-4.1-mini", "price tables of 2026, several agreeing")
API_MILLION = Price(1.00, "million requests to an HTTP API", "public cost reports of 2026")
LAMBDA_MILLION = Price(0.20, "million requests", _AWS_API)
LAMBDA_GB_S = Price(0.0000133334, "GB-second, arm64", _AWS_API)
WRITE_MILLION = Price(0.625, "million write units, on demand", "airbyte.com on DynamoDB's pricing, since 2024-11")
READ_MILLION = Price(0.125, "million read units, on demand", "airbyte.com on DynamoDB's pricing, since 2024-11")
SQS_MILLION = Price(0.40, "million requests to a standard queue", _AWS_API)
TRANSITION_MILLION = Price(25.00, "million state transitions, standard", "aws.amazon.com/step-functions/pricing")
EVENT_MILLION = Price(1.00, "million custom events", "aws.amazon.com/eventbridge/pricing")
LOGS_GB = Price(0.50, "GB of logs taken in", _CLOUDWATCH)
CLOUDFRONT_OUT_GB = Price(0.085, "GB to Twilio (the first TB of a month is free)", "aws.amazon.com/cloudfront/pricing")
CLOUDFRONT_IN_GB = Price(0.020, "GB from Twilio to the origin", _ASSUMED)

# What a call uses. Measured in `make demo` on 2026-11-20: a call of 50 s, recorded in out/demo/record.json.
CHARACTERS_A_MINUTE = 600
"""Spoken: 497 characters heard in 50 s; what a caller interrupts is paid for as well, cached phrases are not."""
MODEL_REQUESTS = 25
"""6 answers in 50 s, and 3 drafts that were withdrawn: they are begun while the caller may still go on."""
TOKENS_IN = 1_500
"""A request: 753 at the first to 1,092 at the sixth, by the stand-in's count."""
TOKENS_OUT = 40
"""A request: the stand-in needs 10; models that are asked for a sentence and a tool's arguments need more."""
WEBHOOKS = 5
"""voice, stream started, stream stopped, next step, status: counted in the log of the webhooks."""
WEBHOOK_S = 0.1
WRITES = 300
"""Units of 1 KB. 23 rows of the log and 11 updates of a state that grew to 5 KB in 50 s, counted at the client."""
READS = 60
"""Units of 4 KB: 8 requests in 50 s, some of them over the whole log."""
LOG_KB = 40
"""5 KB in 50 s without metrics; with metrics, and the access log, about twice as much."""
IN_MB = 3.4
"""50 frames a second of 370 bytes from Twilio."""
OUT_MB = 1.7
"""50 frames a second of 310 bytes to Twilio, while the agent speaks: about half of the time."""
THROUGH_NAT_MB = 4.0
"""16,000 bytes a second to Transcribe, 8,000 from Polly while the agent speaks, a few KB for each answer."""
CONTAINER_FIGURES = 25
"""Of Container Insights for one cluster and one service; charged like metrics of our own."""
LOOK_EVERY_S = 7.4
"""Between two requests of a caller on hold: six seconds of music, one for a key, and the way (`make demo-transfer`)."""
READS_A_LOOK = 4
"""Units of 4 KB, consistent: the call's state, up to 8 KB, and the transfer, up to 8 KB."""
POLLS = 5
"""Requests at a time that Lambda keeps open to a queue, each for 20 s (Lambda's developer guide, "Using Lambda with
Amazon SQS": five at first, by long polling; 20 s is SQS's most)."""
POLLS_A_MONTH = POLLS * 3 * 60 * HOURS
IDLE_FIGURES = 3
"""BusyPercent, LiveCalls, LoopLag: what a task says once a minute when nobody calls."""
BUSY_FIGURES = 50
"""All that calls give rise to, by outcome, reason and provider (about 40), and six of each route that Twilio uses."""


CHAINS = 1_000
CHAIN_CALLS = 2
"""Of one chain: the second time somebody picks up."""
EACH_CALL = ("Decide", "What comes next", "WaitUntil", "Decide", "What comes next", "Call")
AT_THE_END = ("Decide", "What comes next", "Finish")
"""The way of a chain through `chain.asl.json`: one state transition each. Of these, all but the choices are Lambdas."""
WAKES_A_CALL = 2
"""The claim and the outcome change the chain's row, and its stream is read."""
STEP_S = 0.1
QUEUE_REQUESTS = 3
"""An event is put in, taken out and deleted; batches need fewer."""

AWAKE_MIN = 25
"""Of a stage with idle zero, how long a task stays for a call that comes alone: a quarter of an hour without calls,
until Application Auto Scaling acts, and what its alarms and the start take besides."""


@dataclass(frozen=True, slots=True)
class Item:
    """One line of a bill."""

    what: str
    quantity: float
    price: Price
    how: str

    @property
    def usd(self) -> float:
        return self.quantity * self.price.usd


def fewest_tasks(t: Templates) -> int:
    """That run when nobody calls."""
    ((_, target),) = t.all("AWS::ApplicationAutoScaling::ScalableTarget")
    return int(target["MinCapacity"])


def month(t: Templates, *, tasks: int, figures: int = IDLE_FIGURES) -> list[Item]:
    """What there is to pay before anybody calls, with this many tasks."""

    def count(*kinds: str) -> int:
        return len(list(t.all(*kinds)))

    ((_, task),) = t.all("AWS::ECS::TaskDefinition")
    cpu, memory = int(task["Cpu"]) / 1024, int(task["Memory"]) / 1024
    nats, balancers = count("AWS::EC2::NatGateway"), count("AWS::ElasticLoadBalancingV2::LoadBalancer")
    public = [key for key, b in t.all("AWS::ElasticLoadBalancingV2::LoadBalancer") if b["Scheme"] != "internal"]
    addresses = count("AWS::EC2::EIP") + 2 * len(public)
    polled = sum("StartingPosition" not in mapping for _, mapping in t.all("AWS::Lambda::EventSourceMapping"))
    snapshots = [f["MemorySize"] / 1024 for _, f in t.all("AWS::Lambda::Function") if "SnapStart" in f]
    items = [
        Item("Tasks: processor", tasks * cpu * HOURS, VCPU_HOUR, f"{tasks} × {cpu:g} vCPU × {HOURS} h"),
        Item("Tasks: memory", tasks * memory * HOURS, GB_HOUR, f"{tasks} × {memory:g} GB × {HOURS} h"),
        Item("NAT gateway", nats * HOURS, NAT_HOUR, f"{nats} × {HOURS} h"),
        Item("Public addresses", addresses * HOURS, ADDRESS_HOUR, f"{addresses} × {HOURS} h"),
        Item("Load balancer", balancers * HOURS, BALANCER_HOUR, f"{balancers} × {HOURS} h"),
        Item("SnapStart", sum(snapshots) * HOURS * 3600, SNAPSHOT_GB_S, f"{sum(snapshots):g} GB × {HOURS} × 3,600 s"),
        Item(
            "Queues: Lambda's polling",
            polled * POLLS_A_MONTH / 1e6,
            SQS_MILLION,
            f"{polled} × {POLLS} × 3 × 60 × {HOURS} h",
        ),
        Item("Secrets", count("AWS::SecretsManager::Secret"), SECRET, "counted"),
        Item("Keys of our own", count("AWS::KMS::Key"), KEY, "counted"),
        Item("Alarms", count("AWS::CloudWatch::Alarm"), ALARM, "counted"),
        Item("Dashboard", count("AWS::CloudWatch::Dashboard"), DASHBOARD, "counted"),
        Item("Metrics of our own", figures, FIGURE, "counted; about 50 when there are calls"),
        Item("Container Insights", CONTAINER_FIGURES, FIGURE, "assumed number"),
        Item("Twilio number", 1, NUMBER, "one"),
    ]
    return [item for item in items if item.quantity]


def awake(t: Templates, calls: int) -> float:
    """What the tasks of a stage with idle zero come to if a month's calls come each alone, and one task serves them."""
    ((_, task),) = t.all("AWS::ECS::TaskDefinition")
    hour = int(task["Cpu"]) / 1024 * VCPU_HOUR.usd + int(task["Memory"]) / 1024 * GB_HOUR.usd + ADDRESS_HOUR.usd
    return min(HOURS, calls * AWAKE_MIN / 60) * hour


def calls() -> list[Item]:
    """What `CALLS` calls of `MINUTES` add."""
    minutes, thousand = CALLS * MINUTES, f"{CALLS:,}"
    requests, webhooks = CALLS * MODEL_REQUESTS, CALLS * WEBHOOKS
    per_call = f"{thousand} × {MINUTES} min"
    return [
        Item("Twilio: inbound", minutes, TWILIO_MINUTE, per_call),
        Item("Twilio: media stream", minutes, STREAM_MINUTE, per_call),
        Item("Transcribe", minutes, TRANSCRIBE_MINUTE, per_call),
        Item("Polly", minutes * CHARACTERS_A_MINUTE / 1e6, POLLY_MILLION, f"{per_call} × {CHARACTERS_A_MINUTE}"),
        Item(
            "Model: in", requests * TOKENS_IN / 1e6, MODEL_IN_MILLION, f"{thousand} × {MODEL_REQUESTS} × {TOKENS_IN:,}"
        ),
        Item(
            "Model: out",
            requests * TOKENS_OUT / 1e6,
            MODEL_OUT_MILLION,
            f"{thousand} × {MODEL_REQUESTS} × {TOKENS_OUT}",
        ),
        Item("HTTP API", webhooks / 1e6, API_MILLION, f"{thousand} × {WEBHOOKS}"),
        Item("Lambda: requests", webhooks / 1e6, LAMBDA_MILLION, f"{thousand} × {WEBHOOKS}"),
        Item("Lambda: time", webhooks * WEBHOOK_S, LAMBDA_GB_S, f"{thousand} × {WEBHOOKS} × {WEBHOOK_S} s × 1 GB"),
        Item("DynamoDB: writes", CALLS * WRITES / 1e6, WRITE_MILLION, f"{thousand} × {WRITES}"),
        Item("DynamoDB: reads", CALLS * READS / 1e6, READ_MILLION, f"{thousand} × {READS}"),
        Item("Logs", CALLS * LOG_KB / 1e6, LOGS_GB, f"{thousand} × {LOG_KB} KB"),
        Item("NAT gateway", CALLS * THROUGH_NAT_MB / 1e3, NAT_GB, f"{thousand} × {THROUGH_NAT_MB:g} MB"),
        Item("CloudFront: out", CALLS * OUT_MB / 1e3, CLOUDFRONT_OUT_GB, f"{thousand} × {OUT_MB:g} MB"),
        Item("CloudFront: in", CALLS * IN_MB / 1e3, CLOUDFRONT_IN_GB, f"{thousand} × {IN_MB:g} MB"),
    ]


def chain_path() -> list[str]:
    """The states that a chain of `CHAIN_CALLS` passes through."""
    return [*EACH_CALL * CHAIN_CALLS, *AT_THE_END]


def chains() -> list[Item]:
    """What `CHAINS` chains of `CHAIN_CALLS` each add to the calls themselves."""
    path, thousand = chain_path(), f"{CHAINS:,}"
    told = 1 + CHAIN_CALLS + 1
    lambdas = 1 + sum(state != "What comes next" for state in path) + WAKES_A_CALL * CHAIN_CALLS
    return [
        Item("Step Functions", CHAINS * len(path) / 1e6, TRANSITION_MILLION, f"{thousand} × {len(path)}"),
        Item("Lambda: requests", CHAINS * lambdas / 1e6, LAMBDA_MILLION, f"{thousand} × {lambdas}"),
        Item("Lambda: time", CHAINS * lambdas * STEP_S, LAMBDA_GB_S, f"{thousand} × {lambdas} × {STEP_S} s × 1 GB"),
        Item("EventBridge", CHAINS * told / 1e6, EVENT_MILLION, f"{thousand} × {told}"),
        Item("Queue", CHAINS * QUEUE_REQUESTS / 1e6, SQS_MILLION, f"{thousand} × {QUEUE_REQUESTS}"),
    ]


def holds() -> list[Item]:
    """What `CALLS` callers add who wait a minute each for people."""
    looks, thousand = CALLS * 60 / LOOK_EVERY_S, f"{CALLS:,} × 60 s / {LOOK_EVERY_S:g} s"
    return [
        Item("HTTP API", looks / 1e6, API_MILLION, thousand),
        Item("Lambda: requests", looks / 1e6, LAMBDA_MILLION, thousand),
        Item("Lambda: time", looks * WEBHOOK_S, LAMBDA_GB_S, f"{thousand} × {WEBHOOK_S} s × 1 GB"),
        Item("DynamoDB: reads", looks * READS_A_LOOK / 1e6, READ_MILLION, f"{thousand} × {READS_A_LOOK}"),
    ]


def table(items: Iterable[Item], total: str) -> str:
    """A bill in Markdown, with its sum."""
    lines = list(items)
    rows = [
        f"| {item.what} | {item.how} | {_number(item.quantity)} | {_usd(item.price.usd)} | {item.usd:,.2f} |"
        for item in lines
    ]
    head = ["| what | how many | quantity | unit price | US$ |", "|---|---|---:|---:|---:|"]
    return "\n".join([*head, *rows, f"| **{total}** | | | | **{sum(item.usd for item in lines):,.2f}** |"])


def prices(items: Iterable[Item]) -> str:
    """The unit prices of these lines and where they come from."""
    used = dict.fromkeys(item.price for item in items)
    rows = [f"| {price.unit} | {_usd(price.usd)} | {price.source} |" for price in used]
    return "\n".join(["| a | US$ | source |", "|---|---:|---|", *rows])


def _usd(value: float) -> str:
    return f"{value:.2f}" if round(value, 2) == value else f"{value:.10f}".rstrip("0")


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 or value == int(value) else f"{value:.3g}"
