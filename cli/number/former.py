"""Where a number led before it was first configured, kept in Parameter Store for whoever wants to undo it."""

import json
from collections.abc import Mapping
from typing import Final

from botocore.exceptions import ClientError

from cli.deployed.aws import Aws
from cli.deployed.refusal import Refusal
from cli.deployed.stacks import read_parameter
from cli.deployed.stage_file import Stage
from cli.deployed.twilio_account import FIELDS, Number

_FOLDER: Final = "numbers"
_NUMBER: Final = "phone_number"


class Former:
    """One parameter a number, of one stage. Methods raise botocore's errors."""

    def __init__(self, aws: Aws, stage: Stage) -> None:
        self._aws = aws
        self._client = aws.client("ssm")
        self._stage = stage

    def keep(self, number: Number) -> bool:
        """False if something is kept already: the first is the one worth going back to."""
        value = json.dumps({_NUMBER: number.phone_number, **number.leads})
        try:
            self._client.put_parameter(
                Name=self._name(number.sid),
                Description=f"Where {number.phone_number} led before switchboard {self._stage.name}",
                Value=value,
                Type="String",
                Overwrite=False,
            )
        except ClientError as error:
            if error.response["Error"]["Code"] == "ParameterAlreadyExists":
                return False
            raise
        return True

    def of(self, number: Number) -> Mapping[str, str] | None:
        """All of FIELDS as they were; None if nothing is kept. Raises Refusal."""
        text = read_parameter(self._aws, self._name(number.sid))
        if text is None:
            return None
        try:
            kept = json.loads(text)
            return {name: str(kept[name]) for name in FIELDS}
        except (ValueError, KeyError, TypeError):
            name = self._name(number.sid)
            raise Refusal(f"{name} cannot be read; set the number in Twilio's console, and delete it") from None

    def forget(self, sid: str) -> None:
        self._client.delete_parameter(Name=self._name(sid))

    def numbers(self) -> Mapping[str, str]:
        """The numbers that this stage has taken: SID to telephone number."""
        pages = self._client.get_paginator("get_parameters_by_path").paginate(Path=self._stage.parameter(_FOLDER))
        kept = [parameter for page in pages for parameter in page["Parameters"]]
        return {each["Name"].rpartition("/")[2]: _number_in(each["Value"]) for each in kept}

    def _name(self, sid: str) -> str:
        return self._stage.parameter(f"{_FOLDER}/{sid}")


def _number_in(text: str) -> str:
    try:
        return str(json.loads(text)[_NUMBER])
    except (ValueError, KeyError, TypeError):
        return "unknown"
