"""What AWS allows, against what the stage is made for.

Service Quotas names a quota by a code; the codes of Transcribe and Polly are published nowhere, so these two are found
by their names ("Amazon Transcribe endpoints and quotas", "Quotas in Amazon Polly"), whose defaults are 25 streams and
8 requests a second. Lambda tells its own limit (GetAccountSettings). Fargate's code is that of "Fargate On-Demand vCPU
resource count"; new accounts begin with 6.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from cli.deployed.aws import Aws
from cli.deployed.stage_file import Stage
from cli.doctor.finding import Check, Finding, Group, note, ok, warning

VCPU_A_TASK: Final = 1
"""Of the streaming service's tasks."""
_ORDINARY: Final = r"(?i)^(?!.*(medical|analytics|health))"
LAMBDA_LEAST: Final = 50
"""A call makes four requests or so, each a fraction of a second long; new accounts begin with 10 at a time."""


@dataclass(frozen=True, slots=True)
class Quota:
    """`names` find it in Service Quotas, the first that does so; `needed` is what the stage is made for, `without` what
    happens beyond the quota."""

    service: str
    title: str
    names: tuple[str, ...]
    default: int
    unit: str
    needed: int
    without: str
    lower: str


def quotas(stage: Stage) -> list[Quota]:
    return [
        Quota(
            "transcribe",
            "Amazon Transcribe",
            (rf"{_ORDINARY}.*websocket", rf"{_ORDINARY}.*streams? for streaming"),
            25,
            "streams at a time",
            stage.calls,
            "the calls beyond them are not understood",
            "max_tasks or calls_per_task",
        ),
        Quota(
            "polly",
            "Amazon Polly",
            (r"(?i)(?=.*neural)(?=.*synthesizespeech)(?!.*concurren)",),
            8,
            "neural requests a second",
            stage.polly_tps,
            "answers wait or fail when many callers are answered at once",
            "polly_tps",
        ),
        Quota(
            "fargate",
            "AWS Fargate",
            (r"(?i)^fargate on-demand vcpu",),
            6,
            "vCPUs",
            2 * stage.max_tasks * VCPU_A_TASK,
            "tasks do not start when there are many calls, or when a deployment runs both versions",
            "max_tasks",
        ),
    ]


def checks(aws: Aws, stage: Stage) -> list[Check]:
    found = [Check(Group.QUOTAS, each.title, _Look(aws, stage, each)) for each in quotas(stage)]
    return [*found, Check(Group.QUOTAS, "AWS Lambda", lambda: [_lambda(aws)])]


@dataclass(frozen=True, slots=True)
class _Look:
    aws: Aws
    stage: Stage
    quota: Quota

    def __call__(self) -> Iterator[Finding]:
        quota = self.quota
        found = applied(self.aws, quota)
        if found is None:
            yield note(
                f"{quota.title}: Service Quotas does not tell how many {quota.unit} there are; {quota.default} unless "
                f"they were raised, and the stage is made for {quota.needed}"
            )
            return
        name, value = found
        told = f"{quota.title}: {value:g} {quota.unit}, {quota.needed} wanted"
        if value >= quota.needed:
            yield ok(told)
        else:
            yield warning(
                f"{told}: {quota.without}",
                f"Service Quotas console, {quota.title}, '{name}': request {quota.needed}; or lower {quota.lower} of "
                f"stage {self.stage.name} in cdk.json",
            )


def applied(aws: Aws, quota: Quota) -> tuple[str, float] | None:
    """The account's own value, or else AWS's default, with its name."""
    client = aws.client("service-quotas")
    for operation in ("list_service_quotas", "list_aws_default_service_quotas"):
        pages = client.get_paginator(operation).paginate(ServiceCode=quota.service)
        values = {str(each["QuotaName"]): float(each["Value"]) for page in pages for each in page["Quotas"]}
        for wanted in quota.names:
            if meant := [name for name in values if re.search(wanted, name)]:
                return min(((name, values[name]) for name in meant), key=lambda pair: pair[1])
    return None


def _lambda(aws: Aws) -> Finding:
    limit = aws.client("lambda").get_account_settings()["AccountLimit"]
    value = int(limit.get("UnreservedConcurrentExecutions", limit["ConcurrentExecutions"]))
    told = f"AWS Lambda: {value} webhooks at a time, {LAMBDA_LEAST} wanted"
    if value >= LAMBDA_LEAST:
        return ok(told)
    return warning(
        f"{told}: beyond them calls go to the fallback",
        "Service Quotas console, AWS Lambda, 'Concurrent executions': request 1000",
    )
