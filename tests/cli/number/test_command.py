"""A number's calls are led here and back again, at a carrier and in an account that answer as the real ones do."""

import json

import pytest

from cli.deployed import stacks
from functions import call_status, fallback, voice
from local.carrier.record import Webhook
from tests.cli.accounts import AWAY, FALLBACK_URL, SID, TOKEN, WEBHOOK_URL, Accounts
from tests.cli.conftest import Run, Shell

FORMER = "https://former.example.test/voice"


def test_the_paths_twilio_is_given_are_those_that_are_served() -> None:
    assert (stacks.VOICE, stacks.STATUS, stacks.FALLBACK) == (voice.PATH, call_status.PATH, fallback.VOICE)


def test_t1_a_number_is_configured_once_and_restored(accounts: Accounts, stage: Shell, run: Run) -> None:
    deployed = stage().all().keys()
    number = accounts.number("+15550100001")
    number.voice, number.voice_application_sid = Webhook(FORMER, "GET"), "AP" + "1" * 32

    said = run("number", "configure", "+1 (555) 010-0001", "--yes")

    assert said[:4] == [
        "+15550100001",
        "  A call comes in",
        f"    now   {FORMER}",
        f"    then  {WEBHOOK_URL}/twilio/voice",
    ]
    assert said[-1] == "number configure: +15550100001: 6 settings changed: ok"
    assert number.voice == Webhook(f"{WEBHOOK_URL}/twilio/voice")
    assert number.voice_fallback == Webhook(f"{FALLBACK_URL}/fallback/voice")
    assert number.status_callback == Webhook(f"{WEBHOOK_URL}/twilio/status#rc=3&rp=all")
    assert number.voice_application_sid == ""

    again = run("number", "configure", "+15550100001")[-1]
    assert again == f"number configure: +15550100001 leads to {deployed.name} already, nothing to change: ok"
    listed = run("number", "list")
    assert any(line.split()[:3] == ["+15550100001", deployed.name, f"{WEBHOOK_URL}/twilio/voice"] for line in listed)

    assert run("number", "restore", "+15550100001", "--yes")[-1].endswith("6 settings as before: ok")
    assert number.voice == Webhook(FORMER, "GET")
    assert {number.voice_fallback, number.status_callback} == {None}
    assert number.voice_application_sid == "AP" + "1" * 32
    assert run("number", "restore", "+15550100001")[-1].endswith("nothing to change: ok")


def test_a_trunk_that_would_take_the_calls_is_taken_away_and_given_back(
    accounts: Accounts, stage: Shell, run: Run
) -> None:
    stage().all().keys()
    number = accounts.number("+15550100002")
    number.trunk_sid = "TK" + "2" * 32

    run("number", "configure", "+15550100002", "--yes")
    assert number.trunk_sid == ""

    run("number", "restore", "+15550100002", "--yes")
    assert number.trunk_sid == "TK" + "2" * 32


def test_configuring_again_after_a_change_by_hand_keeps_what_was_first(
    accounts: Accounts, stage: Shell, run: Run
) -> None:
    deployed = stage().all().keys()
    number = accounts.number("+15550100003")
    number.voice = Webhook(FORMER)
    run("number", "configure", "+15550100003", "--yes")
    number.voice = Webhook("https://by-hand.example.test/")

    run("number", "configure", "+15550100003", "--yes")

    kept = json.loads(deployed.parameters()[f"numbers/{number.sid}"])
    assert (kept["phone_number"], kept["voice_url"]) == ("+15550100003", FORMER)


def test_nothing_is_changed_without_being_agreed_to(accounts: Accounts, stage: Shell, run: Run) -> None:
    deployed = stage().all().keys()
    number = accounts.number("+15550100004")

    said = run("number", "configure", "+15550100004", code=1)

    assert said[-1] == "number configure: short: nothing was changed; add --yes to change it without being asked"
    assert number.voice is None
    assert not any(name.startswith("numbers/") for name in deployed.parameters())


def test_a_number_that_is_not_owned_is_told_with_those_that_are(accounts: Accounts, stage: Shell, run: Run) -> None:
    stage().all().keys()
    accounts.number("+15550100005")

    said = run("number", "configure", "+15550109999", code=1)

    assert "+15550109999 is not a number of this Twilio account, which has " in said[-1]
    assert "+15550100005" in said[-1]
    assert "555: is not" not in said[-1]


