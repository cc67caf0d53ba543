"""The stages of `cdk.json`, as far as the commands need them. What a stage leaves out is as in `cdk/stage.py`."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Final

from cli.deployed.refusal import Refusal

FILE: Final = Path("cdk.json")
"""Where the CDK looks too: in the folder one is in."""
OWN: Final = Path(__file__).parents[2] / FILE
ANY_NUMBER: Final = "*"


@dataclass(frozen=True, slots=True)
class Stage:
    """One deployment. The defaults repeat the infrastructure's; a test holds the two together."""

    name: str
    lines: Mapping[str, str] = field(default_factory=lambda: {ANY_NUMBER: "front_door"})
    calls_per_task: int = 12
    min_tasks: int = 2
    max_tasks: int = 2
    polly_tps: int = 8
    speech_to_text: str = "transcribe"
    language_model: str = "openai"
    openai_base_url: str = "https://api.openai.com/v1"
    fallback_region: str | None = None
    alarm_email: str | None = None

    def stack(self, part: str) -> str:
        """The name of one of its stacks: Core, Stream or Fallback."""
        return f"Switchboard{''.join(word.capitalize() for word in self.name.split('-'))}{part}"

    def parameter(self, name: str) -> str:
        """Of Parameter Store."""
        return f"/switchboard/{self.name}/{name}"

    @property
    def calls(self) -> int:
        """The most calls at a time."""
        return self.calls_per_task * self.max_tasks

    def reads(self, key: str) -> bool:
        """Whether it uses the key of this name, if it has a place for it. It always has one for OpenAI's."""
        return key != "OPENAI_API_KEY" or "openai" in f"{self.speech_to_text},{self.language_model}".split(",")

    def answers(self, number: str) -> bool:
        """Whether an agent is there for calls to this number."""
        return number in self.lines or ANY_NUMBER in self.lines


def read_stage(name: str | None) -> Stage:
    """The stage of that name, or the one `cdk.json` takes when none is named. Raises Refusal."""
    try:
        context = json.loads((FILE if FILE.exists() else OWN).read_text())["context"]
        stages: Mapping[str, Mapping[str, Any]] = context["stages"]
        wanted = name or context["stage"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Refusal(f"{FILE}: has no stages that can be read ({type(error).__name__}); see README.md") from None
    if wanted not in stages:
        raise Refusal(f"stage: there is no {wanted!r} in {FILE}; use --stage with one of {', '.join(stages)}")
    known = {each.name for each in fields(Stage)} - {"name"}
    return Stage(wanted, **{key: value for key, value in stages[wanted].items() if key in known})
