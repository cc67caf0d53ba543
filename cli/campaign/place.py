"""Where campaigns are: a stage in the account of the shell, or the laptop's that is up."""

import argparse
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from cli.account import variables
from cli.deployed.aws import Aws, plainly
from cli.deployed.refusal import Refusal
from cli.deployed.stacks import read_deployed
from cli.deployed.stage_file import read_stage
from cli.stand_ins import ROOT
from shared.adapters.campaign_files import CampaignFileError, load
from shared.core.campaign import Campaign
from shared.ports import ProviderError

LAPTOP: Final = Path("out/phone/aws")
"""While `make phone` runs, the address of its small AWS."""
STAGE: Final = "laptop"
CAMPAIGNS: Final = ROOT / "campaigns"
EVENTS: Final = ROOT / "docs" / "events"


@dataclass(frozen=True, slots=True)
class Place:
    """One stage, whose account is reached."""

    stage: str
    aws: Aws

    @classmethod
    def of(cls, given: argparse.Namespace) -> "Place":
        """The one that was typed. Raises Refusal."""
        if given.laptop:
            if not LAPTOP.exists():
                raise Refusal("--laptop: nothing is up here; run `make phone` in another terminal first")
            os.environ.update(variables(LAPTOP.read_text().strip()))
        stage = read_stage(STAGE if given.laptop else given.stage).name
        return cls(stage, Aws.of_shell(os.environ))

    @property
    def bus(self) -> str:
        return f"switchboard-{self.stage}"

    def client(self, service: str) -> Any:
        return self.aws.client(service)

    def table(self) -> str:
        """The name of the table of campaigns. Raises Refusal."""
        with plainly():
            return read_deployed(self.aws, read_stage(self.stage)).output("Core", "CampaignsTable")


@contextmanager
def told() -> Iterator[None]:
    """What the account would not do becomes a Refusal."""
    try:
        yield
    except ProviderError as error:
        raise Refusal(f"AWS: {error}") from None


def campaign_of(name: str) -> Campaign:
    """The campaign file of this name. Raises Refusal."""
    path = CAMPAIGNS / f"{name}.yaml"
    if not path.exists():
        known = ", ".join(sorted(each.stem for each in CAMPAIGNS.glob("*.yaml")))
        raise Refusal(f"there is no campaign {name}; use one of {known}")
    try:
        return load(path)
    except CampaignFileError as error:
        raise Refusal(str(error)) from None
