"""The doctor, on patients that are well, and on others."""

import logging
import os
from collections.abc import Callable, Iterable

import pytest

from cli.deployed.aws import Aws
from cli.deployed.stacks import Deployed, read_deployed
from cli.deployed.stage_file import read_stage
from cli.deployed.twilio_account import TwilioAccount
from cli.doctor import aws_checks, quotas, round_trip, secret_checks, stack_checks, twilio_checks
from cli.doctor.examine import examine
from cli.doctor.finding import Check, Finding, State
from local.carrier.record import Webhook
from shared.ports import Unavailable
from tests.cli.accounts import SID, TOKEN, Accounts, Deployment
from tests.cli.conftest import Run, Shell
from tests.cli.doctor.world import STREAMS, World

type Look = Callable[[Callable[[Aws, Deployed], Iterable[Check]]], list[Finding]]


def running(deployed: Deployment) -> Deployment:
    return deployed.all().keys()


@pytest.fixture
def look(healthy: Deployment) -> Look:
    """What some checks find, as the doctor makes them."""

    def found(checks: Callable[[Aws, Deployed], Iterable[Check]]) -> list[Finding]:
        aws = Aws.of_shell(os.environ)
        deployed = read_deployed(aws, read_stage(healthy.name))
        return [finding for _, findings in examine(list(checks(aws, deployed))) for finding in findings]

    return found


@pytest.mark.e2e
def test_nothing_is_wrong_with_a_line_that_works(
    accounts: Accounts, healthy: Deployment, product: World, run: Run, caplog: pytest.LogCaptureFixture
) -> None:
    running(healthy)
    accounts.number("+15550100030")
    run("number", "configure", "+15550100030", "--yes")
    product.store.fail(Unavailable("nothing of this may be written"))

    with caplog.at_level(logging.WARNING):
        said = run("doctor", code=1)

    for told in (
        "account 000000000000, as root",
        "us-east-1 has Transcribe's streams",
        "us-east-1 is next to Twilio's region US1",
        "us-east-1 has 1 neural voice",
        "us-east-1 is bootstrapped for the CDK",
        "Amazon Transcribe: 500 streams at a time, 24 wanted",
        "Amazon Polly: 80 neural requests a second, 8 wanted",
        "AWS Fargate: 100 vCPUs, 4 wanted",
        f"{healthy.stack('Core')}: CREATE_COMPLETE in us-east-1",
        "Twilio's token for webhooks and streams is set",
        "Twilio's token for the fallback is set",
        "the model's provider accepts the key",
        "is active",
        "it is a full account, which has Media Streams",
        "balance: 100.00 USD",
        "a business profile is approved: any number of calls at a time",
        "+15550100030 leads here",
        "webhooks: what Twilio signs is let in, anything else is refused",
        "fallback: what Twilio signs is let in, anything else is refused",
        "streams: what Twilio signs is let in, anything else is refused",
    ):
        assert [line for line in said if told in line and "✓" in line], (told, said)
    # The emulator runs no tasks, which is the one thing that is wrong.
    assert [line for line in said if "✗" in line] == ["  ✗ 0 of 0 tasks run: nobody takes a call"]
    assert said[-1].startswith(f"doctor: {healthy.name}: ")
    assert "1 wrong: short: 1 wrong; the first thing to do: ECS console" in said[-1]
    # Nobody is woken: the alarm counts this line.
    assert "caller_sent_on" not in caplog.text


@pytest.mark.e2e
def test_before_a_deployment_it_says_what_comes_first(healthy: Deployment, run: Run) -> None:
    said = run("doctor", code=1)

    assert f"  ✗ {healthy.name} is not deployed in us-east-1" in said
    assert f"      → make deploy STAGE={healthy.name}" in said
    assert any("Amazon Transcribe: 500 streams" in line for line in said)
    assert any("not looked at: no account is known yet" in line for line in said)
    assert said[-1].endswith(f"short: 1 wrong; the first thing to do: make deploy STAGE={healthy.name}")


