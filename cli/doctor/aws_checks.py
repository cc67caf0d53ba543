"""The AWS account: whose it is, and whether its region has what is needed."""

from collections.abc import Iterator
from typing import Final

from botocore.exceptions import EndpointConnectionError

from cli.counted import counted
from cli.deployed.aws import Aws
from cli.deployed.stacks import read_parameter
from cli.deployed.stage_file import Stage
from cli.doctor.finding import Check, Finding, Group, note, ok, wrong

STREAMING: Final = frozenset(
    "af-south-1 ap-northeast-1 ap-northeast-2 ap-south-1 ap-southeast-1 ap-southeast-2 ca-central-1 eu-central-1 "
    "eu-west-1 eu-west-2 sa-east-1 us-east-1 us-east-2 us-west-2".split()
)
"""That have Transcribe's streams (AWS General Reference, "Amazon Transcribe endpoints and quotas"); more may follow."""

BOOTSTRAP: Final = "/cdk-bootstrap/hnb659fds/version"

NEAR: Final = {"us-east-1": "US1", "eu-west-1": "IE1", "ap-southeast-2": "AU1"}
"""AWS regions in the neighbourhood of Twilio's, where the sound of a call is handed over (Twilio, "Regions")."""


def whoami(aws: Aws) -> Finding:
    """Raises botocore's errors when there is nobody."""
    caller = aws.client("sts").get_caller_identity()
    return ok(f"account {caller['Account']}, as {caller['Arn'].rpartition(':')[2]}")


def checks(aws: Aws, stage: Stage) -> list[Check]:
    """Of the stage's region, and of the fallback's."""
    return [
        Check(Group.AWS, "Region", lambda: _region(aws)),
        Check(Group.AWS, "Voices", lambda: [_voices(aws)]),
        Check(Group.AWS, "Bootstrap", lambda: _bootstrapped(aws, stage)),
    ]


def _region(aws: Aws) -> Iterator[Finding]:
    if aws.region in STREAMING:
        yield ok(f"{aws.region} has Transcribe's streams")
    else:
        yield wrong(
            f"{aws.region} is not known to have Transcribe's streams", f"set AWS_REGION to one of {_listed(STREAMING)}"
        )
    if near := NEAR.get(aws.region):
        yield ok(f"{aws.region} is next to Twilio's region {near}")
    else:
        yield note(
            f"{aws.region} is not next to a region of Twilio ({_listed(NEAR)}): the sound of a call travels, and each "
            "answer is later by that much"
        )


def _bootstrapped(aws: Aws, stage: Stage) -> Iterator[Finding]:
    """Whether `cdk bootstrap` has been there: what it leaves is told by a parameter (CDK, "Bootstrapping")."""
    for region in dict.fromkeys((aws.region, stage.fallback_region or aws.region)):
        if read_parameter(aws, BOOTSTRAP, region):
            yield ok(f"{region} is bootstrapped for the CDK")
        else:
            yield wrong(f"{region} is not bootstrapped for the CDK", f"make bootstrap STAGE={stage.name}")


def _voices(aws: Aws) -> Finding:
    try:
        voices = aws.client("polly").describe_voices(Engine="neural")["Voices"]
    except EndpointConnectionError:
        voices = []
    if voices:
        return ok(f"{aws.region} has {counted(len(voices), 'neural voice')}")
    return wrong(f"{aws.region} has no neural voices of Polly", "choose another region, such as us-east-1")


def _listed(regions: frozenset[str] | dict[str, str]) -> str:
    return ", ".join(sorted(regions))
