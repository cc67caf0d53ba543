"""The AWS account: whose it is, and whether its region has what is needed."""

from collections.abc import Iterator
from typing import Final

from botocore.exceptions import EndpointConnectionError

from cli.counted import counted
from cli.deployed.aws import Aws
from cli.doctor.finding import Check, Finding, Group, note, ok, wrong

STREAMING: Final = frozenset(
    "af-south-1 ap-northeast-1 ap-northeast-2 ap-south-1 ap-southeast-1 ap-southeast-2 ca-central-1 eu-central-1 "
    "eu-west-1 eu-west-2 sa-east-1 us-east-1 us-east-2 us-west-2".split()
)
"""That have Transcribe's streams (AWS General Reference, "Amazon Transcribe endpoints and quotas"); more may follow."""

NEAR: Final = {"us-east-1": "US1", "eu-west-1": "IE1", "ap-southeast-2": "AU1"}
"""AWS regions in the neighbourhood of Twilio's, where the sound of a call is handed over (Twilio, "Regions")."""


def whoami(aws: Aws) -> Finding:
    """Raises botocore's errors when there is nobody."""
    caller = aws.client("sts").get_caller_identity()
    return ok(f"account {caller['Account']}, as {caller['Arn'].rpartition(':')[2]}")


def checks(aws: Aws) -> list[Check]:
    return [Check(Group.AWS, "Region", lambda: _region(aws)), Check(Group.AWS, "Voices", lambda: [_voices(aws)])]


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
