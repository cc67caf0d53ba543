"""What a destroyed stage left: tables and logs, which its stacks do not take along, and our own parameters."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from botocore.exceptions import ClientError

from cli.deployed.aws import Aws
from cli.deployed.stage_file import Stage

_GONE: Final = frozenset({"ResourceNotFoundException", "ParameterNotFound"})


@dataclass(frozen=True, slots=True)
class Leftover:
    """One thing, by what it is and its name."""

    kind: str
    name: str
    region: str


def leftovers(aws: Aws, stage: Stage) -> list[Leftover]:
    """Tables, log groups and parameters, in both of the stage's regions. Raises botocore's errors."""
    found = list(_parameters(aws, stage))
    for part in ("Core", "Stream", "Fallback"):
        region = stage.fallback_region if part == "Fallback" else None
        found += _named(aws, stage.stack(part), region or aws.region)
    return sorted(found, key=lambda each: (each.kind, each.name))


def erase(aws: Aws, what: Leftover) -> None:
    """For good. Raises botocore's errors; what is gone already is no error."""
    try:
        match what.kind:
            case "table":
                client = aws.client("dynamodb", what.region)
                client.update_table(TableName=what.name, DeletionProtectionEnabled=False)
                client.delete_table(TableName=what.name)
            case "log":
                aws.client("logs", what.region).delete_log_group(logGroupName=what.name)
            case _:
                aws.client("ssm", what.region).delete_parameter(Name=what.name)
    except ClientError as error:
        if error.response["Error"]["Code"] not in _GONE:
            raise


def _named(aws: Aws, stack: str, region: str) -> Iterator[Leftover]:
    """Tables and log groups named after their stack: by CloudFormation, or by a Lambda of the CDK's own."""
    prefix = f"{stack}-"
    for page in aws.client("dynamodb", region).get_paginator("list_tables").paginate():
        yield from (Leftover("table", name, region) for name in page["TableNames"] if name.startswith(prefix))
    logs = aws.client("logs", region).get_paginator("describe_log_groups")
    for begins in (prefix, f"/aws/lambda/{prefix}"):
        for page in logs.paginate(logGroupNamePrefix=begins):
            yield from (Leftover("log", group["logGroupName"], region) for group in page["logGroups"])


def _parameters(aws: Aws, stage: Stage) -> Iterator[Leftover]:
    pages = aws.client("ssm").get_paginator("get_parameters_by_path")
    for page in pages.paginate(Path=stage.parameter("").rstrip("/"), Recursive=True):
        for parameter in page["Parameters"]:
            yield Leftover("parameter", parameter["Name"], aws.region)
