"""A batch of the queue before the CRM: what fails comes again, and nothing else does."""

import json
from typing import Any

from functions.crm import note_all
from shared.ports import Unavailable
from tests.usecases.test_tell_crm import ATTEMPT, FINISHED, FakeCrm, notes


def message(message_id: str, body: str) -> dict[str, Any]:
    return {"messageId": message_id, "body": body, "attributes": {"ApproximateReceiveCount": "1"}}


def event(kind: str, detail: dict[str, Any]) -> str:
    return json.dumps({"version": "0", "detail-type": kind, "source": "switchboard", "detail": detail})


def failed(*bodies: str, crm: FakeCrm) -> list[str]:
    records = [message(str(number), body) for number, body in enumerate(bodies)]
    answer = note_all(notes(crm), {"Records": records})
    return [one["itemIdentifier"] for one in answer["batchItemFailures"]]


def test_o5_one_that_fails_holds_no_other_up() -> None:
    crm = FakeCrm()
    other = {**FINISHED, "call_sid": "CA" + "9" * 32}
    batch = (event("attempt.completed", ATTEMPT), "{", event("call.finished", other), event("other", {}))
    assert failed(*batch, crm=crm) == ["1", "3"]
    assert len(crm.noted) == 2


def test_o5_a_crm_that_is_away_lets_it_come_again() -> None:
    crm = FakeCrm()
    crm.fail = Unavailable("away")
    assert failed(event("attempt.completed", ATTEMPT), crm=crm) == ["0"]
