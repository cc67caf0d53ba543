"""Settings are read once, typed, and a wrong variable is named with its fix."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.settings import (
    CrmSettings,
    HandOverSettings,
    PublishSettings,
    SettingsError,
    StreamingSettings,
    WebhookSettings,
)

HERE = str(Path(__file__).parent)

WEBHOOK = {
    "PUBLIC_BASE_URL": "https://voice.example.com",
    "STREAM_URL": "wss://stream.example.com/media",
    "TWILIO_AUTH_TOKENS": "first-secret, second-secret",
    "CALLS_TABLE": "calls",
    "DESK_TABLE": "desk",
    "CAMPAIGNS_TABLE": "campaigns",
    "AGENTS_DIR": HERE,
    "LINES": json.dumps({"+15550100123": "front_door", "*": "night"}),
    "AWS_REGION": "eu-west-1",
}
STREAMING = {
    **WEBHOOK,
    "BOOKINGS_TABLE": "bookings",
    "OPENAI_API_KEY": "model-secret",
    "OPENAI_MODEL": "small",
}

HAND_OVER = {"AFTER_CALL_QUEUE": "https://sqs.eu-west-1.amazonaws.com/1/after-call", "AWS_REGION": "eu-west-1"}
PUBLISH = {
    "CALLS_TABLE": "calls",
    "CAMPAIGNS_TABLE": "campaigns",
    "EVENT_BUS": "prod",
    "AWS_REGION": "eu-west-1",
}
CRM = {"CALLS_TABLE": "calls", "HUBSPOT_API_KEY": "crm-secret", "AWS_REGION": "eu-west-1"}

type Read = Callable[[Mapping[str, str]], object]
ALL: list[tuple[Read, Mapping[str, str]]] = [
    (WebhookSettings.from_environment, WEBHOOK),
    (StreamingSettings.from_environment, STREAMING),
    (HandOverSettings.from_environment, HAND_OVER),
    (PublishSettings.from_environment, PUBLISH),
    (CrmSettings.from_environment, CRM),
]


def test_a_webhook_process_reads_its_environment() -> None:
    settings = WebhookSettings.from_environment(WEBHOOK)

    assert settings.public_base_url == "https://voice.example.com"
    assert settings.stream_url == "wss://stream.example.com/media"
    assert settings.twilio_auth_tokens == ("first-secret", "second-secret")
    assert settings.calls_table == "calls"
    assert settings.agents_dir == Path(HERE)
    assert settings.lines == {"+15550100123": "front_door", "*": "night"}
    assert settings.aws_region == "eu-west-1"


def test_a_streaming_process_needs_no_more_than_it_must() -> None:
    settings = StreamingSettings.from_environment(STREAMING)

    assert settings.bookings_table == "bookings"
    assert settings.providers.models.openai_base_url == "https://api.openai.com/v1"
    assert settings.providers.transcribe_url is None
    assert settings.providers.transcribe_vocabulary == ""
    assert (settings.providers.polly_tps, settings.max_calls, settings.host, settings.port) == (
        8,
        50,
        "127.0.0.1",
        8080,
    )
    assert settings.drain_s == 3_600


def test_what_a_streaming_process_is_told_overrides_the_defaults() -> None:
    settings = StreamingSettings.from_environment(
        {
            **STREAMING,
            "OPENAI_BASE_URL": "http://127.0.0.1:9000/v1",
            "TRANSCRIBE_URL": "ws://127.0.0.1:9001",
            "TRANSCRIBE_VOCABULARY": "clinic-",
            "POLLY_TPS": "80",
            "MAX_CALLS": "3",
            "DRAIN_S": "70",
            "HOST": "0.0.0.0",
            "PORT": "0",
        }
    )

    assert settings.providers.models.openai_base_url == "http://127.0.0.1:9000/v1"
    assert settings.providers.transcribe_url == "ws://127.0.0.1:9001"
    assert settings.providers.transcribe_vocabulary == "clinic-"
    assert (settings.providers.polly_tps, settings.max_calls, settings.host, settings.port) == (80, 3, "0.0.0.0", 0)
    assert settings.drain_s == 70


def test_t7_where_tasks_are_always_kept_none_is_asked_for_and_none_says_that_it_is_there() -> None:
    assert WebhookSettings.from_environment(WEBHOOK).streaming_service is None
    assert WebhookSettings.from_environment({**WEBHOOK, "STREAMING_SERVICE": ""}).streaming_service is None
    assert StreamingSettings.from_environment({**STREAMING, "ANNOUNCE_AFTER_S": ""}).announce_after_s is None


def test_t7_where_none_is_kept_webhooks_know_the_service_and_tasks_when_to_speak() -> None:
    webhooks = WebhookSettings.from_environment({**WEBHOOK, "STREAMING_SERVICE": "switchboard-prod/streaming"})

    assert webhooks.streaming_service == ("switchboard-prod", "streaming")
    assert StreamingSettings.from_environment({**STREAMING, "ANNOUNCE_AFTER_S": "10"}).announce_after_s == 10


@pytest.mark.parametrize("wrong", ["streaming", "a/b/c", "/streaming", "a b/c"])
def test_a_service_that_is_not_named_in_full_is_refused(wrong: str) -> None:
    with pytest.raises(SettingsError, match="STREAMING_SERVICE: must be the names of"):
        WebhookSettings.from_environment({**WEBHOOK, "STREAMING_SERVICE": wrong})


def test_transcribe_polly_and_openai_are_chosen_unless_told_otherwise() -> None:
    providers = StreamingSettings.from_environment(STREAMING).providers

    assert providers.speech_to_text == ("transcribe",)
    assert providers.text_to_speech == ("polly",)
    assert providers.models.language_model == ("openai",)


def test_c3_vendors_that_stand_in_for_each_other_are_named_in_their_order() -> None:
    providers = StreamingSettings.from_environment(
        {
            **STREAMING,
            "SPEECH_TO_TEXT": "transcribe, deepgram",
            "DEEPGRAM_API_KEY": "hearing-secret",
            "TEXT_TO_SPEECH": "cartesia,polly",
            "CARTESIA_API_KEY": "voice-secret",
            "CARTESIA_URL": "ws://127.0.0.1:9102/",
        }
    ).providers

    assert providers.speech_to_text == ("transcribe", "deepgram")
    assert providers.text_to_speech == ("cartesia", "polly")
    assert (providers.deepgram_url, providers.deepgram_api_key) == ("wss://api.deepgram.com", "hearing-secret")
    assert (providers.cartesia_url, providers.cartesia_api_key) == ("ws://127.0.0.1:9102", "voice-secret")
    assert "secret" not in repr(providers)


@pytest.mark.parametrize(
    ("choice", "vendor", "key"),
    [
        ("SPEECH_TO_TEXT", "deepgram", "DEEPGRAM_API_KEY"),
        ("TEXT_TO_SPEECH", "cartesia", "CARTESIA_API_KEY"),
        ("TEXT_TO_SPEECH", "elevenlabs", "ELEVENLABS_API_KEY"),
    ],
)
def test_a_vendors_key_is_required_when_it_is_chosen(choice: str, vendor: str, key: str) -> None:
    with pytest.raises(SettingsError, match=f"^{key}: is not set; give the key of "):
        StreamingSettings.from_environment({**STREAMING, choice: vendor})


def test_only_the_model_that_is_chosen_must_be_named() -> None:
    without_openai = {name: value for name, value in STREAMING.items() if not name.startswith("OPENAI")}
    with pytest.raises(SettingsError, match="BEDROCK_MODEL: is not set"):
        StreamingSettings.from_environment({**without_openai, "LANGUAGE_MODEL": "bedrock"})

    chosen = {**without_openai, "LANGUAGE_MODEL": "bedrock", "BEDROCK_MODEL": "meta.llama"}
    assert StreamingSettings.from_environment(chosen).providers.models.bedrock_model == "meta.llama"


@pytest.mark.parametrize(("read", "environment"), ALL)
def test_every_variable_that_is_missing_or_blank_is_named(read: Read, environment: Mapping[str, str]) -> None:
    needed = environment.keys() - (set() if environment is STREAMING else {"STREAM_URL"})
    for name in needed:
        for broken in ({**environment, name: " "}, {k: v for k, v in environment.items() if k != name}):
            with pytest.raises(SettingsError, match=f"^{name}: is not set; give ") as caught:
                read(broken)
            assert caught.value.name == name


@pytest.mark.parametrize(
    ("name", "value", "fix"),
    [
        ("PUBLIC_BASE_URL", "http://voice.example.com", "must be https://host, without a path"),
        ("PUBLIC_BASE_URL", "https://voice.example.com/prod", "must be https://host, without a path"),
        ("PUBLIC_BASE_URL", "https://", "must be https://host"),
        ("PUBLIC_BASE_URL", "https://user:word@voice.example.com", "with no user"),
        ("PUBLIC_BASE_URL", "https://voice.example.com:port", "must be https://host"),
        ("PUBLIC_BASE_URL", "https://[voice", "must be https://host"),
        ("STREAM_URL", "ws://stream.example.com/media", "must be wss://host"),
        ("STREAM_URL", "wss://stream.example.com/media?key=1", "with no user, query"),
        ("STREAM_URL", "wss://stream.example.com/media#rc=2", "query or fragment"),
        ("TWILIO_AUTH_TOKENS", " , ", "holds no token"),
        ("AGENTS_DIR", "/no/such/folder", "is not a folder"),
        ("LINES", "+15550100123=front_door", "is not JSON; give JSON such as"),
        ("LINES", "[]", "names no line"),
        ("LINES", "{}", "names no line"),
        ("LINES", '{"5550100": "front_door"}', "not in the form"),
        ("LINES", '{"*": "../front_door"}', "not a file name"),
        ("LINES", '{"*": 1}', "not a file name"),
        ("OPENAI_BASE_URL", "ftp://models", "must be https://host or http://host"),
        ("TRANSCRIBE_URL", "https://transcribe", "must be wss://host or ws://host"),
        ("POLLY_TPS", "0", "a whole number from 1"),
        ("SPEECH_TO_TEXT", "whisper", "not known here; give one of transcribe, deepgram"),
        ("TEXT_TO_SPEECH", "polly,polly", "names a provider twice"),
        ("LANGUAGE_MODEL", ",", "not known here; give one of openai, bedrock"),
        ("DEEPGRAM_URL", "https://deepgram", "must be wss://host or ws://host, without a path"),
        ("CARTESIA_URL", "wss://cartesia/tts", "without a path"),
        ("MAX_CALLS", "many", "a whole number from 1"),
        ("MAX_CALLS", "9" * 5000, "a whole number from 1"),
        ("PORT", "65536", "a whole number from 0 to 65535"),
        ("PORT", "²", "a whole number"),
    ],
)
def test_a_wrong_variable_is_named_with_its_fix(name: str, value: str, fix: str) -> None:
    read = WebhookSettings if name == "PUBLIC_BASE_URL" else StreamingSettings

    with pytest.raises(SettingsError, match=fix) as caught:
        read.from_environment({**STREAMING, name: value})

    assert str(caught.value).startswith(f"{name}: ")


def test_a_slash_at_the_end_of_the_public_address_does_no_harm() -> None:
    environment = {**WEBHOOK, "PUBLIC_BASE_URL": "https://voice.example.com/"}

    assert WebhookSettings.from_environment(environment).public_base_url == "https://voice.example.com"


@pytest.mark.parametrize(("read", "environment"), ALL)
def test_no_secret_is_shown_with_the_settings(read: Read, environment: Mapping[str, str]) -> None:
    assert "secret" not in repr(read(environment))


@given(st.sampled_from(sorted(STREAMING)), st.text())
def test_a_variable_holding_anything_at_all_is_read_or_named(name: str, value: str) -> None:
    for read, environment in ALL:
        assert _complaint(read, {**environment, name: value}) in ("", name)


def _complaint(read: Read, environment: Mapping[str, str]) -> str:
    try:
        read(environment)
    except SettingsError as error:
        return error.name
    return ""
