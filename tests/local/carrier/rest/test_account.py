"""What Twilio says of the account itself, asked by Twilio's own SDK."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from tests.local.carrier.office import ACCOUNT, CLINIC, Telephony
from tests.local.carrier.rest.conftest import Sdk

BUSINESS = "RN6433641899984f951173ef1738c3bdd0"


async def test_an_account_tells_what_it_is_and_what_it_has_left(line: Telephony, sdk: Sdk) -> None:
    fetched = await sdk(lambda c: c.api.accounts(ACCOUNT).fetch())
    assert (fetched.sid, fetched.type, fetched.status) == (ACCOUNT, "Full", "active")
    created = line.carrier.exchange.account.created
    assert abs(fetched.date_created - created) < timedelta(seconds=1)
    balance = await sdk(lambda c: c.api.accounts(ACCOUNT).balance.fetch())
    assert (balance.balance, balance.currency) == ("100.00", "USD")


async def test_a_trial_account_says_so(line: Telephony, sdk: Sdk) -> None:
    line.carrier.exchange.account.kind = "Trial"
    assert (await sdk(lambda c: c.api.accounts(ACCOUNT).fetch())).type == "Trial"


async def test_approved_profiles_are_listed(line: Telephony, sdk: Sdk) -> None:
    line.carrier.exchange.account.profiles["BU" + "1" * 32] = BUSINESS
    sdk.client.trusthub.base_url = line.carrier.url
    listed = await sdk(lambda c: c.trusthub.v1.customer_profiles.list(status="twilio-approved"))
    assert [profile.policy_sid for profile in listed] == [BUSINESS]
    assert await sdk(lambda c: c.trusthub.v1.customer_profiles.list(status="draft")) == []


async def test_an_application_and_a_trunk_exclude_each_other(line: Telephony, sdk: Sdk) -> None:
    (number,) = await sdk(lambda c: c.incoming_phone_numbers.list(phone_number=CLINIC))
    application, trunk = "AP" + "1" * 32, "TK" + "2" * 32
    one = updating(number.sid)
    assert (await sdk(lambda c: one(c, voice_application_sid=application))).voice_application_sid == application
    changed = await sdk(lambda c: one(c, trunk_sid=trunk))
    assert (changed.trunk_sid, changed.voice_application_sid) == (trunk, "")
    assert (await sdk(lambda c: one(c, trunk_sid=""))).trunk_sid is None
    assert (await sdk.refusal(lambda c: one(c, voice_application_sid="AP1"))).code == 21218


async def test_a_number_that_leads_to_an_application_ignores_its_own_urls(line: Telephony, sdk: Sdk) -> None:
    line.office.page("/voice", "<Hangup/>")
    (number,) = await sdk(lambda c: c.incoming_phone_numbers.list(phone_number=CLINIC))
    await sdk(lambda c: updating(number.sid)(c, voice_application_sid="AP" + "1" * 32))
    assert await (await line.call()).ended(5) == "failed"
    assert line.office.received == []


async def test_a_url_and_its_method_can_be_changed_apart(line: Telephony, sdk: Sdk) -> None:
    (number,) = await sdk(lambda c: c.incoming_phone_numbers.list(phone_number=CLINIC))
    one = updating(number.sid)
    await sdk(lambda c: one(c, voice_method="GET"))
    changed = await sdk(lambda c: one(c, voice_url="https://other.example.test/"))
    assert (changed.voice_url, changed.voice_method) == ("https://other.example.test/", "GET")


def updating(sid: str) -> Callable[..., Any]:
    """An update of one number, by the SDK's client."""
    return lambda client, **fields: client.incoming_phone_numbers(sid).update(**fields)