def test_without_credentials_of_aws_the_twilio_account_is_looked_at_all_the_same(
    healthy: Deployment, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "none")
    monkeypatch.setenv("AWS_CONFIG_FILE", "none")
    monkeypatch.setenv("TWILIO_ACCOUNT_SID", SID)
    monkeypatch.setenv("TWILIO_AUTH_TOKEN", TOKEN)

    said = run("doctor", code=1)

    assert "AWS account" in said
    assert "  ✗ AWS: no usable credentials" in said
    assert "  ✓ balance: 100.00 USD" in said
    assert "1 wrong" in said[-1]


def test_quotas_below_what_the_stage_is_made_for_are_told_with_where_to_raise_them(look: Look, product: World) -> None:
    product.quotas = {"transcribe": {STREAMS: 20}, "fargate": {"Fargate On-Demand vCPU resource count": 2}}

    transcribe, polly, fargate, _ = look(lambda aws, deployed: quotas.checks(aws, deployed.stage))

    assert transcribe.state is State.WARNING
    assert "20 streams at a time, 24 wanted: the calls beyond them are not understood" in transcribe.told
    assert f"Service Quotas console, Amazon Transcribe, '{STREAMS}': request 24; or lower max_tasks" in transcribe.fix
    assert (polly.state, "8 unless they were raised" in polly.told) == (State.NOTE, True)
    assert (fargate.state, "2 vCPUs, 4 wanted" in fargate.told) == (State.WARNING, True)


def test_what_may_not_be_looked_at_is_told_with_the_missing_permission(look: Look, product: World) -> None:
    product.denied = True

    findings = look(
        lambda aws, deployed: [*quotas.checks(aws, deployed.stage), *aws_checks.checks(aws, deployed.stage)]
    )

    denied = [finding for finding in findings if finding.state is State.WARNING]
    assert [finding.fix.split(",")[0] for finding in denied] == [
        *(["allow your role servicequotas:ListServiceQuotas"] * 3),
        "allow your role polly:DescribeVoices",
    ]


