"""The table's stream: executions whose chain has changed are woken, and no others."""

import pytest

from functions.campaigns.wake import wake
from shared.ports import Unavailable
from tests.executions import FakeExecutions


def changed(before: int, after: int, sk: str = "state", token: str = "t") -> dict[str, object]:
    """A record of the stream: a row's version went from one to the other."""
    keys = {"pk": {"S": "chain#c"}, "sk": {"S": sk}, "token": {"S": token}}
    old, new = ({**keys, "version": {"N": str(version)}} for version in (before, after))
    return {"eventName": "MODIFY", "dynamodb": {"OldImage": old, "NewImage": new}}


def test_a_chain_that_has_changed_wakes_who_waits_for_it() -> None:
    executions = FakeExecutions(waiting={"t"})

    wake(executions, {"Records": [changed(1, 2), changed(2, 3)]})

    assert executions.woken == ["t", "t"]  # the second finds nobody


def test_a_token_that_was_left_and_rows_of_attempts_wake_nobody() -> None:
    executions = FakeExecutions()

    wake(executions, {"Records": [changed(1, 1), changed(1, 2, sk="attempt#01"), changed(1, 2, token="")]})

    assert executions.woken == []


def test_who_could_not_be_woken_is_when_the_event_comes_again() -> None:
    with pytest.raises(Unavailable):
        wake(FakeExecutions(failure=Unavailable("Step Functions: 500")), {"Records": [changed(1, 2)]})
