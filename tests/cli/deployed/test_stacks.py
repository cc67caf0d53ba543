"""What is deployed, and what is half finished."""

import pytest

from cli.deployed.refusal import Refusal
from cli.deployed.stacks import Deployed, Stack
from cli.deployed.stage_file import Stage

PROD = Stage("prod", fallback_region="us-west-2")


def deployed(status: str | None, **outputs: str) -> Deployed:
    core = Stack("SwitchboardProdCore", "us-east-1", status, outputs) if status else None
    return Deployed(PROD, "us-east-1", core, stream=None, fallback=None, stream_url=None, account_sid=None)


@pytest.mark.parametrize("status", ["CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE"])
def test_a_stack_that_is_up_tells_its_address(status: str) -> None:
    assert deployed(status, WebhookUrl="https://webhooks.test").webhook_url == "https://webhooks.test"


@pytest.mark.parametrize(
    ("status", "told"),
    [
        (None, "is not deployed in us-east-1; run `make deploy STAGE=prod` first"),
        ("CREATE_IN_PROGRESS", "is CREATE_IN_PROGRESS in us-east-1; wait"),
        ("UPDATE_IN_PROGRESS", "is UPDATE_IN_PROGRESS in us-east-1; wait"),
        ("ROLLBACK_COMPLETE", "is half finished (ROLLBACK_COMPLETE) in us-east-1; run `make deploy STAGE=prod` again"),
        ("UPDATE_ROLLBACK_FAILED", "is half finished (UPDATE_ROLLBACK_FAILED)"),
    ],
)
def test_a_stack_that_is_not_up_is_told_with_what_to_do(status: str | None, told: str) -> None:
    with pytest.raises(Refusal) as refused:
        _ = deployed(status, WebhookUrl="https://webhooks.test").webhook_url
    assert str(refused.value).startswith(f"SwitchboardProdCore {told}")


def test_a_stack_of_another_version_lacks_an_output() -> None:
    with pytest.raises(Refusal, match="half finished"):
        _ = deployed("CREATE_COMPLETE").webhook_url


def test_the_fallback_is_looked_for_in_its_own_region() -> None:
    with pytest.raises(Refusal, match="SwitchboardProdFallback is not deployed in us-west-2"):
        _ = deployed(None).fallback_url


@pytest.mark.parametrize(
    ("stage", "known"),
    [
        (Stage("prod"), {"OPENAI_API_KEY", "DEEPGRAM_API_KEY"}),
        (Stage("prod", language_model="bedrock"), {"DEEPGRAM_API_KEY"}),
        (
            Stage("prod", language_model="bedrock", speech_to_text="transcribe,openai"),
            {"OPENAI_API_KEY", "DEEPGRAM_API_KEY"},
        ),
    ],
)
def test_only_the_keys_that_a_stage_uses_are_asked_for(stage: Stage, known: set[str]) -> None:
    outputs = {"OpenAiApiKeySecret": "arn:1", "DeepgramApiKeySecret": "arn:2", "TwilioAuthTokensSecret": "arn:3"}
    core = Stack("SwitchboardProdCore", "us-east-1", "CREATE_COMPLETE", outputs)
    assert set(Deployed(stage, "us-east-1", core, None, None, None, None).provider_keys) == known