def test_a_region_without_the_service_is_wrong_and_one_far_from_twilio_is_noted(
    look: Look, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_REGION", "eu-north-1")
    states = [finding.state for finding in look(lambda aws, deployed: aws_checks.checks(aws, deployed.stage))]
    assert states == [State.WRONG, State.NOTE, State.OK, State.WRONG]


def test_a_region_where_the_cdk_has_not_been_is_told_with_the_command(
    healthy: Deployment, look: Look, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    *_, last = look(lambda aws, deployed: aws_checks.checks(aws, deployed.stage))
    assert last.told == "eu-west-1 is not bootstrapped for the CDK"
    assert last.fix == f"make bootstrap STAGE={healthy.name}"


def test_a_stage_says_who_is_told_of_its_alarms(healthy: Deployment, look: Look) -> None:
    healthy.all()

    (told,) = (finding for finding in look(stack_checks.checks) if "alarms" in finding.told)
    assert (told.state, told.told) == (State.OK, "ops@example.com is told of alarms, once AWS's mails are confirmed")


def test_a_stage_without_an_address_for_alarms_is_told_how_to_give_one(stage: Shell) -> None:
    deployed = stage().all()
    aws = Aws.of_shell(os.environ)
    found = examine(stack_checks.checks(aws, read_deployed(aws, read_stage(deployed.name))))

    (told,) = (finding for _, findings in found for finding in findings if "alarms" in finding.told)
    assert (told.state, told.told) == (State.WARNING, "nobody is told of alarms")
    assert told.fix == f"give the stage an alarm_email in cdk.json, then make deploy STAGE={deployed.name}"


def test_secrets_that_are_still_noise_are_told_and_not_shown(healthy: Deployment, look: Look) -> None:
    healthy.all()
    noise = healthy.secret("Core", "TwilioAuthTokensSecret")

    findings = look(secret_checks.checks)

    assert [finding.told for finding in findings] == [
        "Twilio's token for webhooks and streams was never set: every call is refused",
        "Twilio's token for the fallback was never set: every call is refused",
        "OPENAI_API_KEY was never set: its provider refuses every request",
    ]
    assert all(finding.fix.startswith("switchboard secrets set") for finding in findings)
    assert noise not in repr(findings)


def test_wrong_and_unequal_secrets_are_told(healthy: Deployment, look: Look) -> None:
    running(healthy)
    secrets = healthy.accounts.client("secretsmanager")
    secrets.put_secret_value(SecretId=healthy.outputs("Core")["TwilioAuthTokensSecret"], SecretString="not-a-token")
    secrets.put_secret_value(SecretId=healthy.outputs("Core")["OpenAiApiKeySecret"], SecretString="another-key")

    webhooks, fallback, key, accepted = look(secret_checks.checks)

    assert webhooks.told.startswith("what is stored for webhooks and streams is not a Twilio token")
    assert fallback.told == "the fallback has another Twilio token than the webhooks"
    assert key.state is State.OK
    assert (accepted.state, accepted.told) == (State.WRONG, "the model's provider refuses the key (401)")


def test_a_rotation_under_way_is_noted(healthy: Deployment, look: Look) -> None:
    healthy.all().keys(token=f"{TOKEN},{'f' * 32}")
    webhooks, fallback, *_ = look(secret_checks.checks)
    assert (webhooks.state, fallback.state) == (State.NOTE, State.NOTE)


def test_a_service_that_has_not_taken_up_the_token_is_found(healthy: Deployment, product: World, look: Look) -> None:
    healthy.all().keys(token="e" * 32)

    told = {finding.told: finding.state for finding in look(round_trip.checks)}

    for who, status in (("webhooks", 403), ("fallback", 403), ("streams", 403)):
        assert told[f"{who}: what Twilio signs is not let in ({status})"] is State.WRONG


def test_a_fallback_that_cannot_read_its_token_is_found(healthy: Deployment, product: World, look: Look) -> None:
    running(healthy)
    product.token = None
    findings = look(round_trip.checks)
    assert "fallback: what Twilio did not sign is not refused (400)" in [finding.told for finding in findings]


def test_an_address_that_does_not_answer_is_wrong(stage: Shell, run: Run) -> None:
    deployed = stage(webhook_url="http://127.0.0.1:9")
    deployed.core()
    aws = Aws.of_shell(os.environ)
    plan = read_deployed(aws, read_stage(deployed.name))
    ((_, (finding,)),) = examine(round_trip.checks(aws, plan))
    assert finding.state is State.WRONG
    assert finding.told.startswith("webhooks: http://127.0.0.1:9 cannot be reached: ")


def test_an_account_that_cannot_take_calls_is_wrong(accounts: Accounts, look: Look) -> None:
    account = accounts.carrier.exchange.account
    account.kind, account.status, account.balance, account.profiles = "Trial", "suspended", "-1.20", {}
    try:
        with TwilioAccount(SID, TOKEN, accounts.carrier.url) as twilio:
            findings = look(lambda aws, deployed: twilio_checks.checks(twilio, None, None))
    finally:
        account.kind, account.status, account.balance = "Full", "active", "100.00"

    assert [(finding.state, finding.told.partition(":")[0]) for finding in findings] == [
        (State.WRONG, f"account {SID} is suspended"),
        (State.WRONG, "it is a trial account, which has no Media Streams"),
        (State.WRONG, "balance"),
        (State.WARNING, "no business profile is approved"),
    ]
    assert findings[2].told.endswith("-1.20 USD: Twilio takes no calls")
    assert findings[3].told.endswith("2 calls at a time")


def test_numbers_that_were_led_elsewhere_since_are_found(
    accounts: Accounts, healthy: Deployment, look: Look, run: Run
) -> None:
    running(healthy)
    number = accounts.number("+15550100031")
    run("number", "configure", "+15550100031", "--yes")
    number.voice = Webhook("https://by-hand.example.test/")

    with TwilioAccount(SID, TOKEN, accounts.carrier.url) as twilio:
        findings = look(lambda aws, deployed: twilio_checks.checks(twilio, aws, deployed))

    (drifted,) = [finding for finding in findings if "+15550100031" in finding.told]
    assert drifted.state is State.WRONG
    assert drifted.fix == f"switchboard number configure +15550100031 --stage {healthy.name}"


def test_a_line_with_no_number_is_told_what_comes_next(accounts: Accounts, healthy: Deployment, look: Look) -> None:
    running(healthy)
    accounts.number("+15550100032")
    with TwilioAccount(SID, TOKEN, accounts.carrier.url) as twilio:
        *_, last = look(lambda aws, deployed: twilio_checks.checks(twilio, aws, deployed))
    assert last.state is State.WARNING
    assert last.fix == f"switchboard number configure +1... --stage {healthy.name}"
