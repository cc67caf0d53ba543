"""The templates, synthesised once for all tests."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import aws_cdk
import pytest
from aws_cdk.assertions import Template

from cdk.app import build
from cdk.stage import read_stage
from tests.infra.deployed import account as account
from tests.infra.deployed import core as core
from tests.infra.deployed import synthesised as synthesised
from tests.infra.deployment import CONTEXT as CONTEXT
from tests.infra.deployment import ROOT as ROOT

type Resource = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Stack:
    """One template, read by kind of resource."""

    template: dict[str, Any]

    def all(self, kind: str) -> dict[str, Resource]:
        """Resources of a kind, such as `AWS::Lambda::Function`, by their logical id."""
        return {name: resource for name, resource in self.template["Resources"].items() if resource["Type"] == kind}

    def one(self, kind: str, part: str = "") -> dict[str, Any]:
        """The properties of the only resource of this kind with `part` in its logical id."""
        found = [resource["Properties"] for name, resource in self.all(kind).items() if part in name]
        assert len(found) == 1, (kind, part, len(found))
        return dict(found[0])

    @property
    def text(self) -> str:
        return json.dumps(self.template)


@dataclass(frozen=True, slots=True)
class Deployment:
    core: Stack
    stream: Stack
    fallback: Stack

    def __iter__(self) -> Iterator[Stack]:
        return iter((self.core, self.stream, self.fallback))


def synthesise(**context: Any) -> Deployment:
    app = aws_cdk.App(context={**CONTEXT, **context})
    stacks = build(app, read_stage(app.node.try_get_context))
    return Deployment(*(Stack(dict(Template.from_stack(stack).to_json())) for stack in stacks))


@pytest.fixture(scope="session")
def prod() -> Deployment:
    """As it comes: no domain."""
    return synthesise()


OTHERS = {
    "speech_to_text": "transcribe,deepgram",
    "text_to_speech": "polly,cartesia,elevenlabs",
    "language_model": "openai,bedrock",
    "bedrock_model": "us.anthropic.claude-haiku-4-5-20251001-v1:0",
}
"""Vendors besides those that are chosen unless told otherwise."""


@pytest.fixture(scope="session")
def with_others() -> Deployment:
    return synthesise(**OTHERS, crm="hubspot")


@pytest.fixture(scope="session")
def with_domain() -> Deployment:
    return synthesise(domain="media.example.com", hosted_zone_id="Z0123456789", fallback_region="us-west-2")


@pytest.fixture(scope="session")
def zero() -> Deployment:
    """A stage that keeps no task while nobody calls."""
    return synthesise(idle="zero")


@pytest.fixture(scope="session")
def dev() -> Deployment:
    """The smallest; it sends links to pay by."""
    return synthesise(stage="dev", payment_links=True)
