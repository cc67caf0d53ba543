"""Keys reach every place that reads them, and no screen."""

import os
import pty
import select
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.cli.accounts import AWAY, KEY, SID, TOKEN, Deployment
from tests.cli.conftest import Run, Shell

BOTH = f"TWILIO_ACCOUNT_SID={SID}\nTWILIO_AUTH_TOKEN={TOKEN}\nOPENAI_API_KEY={KEY}\n"
OLD = "f" * 32
ROOT = Path(__file__).parents[3]


def tokens(deployed: Deployment) -> list[str]:
    return [deployed.secret(part, "TwilioAuthTokensSecret") for part in ("Core", "Fallback")]


def test_r4_keys_go_to_every_place_and_are_never_shown(stage: Shell, run: Run) -> None:
    deployed = stage(away=AWAY).all()

    said = run("secrets", "set", piped=BOTH)

    assert tokens(deployed) == [TOKEN, TOKEN]
    assert deployed.secret("Core", "OpenAiApiKeySecret") == KEY
    assert deployed.parameters()["twilio-account-sid"] == SID
    assert said == [
        "Twilio knows this account and token; the account is active",
        "Twilio account SID for the commands (us-east-1): set",
        "Twilio auth token for webhooks and streams (us-east-1): set",
        "Twilio auth token for fallback (us-west-2): set",
        "OPENAI_API_KEY for the streams (us-east-1): set",
        "Streaming service: starts anew with them, live calls go on; webhooks and fallback follow within 5 minutes",
        f"secrets set: 4 places of stage {deployed.name}: ok",
    ]


def test_setting_the_same_again_changes_nothing_and_starts_nothing_anew(stage: Shell, run: Run) -> None:
    stage().all()
    run("secrets", "set", piped=BOTH)

    said = run("secrets", "set", piped=BOTH)

    assert [line.rpartition(": ")[2] for line in said[1:5]] == ["was that already"] * 4
    assert not any(line.startswith("Streaming service") for line in said)


def test_a_rotation_keeps_the_token_in_use_as_the_second(stage: Shell, run: Run) -> None:
    deployed = stage().all().keys(token=OLD)

    run("secrets", "set", "TWILIO_AUTH_TOKEN", "--rotate", piped=TOKEN)
    assert tokens(deployed) == [f"{TOKEN},{OLD}"] * 2

    run("secrets", "set", "TWILIO_AUTH_TOKEN", "--rotate", piped=TOKEN)
    assert tokens(deployed) == [f"{TOKEN},{OLD}"] * 2

    run("secrets", "set", "TWILIO_AUTH_TOKEN", piped=TOKEN)
    assert tokens(deployed) == [TOKEN] * 2


def test_a_rotation_does_not_keep_noise(stage: Shell, run: Run) -> None:
    deployed = stage().all()
    run("secrets", "set", "--rotate", piped=BOTH)
    assert tokens(deployed) == [TOKEN] * 2


def test_the_models_key_alone_is_set_without_twilio(stage: Shell, run: Run) -> None:
    deployed = stage().all().keys(key="sk-before")
    said = run("secrets", "set", "OPENAI_API_KEY", piped=f'"{KEY}"\n')
    assert deployed.secret("Core", "OpenAiApiKeySecret") == KEY
    assert tokens(deployed) == [TOKEN, TOKEN]
    assert said[-1] == f"secrets set: 1 place of stage {deployed.name}: ok"


def test_the_key_of_another_provider_goes_to_the_stage_that_reads_it(stage: Shell, run: Run) -> None:
    deployed = stage(vendor="Deepgram").all().keys()
    run("secrets", "set", "DEEPGRAM_API_KEY", piped=KEY)
    assert deployed.secret("Core", "DeepgramApiKeySecret") == KEY

    said = run("secrets", "set", "CARTESIA_API_KEY", piped=KEY, code=1)[-1]
    assert "reads no CARTESIA_API_KEY; it reads TWILIO_AUTH_TOKEN, DEEPGRAM_API_KEY, OPENAI_API_KEY" in said


def test_a_token_that_twilio_does_not_know_is_not_stored(stage: Shell, run: Run) -> None:
    deployed = stage().all().keys()
    said = run("secrets", "set", piped=f"TWILIO_AUTH_TOKEN={OLD}\n", code=1)
    assert said == ["secrets set: short: Twilio does not know this account SID and auth token together"]
    assert tokens(deployed) == [TOKEN, TOKEN]


def test_before_everything_is_deployed_nothing_is_asked_or_stored(stage: Shell, run: Run) -> None:
    deployed = stage()
    deployed.core()
    before = deployed.secret("Core", "TwilioAuthTokensSecret")
    said = run("secrets", "set", piped=BOTH, code=1)
    assert f"{deployed.stack('Fallback')} is not deployed in us-east-1; run `make deploy" in said[-1]
    assert deployed.secret("Core", "TwilioAuthTokensSecret") == before


def test_without_the_streaming_service_there_is_nothing_to_start_anew(stage: Shell, run: Run) -> None:
    deployed = stage()
    deployed.core()
    deployed.fallback()
    said = run("secrets", "set", piped=BOTH)
    assert said[-1].endswith(": ok")
    assert not any("Streaming service" in line for line in said)


def test_keys_written_but_not_taken_up_by_the_streams_are_told(stage: Shell, run: Run) -> None:
    deployed = stage(service="gone").all()
    said = run("secrets", "set", piped=BOTH, code=1)
    assert tokens(deployed) == [TOKEN, TOKEN]
    assert "the streams go on with the old keys" in said[-1]


@pytest.mark.e2e
def test_r4_what_is_typed_at_the_prompts_is_not_echoed(stage: Shell) -> None:
    deployed = stage().all()
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "cli.main", "secrets", "set"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    child = subprocess.Popen(
        command, stdin=theirs, stdout=theirs, stderr=theirs, env=environment, start_new_session=True
    )
    os.close(theirs)
    shown = b""
    try:
        for prompt, answer in ((b"ACCOUNT_SID", SID), (b"AUTH_TOKEN", TOKEN), (b"API_KEY", KEY)):
            shown += _until(ours, prompt + b"", b": ")
            os.write(ours, f"{answer}\n".encode())
        shown += _until(ours, b"secrets set: ", b"\n")
        assert child.wait(30) == 0
    finally:
        child.kill()
        child.wait()
        os.close(ours)
    assert tokens(deployed) == [TOKEN, TOKEN]
    assert TOKEN.encode() not in shown
    assert KEY.encode() not in shown


def _until(terminal: int, *words: bytes) -> bytes:
    """What the terminal shows, up to and with these words in this order."""
    shown, deadline = b"", time.monotonic() + 60
    while True:
        at = 0
        for word in words:
            at = shown.find(word, at) + 1
            if not at:
                break
        if at:
            return shown
        assert select.select([terminal], [], [], deadline - time.monotonic())[0], shown
        shown += os.read(terminal, 4096)
