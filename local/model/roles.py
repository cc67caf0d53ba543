"""Tools that play a part in any conversation: ending it, bringing a person, saying that nothing was understood."""

import re
from collections.abc import Sequence

from local.model.tools import Option, Parameter, Tool

_GOODBYE_TOOL = re.compile(
    r"hang[_ ]?up|good ?bye|(?:end|finish|terminate|close)[_ ](?:the[_ ])?(?:call|conversation|chat)", re.IGNORECASE
)
_PERSON_TOOL = re.compile(
    r"transfer|hand[_ ]?(?:off|over)|hand the caller|human|escalat|operator|live[_ ]agent|representative"
    r"|put (?:the caller )?through",
    re.IGNORECASE,
)
_LOST_TOOL = re.compile(r"not[_ ]understood|(?:not|n't|cannot) be understood|did[_ ]not[_ ]understand", re.IGNORECASE)
_GENERAL = re.compile(
    r"\b(?:recept\w*|front desk|operators?|general|anyone|anybody|anything else|human|person|default|other|desk|main"
    r"|support|team)\b",
    re.IGNORECASE,
)


def goodbye_tool(tools: Sequence[Tool]) -> Tool | None:
    """The tool that ends the call, told by its name or purpose."""
    return next((tool for tool in tools if _GOODBYE_TOOL.search(tool.name) or _GOODBYE_TOOL.search(tool.purpose)), None)


def person_tool(tools: Sequence[Tool]) -> Tool | None:
    """The tool that brings a person to the line, told by its name or purpose."""
    return next((tool for tool in tools if _PERSON_TOOL.search(tool.name) or _PERSON_TOOL.search(tool.purpose)), None)


def lost_tool(tools: Sequence[Tool]) -> Tool | None:
    """The tool to call when nothing was understood, told by its name or purpose."""
    return next((tool for tool in tools if _LOST_TOOL.search(tool.name) or _LOST_TOOL.search(tool.purpose)), None)


def general_option(parameter: Parameter) -> Option | None:
    """The option for callers who want somebody and did not say why."""
    for part in (
        lambda option: option.words,
        lambda option: option.description,
        lambda option: " ".join(option.examples),
    ):
        for option in parameter.options:
            if _GENERAL.search(part(option)):
                return option
    return None
