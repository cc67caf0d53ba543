"""The step that calls waits for the call's outcome, and for nothing else."""

from typing import Any

import pytest

from functions.campaigns.step import Steps, step
from shared.adapters.stepfunctions import StepFunctions
from shared.core.attempt import Disposition
from shared.core.chain_events import Answer
from shared.core.rules.question import Verdict
from shared.ports import Unavailable
from shared.usecases.chain import ms
from tests.usecases.outreach import Clinic, order


class Woken:
    """Step Functions' client, as far as tokens go."""

    class exceptions:  # noqa: N801
        TaskTimedOut = TaskDoesNotExist = InvalidToken = KeyError

    def __init__(self) -> None:
        self.tokens: list[str] = []

    def send_task_success(self, *, taskToken: str, output: str) -> None:  # noqa: N803
        self.tokens.append(taskToken)


def steps(clinic: Clinic, client: Woken) -> Steps:
    return Steps(
        outreach=clinic.outreach,
        bus=clinic.bus,
        follow_ups=clinic.follow_ups,
        outbound=clinic.outbound,
        orders=order,
        messages=clinic.messages,
        text_status_url="https://x.example/texts",
        executions=StepFunctions(client),
    )


def calls(clinic: Clinic, client: Woken, chain: str) -> dict[str, Any]:
    given = clinic.decides(chain)
    assert given["do"] == "call"
    return step(steps(clinic, client), {"step": "call", "given": given, "token": "t1"})


def test_a_call_under_way_keeps_the_token_until_its_outcome_is_known() -> None:
    clinic, client = Clinic(), Woken()
    chain = clinic.begins()
    assert calls(clinic, client, chain)["calling"] is True
    assert client.tokens == []
    assert clinic.kept(chain).token == "t1"
    version = clinic.kept(chain).version
    clinic.ended(chain, Disposition.BUSY)
    assert clinic.kept(chain).version > version


@pytest.mark.parametrize("why", ["rules", "slot", "opt-out"])
def test_a_call_that_is_not_begun_goes_back_to_deciding_at_once(why: str) -> None:
    clinic, client = Clinic(), Woken()
    chain = clinic.begins()
    given = clinic.decides(chain)
    match why:
        case "rules":
            clinic.answers = [Answer(Verdict.LATER, "us.hours", "late", ms(clinic.now) + 3_600_000)]
        case "slot":
            clinic.store.take_slot(clinic.campaign.line, clinic.now, per_second=1)
        case _:
            clinic.store.touch(chain)
            clinic.answers = [Answer(Verdict.NEVER, "opt-out", "they said so")]
    step(steps(clinic, client), {"step": "call", "given": given, "token": "t1"})
    assert client.tokens == ["t1"]
    assert clinic.outbound.orders == []


def test_an_order_whose_answer_is_lost_waits_until_the_carrier_can_be_asked() -> None:
    clinic, client = Clinic(), Woken()
    chain = clinic.begins()
    clinic.outbound.refuse(Unavailable("no answer"))
    assert calls(clinic, client, chain)["wait_s"] == 180
    assert client.tokens == []
