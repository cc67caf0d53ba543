"""An operator's commands on stacks that the CDK deployed, and a call that comes of it."""

import io
from collections.abc import Callable

import pytest
from twilio.rest import Client

from cli.deployment import STAGE
from cli.laptop import Laptop
from cli.main import main
from tests.e2e.calls import HANG_UP, ended, listen

NUMBER = "+15550100177"
CALLER = "+14155550177"

type Run = Callable[..., list[str]]


@pytest.fixture
def run(machine: Laptop, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """A command, as an operator types it whose shell points to these accounts."""
    for name, value in {**machine.account.environment, "TWILIO_API_URL": machine.carrier.url}.items():
        monkeypatch.setenv(name, value)
    for name in ("TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN"):
        monkeypatch.delenv(name, raising=False)

    def typed(*arguments: str, piped: str = "") -> list[str]:
        monkeypatch.setattr("sys.stdin", io.StringIO(piped))
        capsys.readouterr()
        ended = main([*arguments, "--stage", STAGE])
        said = capsys.readouterr().out
        assert ended == 0, said
        return said.splitlines()

    return typed


def test_t1_a_number_configured_by_one_command_is_answered_by_the_agent(machine: Laptop, run: Run) -> None:
    carrier = machine.carrier
    client = Client(carrier.account_sid, carrier.auth_token)
    client.api.base_url = carrier.url
    try:
        bought = client.incoming_phone_numbers.create(phone_number=NUMBER)
        keys = f"TWILIO_ACCOUNT_SID={carrier.account_sid}\nTWILIO_AUTH_TOKEN={carrier.auth_token}\n"
        assert run("secrets", "set", piped=keys)[-1].endswith(": ok")

        said = run("number", "configure", NUMBER, "--yes")

        assert any(f"{machine.deployed.webhook_url}/twilio/voice" in line for line in said)
        call = ended(machine, carrier.dial(CALLER, NUMBER, [listen(), HANG_UP]), 60)
        assert call.status == "completed"
        assert machine.agent.greeting in call.said("agent")
        assert call.state is not None
        assert call.state.called == NUMBER

        run("number", "restore", NUMBER, "--yes")
        assert client.incoming_phone_numbers(bought.sid).fetch().voice_url == ""
    finally:
        client.http_client.session.close()
