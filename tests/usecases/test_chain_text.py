"""Texts between calls: each is claimed and sent at most once, where and when it is lawful."""

from dataclasses import replace
from datetime import timedelta

import pytest

from shared.core.attempt import Disposition
from shared.core.chain_events import Answer
from shared.core.rules.person import Channel
from shared.core.rules.question import Verdict
from shared.ports import ProviderError, Refused, Unavailable
from shared.usecases.chain import ms
from tests.usecases.outreach import PHONE, TEXTING, Clinic


def missed(clinic: Clinic) -> str:
    """A chain that reached nobody, and texts next."""
    chain = clinic.begins()
    clinic.rings(chain)
    clinic.ended(chain, Disposition.NO_ANSWER)
    return chain


def test_a_call_that_reached_nobody_is_followed_by_its_text_and_then_by_another_call() -> None:
    clinic = Clinic(TEXTING)
    chain = missed(clinic)
    assert clinic.decides(chain)["text"] == "missed"
    clinic.texts(chain, "missed")
    (sent,) = clinic.messages.sent
    assert (sent.to, sent.from_, sent.body) == (PHONE, TEXTING.line, "Hello Ann, please call us back.")
    (row,) = clinic.store.texts(chain)
    assert row.message_sid == f"SM{1:032x}"
    assert [contact.channel for contact in clinic.store.ledger.person(PHONE).contacts] == [Channel.CALL, Channel.SMS]
    clinic.rings(chain, 2)
    clinic.ended(chain, Disposition.NO_ANSWER, 2)
    assert clinic.waits(chain)["attempt"] == f"{chain}.3"
    assert len(clinic.messages.sent) == 1


def test_a_text_step_that_is_done_again_sends_nothing() -> None:
    clinic = Clinic(TEXTING)
    chain = missed(clinic)
    clinic.decides(chain)
    clinic.texts(chain, "missed")
    clinic.texts(chain, "missed")
    clinic.texts(chain, "thanks")
    assert len(clinic.messages.sent) == 1


def test_a_text_that_goes_with_the_result_is_the_last_thing_a_chain_does() -> None:
    clinic = Clinic(TEXTING)
    chain = clinic.begins()
    clinic.rings(chain)
    clinic.ended(chain, Disposition.REACHED, result="confirmed")
    assert clinic.decides(chain)["text"] == "thanks"
    assert clinic.texts(chain, "thanks")["wait_s"] == 1
    assert clinic.decides(chain)["ended"] == "done"


@pytest.mark.parametrize("error", [Refused("no"), Unavailable("no answer")])
def test_a_text_whose_order_fails_is_not_ordered_again(error: ProviderError) -> None:
    clinic = Clinic(TEXTING)
    chain = missed(clinic)
    clinic.decides(chain)
    clinic.messages.refuse(error)
    clinic.texts(chain, "missed")
    (row,) = clinic.store.texts(chain)
    assert (row.message_sid, row.error) == ("", "Refused" if isinstance(error, Refused) else "")
    assert clinic.waits(chain)["attempt"] == f"{chain}.2"
    assert clinic.messages.sent == []


def test_o3_a_text_waits_for_its_lawful_time_and_is_left_out_if_that_never_comes() -> None:
    clinic = Clinic(TEXTING)
    chain = missed(clinic)
    clinic.decides(chain)
    until = clinic.now + timedelta(hours=3)
    clinic.answers = [Answer(Verdict.LATER, "us.quiet", "late", ms(until))]
    assert clinic.texts(chain, "missed")["until"] == until.isoformat()
    assert clinic.waits(chain)["text"] == "missed"
    clinic.answers = [Answer(Verdict.NEVER, "in.sms", "no template")]
    clinic.texts(chain, "missed")
    assert clinic.messages.sent == []
    assert clinic.waits(chain)["attempt"] == f"{chain}.2"


def test_o3_who_opted_out_is_not_texted() -> None:
    clinic = Clinic(TEXTING)
    chain = missed(clinic)
    clinic.decides(chain)
    clinic.opts_out("said", "CA1")
    clinic.texts(chain, "missed")
    assert clinic.messages.sent == []
    assert clinic.decides(chain)["ended"] == "forbidden"


def test_o3_who_opted_out_is_not_texted_what_goes_with_the_end_either() -> None:
    clinic = Clinic(TEXTING)
    chain = clinic.begins()
    clinic.rings(chain)
    clinic.ended(chain, Disposition.REACHED, result="confirmed")
    assert clinic.decides(chain)["text"] == "thanks"
    clinic.opts_out("said", "CA1")
    clinic.texts(chain, "thanks")
    assert clinic.messages.sent == []
    assert clinic.decides(chain)["ended"] == "done"


def test_a_text_that_the_campaign_no_longer_has_is_left_out() -> None:
    clinic = Clinic(TEXTING)
    chain = missed(clinic)
    clinic.decides(chain)
    clinic.campaign = replace(TEXTING, texts=())
    clinic.texts(chain, "missed")
    assert clinic.messages.sent == []
    assert clinic.waits(chain)["do"] == "call"


def test_o6_a_day_whose_calls_are_used_up_still_has_its_texts() -> None:
    clinic = Clinic(replace(TEXTING, ceilings=replace(TEXTING.ceilings, calls=1)))
    chain = missed(clinic)
    assert clinic.decides(chain)["text"] == "missed"
    clinic.texts(chain, "missed")
    assert len(clinic.messages.sent) == 1
