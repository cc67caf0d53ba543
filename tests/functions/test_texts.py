"""Twilio's webhooks of text messages, over the real application."""

import pytest

from functions.texts import is_stop
from shared.core.rules.person import OptOut
from shared.usecases.answer_outbound import Outgoing
from tests.campaigns import FakeCampaigns
from tests.core.callees import REMINDER
from tests.fakes import FakeCallStore
from tests.functions.carrier import application, post
from tests.usecases.clinic import NOW

PERSON, LINE, SID = "+14155550142", "+15550100100", "SM" + "1" * 32
TEXT = {"MessageSid": SID, "From": PERSON, "To": LINE}


@pytest.mark.parametrize(
    "text", ["STOP", " stop. ", "Stop calling me!", "unsubscribe", "Opt-out", "CANCEL", "revoke my consent", "END"]
)
async def test_whoever_takes_their_consent_back_by_text_is_on_file_at_once(text: str) -> None:
    campaigns = FakeCampaigns()
    app = application(FakeCallStore(), Outgoing(campaigns, campaigns.ledger), {"reminder": REMINDER})
    for _ in range(2):
        reply = await post(app, "/twilio/text", {**TEXT, "Body": text})
        assert reply.status_code == 200
        assert "<Message" not in reply.text
    assert campaigns.ledger.person(PERSON).opt_out == OptOut(NOW, "text message", SID)


@pytest.mark.parametrize(
    "text", ["", "I will be there", "cancel my appointment", "please do not stop", "the end", "ok"]
)
async def test_other_texts_are_let_be(text: str) -> None:
    campaigns = FakeCampaigns()
    app = application(FakeCallStore(), Outgoing(campaigns, campaigns.ledger), {"reminder": REMINDER})
    assert (await post(app, "/twilio/text", {**TEXT, "Body": text})).status_code == 200
    assert campaigns.ledger.person(PERSON).opt_out is None
    assert not is_stop(text)


async def test_a_word_that_the_company_has_twilio_take_for_stop_counts_as_one() -> None:
    campaigns = FakeCampaigns()
    app = application(FakeCallStore(), Outgoing(campaigns, campaigns.ledger), {"reminder": REMINDER})
    for kind in ("HELP", "START"):
        await post(app, "/twilio/text", {**TEXT, "Body": "basta", "OptOutType": kind})
    assert campaigns.ledger.people == {}
    assert (await post(app, "/twilio/text", {**TEXT, "Body": "basta", "OptOutType": "STOP"})).status_code == 200
    assert campaigns.ledger.person(PERSON).opt_out == OptOut(NOW, "text message", SID)


@pytest.mark.parametrize("text", ["START", "unstop", "YES", "HELP", "info"])
async def test_what_twilio_answers_by_itself_takes_no_opt_out_back(text: str) -> None:
    campaigns = FakeCampaigns()
    campaigns.ledger.opt_out(PERSON, OptOut(NOW, "said", "CA1"))
    app = application(FakeCallStore(), Outgoing(campaigns, campaigns.ledger), {"reminder": REMINDER})
    reply = await post(app, "/twilio/text", {**TEXT, "Body": text})
    assert reply.status_code == 200
    assert "<Message" not in reply.text
    assert campaigns.ledger.person(PERSON).opt_out == OptOut(NOW, "said", "CA1")


@pytest.mark.parametrize("wrong", [{"From": "anonymous"}, {"MessageSid": "1"}])
async def test_what_is_no_text_is_refused(wrong: dict[str, str]) -> None:
    campaigns = FakeCampaigns()
    app = application(FakeCallStore(), Outgoing(campaigns, campaigns.ledger), {"reminder": REMINDER})
    assert (await post(app, "/twilio/text", {**TEXT, "Body": "STOP", **wrong})).status_code == 400
    assert campaigns.ledger.people == {}


async def test_a_text_that_did_not_arrive_is_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    campaigns = FakeCampaigns()
    app = application(FakeCallStore(), Outgoing(campaigns, campaigns.ledger), {"reminder": REMINDER})
    for said in ("sent", "delivered", "undelivered"):
        form = {"MessageSid": SID, "To": PERSON, "MessageStatus": said, "ErrorCode": "30005"}
        assert (await post(app, "/twilio/outbound/text", form)).status_code < 300
    assert [record.getMessage() for record in caplog.records if record.name == "functions.texts"] == [
        "text_undelivered"
    ]
