"""A call that the company makes, held turn by turn: the same beginning, and an opt-out at any moment."""

from datetime import timedelta

from shared.core.attempt import Assignment
from shared.ports import NewCall
from shared.usecases.answers import Verbs
from shared.usecases.take_turn import Talk, Turn, take_turn
from shared.wire.twiml import Gather, Redirect, Say
from tests.core.callees import FACTS, LAW, REMINDER
from tests.fakes import FakeCallStore, FakeLanguageModel, FakeTools
from tests.ledger import FakeLedger
from tests.usecases.clinic import ADDRESSES, CALL_SID, NOW

PERSON = "+14155550142"


class Line:
    def __init__(self) -> None:
        self.store, self.ledger, self.number = FakeCallStore(), FakeLedger(), 0
        agents, tools = {"reminder": REMINDER}, {"reminder": FakeTools()}
        self.talk = Talk(self.store, ADDRESSES, agents, FakeLanguageModel(), tools, self.ledger)
        about = Assignment("reminder-1.1", FACTS)
        soon = NOW + timedelta(minutes=1)
        self.store.create(NewCall(CALL_SID, "AC1", PERSON, "+2", "reminder", NOW, "h", soon, assignment=about))

    async def turn(self, speech: str = "", digits: str = "") -> Verbs:
        self.number += 1
        turn = Turn(self.number, heard=self.number > 1, speech=speech, confidence=0.9, digits=digits)
        return await take_turn(self.talk, CALL_SID, turn, token="t", now=NOW)


def said(verbs: Verbs) -> str:
    prompts = [prompt for verb in verbs if isinstance(verb, Gather) for prompt in verb.prompts]
    return " ".join(verb.text for verb in (*verbs, *prompts) if isinstance(verb, Say))


async def test_t7_whoever_picks_up_may_speak_first_and_hears_who_calls() -> None:
    line = Line()
    begun = await line.turn()
    assert said(begun) == ""
    assert [verb.timeout for verb in begun if isinstance(verb, Gather)] == [2]
    assert said(await line.turn()) == " ".join([*LAW, "Is this Grace?"])


async def test_o3_an_opt_out_by_word_is_on_file_before_it_is_confirmed() -> None:
    line = Line()
    await line.turn()
    await line.turn("hello")
    verbs = await line.turn("stop calling me")
    assert said(verbs) == "We won't call again."
    assert isinstance(verbs[-1], Redirect)
    opted_out = line.ledger.person(PERSON).opt_out
    assert opted_out is not None
    assert (opted_out.how, opted_out.reference) == ("said", CALL_SID)


async def test_o3_an_opt_out_by_key_counts_too() -> None:
    line = Line()
    await line.turn()
    assert said(await line.turn(digits="9")) == "We won't call again."
    assert line.ledger.person(PERSON).opt_out is not None


async def test_o2_the_carriers_verdict_counts_as_long_as_nobody_was_heard() -> None:
    line = Line()
    await line.turn()
    line.store.set_answered_by(CALL_SID, "machine_end_beep")
    assert said(await line.turn()) == "Ava of Maple Clinic for Grace: please call us."
