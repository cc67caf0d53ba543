"""What others' rules find and we leave as it is."""

import aws_cdk
import pytest

from cdk.accepted import ACCEPTED, Accepted, accept
from cdk.app import build
from cdk.stage import read_stage
from tests.infra.conftest import CONTEXT, OTHERS


@pytest.mark.parametrize("entry", ACCEPTED, ids=lambda entry: f"{entry.rule[:30]} {entry.where}")
def test_each_has_a_reason(entry: Accepted) -> None:
    assert len(entry.reason.split()) >= 4


def test_none_is_about_a_resource_that_is_no_longer_there() -> None:
    applied: set[Accepted] = set()
    for context in ({}, {"domain": "media.example.com", "hosted_zone_id": "Z0123456789"}, OTHERS):
        app = aws_cdk.App(context={**CONTEXT, **context})
        for stack in build(app, read_stage(app.node.try_get_context)):
            applied |= accept(stack)

    assert set(ACCEPTED) - applied == set()