def test_a_number_given_back_to_twilio_is_forgotten(accounts: Accounts, stage: Shell, run: Run) -> None:
    deployed = stage().all().keys()
    number = accounts.number("+15550100011")
    run("number", "configure", "+15550100011", "--yes")
    del accounts.carrier.exchange.numbers[number.sid]

    said = run("number", "restore", "+1 555 010 0011")[-1]

    assert said.endswith("is not a number of this account any more, forgotten: ok")
    assert f"numbers/{number.sid}" not in deployed.parameters()


def test_what_is_not_a_number_is_told(accounts: Accounts, stage: Shell, run: Run) -> None:
    stage().all().keys()
    accounts.number("+15550100006")
    assert "'5550100' is not a number in the form +15550100123" in run("number", "configure", "5550100", code=1)[-1]


def test_a_number_on_no_line_of_the_stage_is_told_with_what_to_add(accounts: Accounts, stage: Shell, run: Run) -> None:
    deployed = stage(given={"lines": {"+15550100199": "front_door"}}).all().keys()
    number = accounts.number("+15550100007")

    said = run("number", "configure", "+15550100007", "--yes", code=1)[-1]

    assert f"has no line +15550100007; add it to stages.{deployed.name}.lines in cdk.json" in said
    assert f"make deploy STAGE={deployed.name}" in said
    assert number.voice is None


@pytest.mark.parametrize(
    ("parts", "told"),
    [
        ((), "Core is not deployed in us-east-1"),
        (("core",), "Fallback is not deployed in us-east-1"),
        (("core", "fallback"), "Stream is not deployed in us-east-1"),
    ],
)
def test_a_half_finished_deployment_is_told_before_anything_is_changed(
    accounts: Accounts, stage: Shell, run: Run, parts: tuple[str, ...], told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    deployed = stage()
    for part in parts:
        getattr(deployed, part)()
    monkeypatch.setenv("TWILIO_ACCOUNT_SID", SID)
    monkeypatch.setenv("TWILIO_AUTH_TOKEN", TOKEN)
    number = accounts.number("+15550100008")

    said = run("number", "configure", "+15550100008", "--yes", code=1)

    assert told in said[-1]
    assert f"make deploy STAGE={deployed.name}" in said[-1]
    assert len(said) == 1
    assert number.voice is None


def test_a_stage_without_its_keys_gets_no_number(
    accounts: Accounts, stage: Shell, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    deployed = stage().all()
    accounts.number("+15550100009")
    hint = f"switchboard secrets set --stage {deployed.name}"
    assert hint in run("number", "configure", "+15550100009", "--yes", code=1)[-1]

    monkeypatch.setenv("TWILIO_ACCOUNT_SID", SID)
    monkeypatch.setenv("TWILIO_AUTH_TOKEN", TOKEN)
    assert hint in run("number", "configure", "+15550100009", "--yes", code=1)[-1]


def test_the_shells_account_must_be_the_stages(stage: Shell, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    stage().all().keys(sid="AC" + "9" * 32)
    monkeypatch.setenv("TWILIO_ACCOUNT_SID", SID)
    monkeypatch.setenv("TWILIO_AUTH_TOKEN", TOKEN)
    said = run("number", "configure", "+15550100001", "--yes", code=1)[-1]
    assert f"TWILIO_ACCOUNT_SID is {SID}, but stage" in said


def test_a_fallback_in_another_region_is_found_there(accounts: Accounts, stage: Shell, run: Run) -> None:
    stage(away=AWAY).all().keys()
    number = accounts.number("+15550100010")
    run("number", "configure", "+15550100010", "--yes")
    assert number.voice_fallback == Webhook(f"{FALLBACK_URL}/fallback/voice")


def test_a_stage_that_is_not_there_is_told_before_any_account_is_asked(stage: Shell, run: Run) -> None:
    deployed = stage()
    assert run("number", "list", "--stage", "prd", code=1) == [
        f"number list: short: stage: there is no 'prd' in cdk.json; use --stage with one of {deployed.name}, other"
    ]


def test_a_token_that_twilio_refuses_is_told(
    stage: Shell, run: Run, monkeypatch: pytest.MonkeyPatch, accounts: Accounts
) -> None:
    stage().all().keys(token="f" * 32)
    said = run("number", "list", code=1)
    assert said == ["number list: short: Twilio does not know this account SID and auth token together"]


def test_without_credentials_of_aws_it_says_how_to_get_some(
    stage: Shell, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage()
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "none")
    monkeypatch.setenv("AWS_CONFIG_FILE", "none")
    assert "no usable credentials; sign in with `aws sso login`" in run("number", "list", code=1)[-1]
