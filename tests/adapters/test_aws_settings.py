"""Settings that live in AWS."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from shared.adapters.aws_settings import KEEP_S, NOT_THERE_S, AwsSettings, SettingNotRead

REGION = "eu-west-1"
PARAMETER = "/switchboard/prod/stream-url"
URL = "wss://media.example.com/media"


@pytest.fixture(autouse=True)
def _aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        yield


def client(service: str) -> Any:
    return boto3.client(service, region_name=REGION)


@pytest.fixture
def secret() -> str:
    return str(client("secretsmanager").create_secret(Name="tokens", SecretString="first")["ARN"])


@pytest.fixture
def _parameter() -> None:
    client("ssm").put_parameter(Name=PARAMETER, Value=URL, Type="String")


@pytest.mark.usefixtures("_parameter")
def test_r4_secrets_and_parameters_become_settings(secret: str) -> None:
    environment = {"TWILIO_AUTH_TOKENS_SECRET": secret, "STREAM_URL_PARAMETER": PARAMETER, "CALLS_TABLE": "calls"}

    settings = AwsSettings(environment, client).at(0)

    assert {**environment, "TWILIO_AUTH_TOKENS": "first", "STREAM_URL": URL} == settings


def test_an_environment_that_needs_nothing_of_aws_asks_nothing_of_it() -> None:
    def none(service: str) -> Any:
        raise AssertionError(service)

    assert AwsSettings({"CALLS_TABLE": "calls", "EMPTY_SECRET": ""}, none).at(0)["CALLS_TABLE"] == "calls"


def test_a_changed_secret_is_read_again_but_not_at_every_call(secret: str) -> None:
    settings = AwsSettings({"TWILIO_AUTH_TOKENS_SECRET": secret}, client)
    first = settings.at(10)
    client("secretsmanager").put_secret_value(SecretId=secret, SecretString="second")

    assert settings.at(10 + KEEP_S - 1) is first
    assert settings.at(10 + KEEP_S)["TWILIO_AUTH_TOKENS"] == "second"


def test_settings_serve_on_when_aws_does_not_answer(secret: str) -> None:
    settings = AwsSettings({"TWILIO_AUTH_TOKENS_SECRET": secret}, client)
    first = settings.at(0)
    client("secretsmanager").delete_secret(SecretId=secret, ForceDeleteWithoutRecovery=True)

    assert settings.at(KEEP_S) == first


def test_an_address_that_is_not_there_yet_is_not_set_and_soon_looked_for_again() -> None:
    settings = AwsSettings({"STREAM_URL_PARAMETER": PARAMETER}, client)
    assert "STREAM_URL" not in settings.at(0)
    client("ssm").put_parameter(Name=PARAMETER, Value=URL, Type="String")

    assert "STREAM_URL" not in settings.at(NOT_THERE_S - 1)
    assert settings.at(NOT_THERE_S)["STREAM_URL"] == URL


def test_a_secret_that_is_not_there_is_named_and_asked_for_again_at_the_next_call() -> None:
    settings = AwsSettings({"TOKEN_SECRET": "later"}, client)
    with pytest.raises(SettingNotRead, match="TOKEN_SECRET: later cannot be read: ResourceNotFoundException"):
        settings.at(0)
    client("secretsmanager").create_secret(Name="later", SecretString="now")

    assert settings.at(1)["TOKEN"] == "now"
