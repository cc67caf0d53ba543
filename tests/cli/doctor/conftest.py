from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from tests.cli.accounts import Accounts, Deployment, entered
from tests.cli.conftest import Shell
from tests.cli.doctor.world import World, world


@pytest.fixture
def product(accounts: Accounts) -> Iterator[World]:
    with entered(accounts, world()) as made:
        yield made


@pytest.fixture
def healthy(accounts: Accounts, product: World, stage: Shell, monkeypatch: pytest.MonkeyPatch) -> Deployment:
    """A stage of which everything is in order but what a test spoils; no number leads to it yet."""
    deployed = stage(
        given={"max_tasks": 2, "alarm_email": "ops@example.com", "openai_base_url": f"{product.vendor_url}/v1"},
        webhook_url=product.webhook_url,
        fallback_url=product.fallback_url,
        stream_url=product.stream_url,
    )
    for name, value in {
        "AWS_ENDPOINT_URL_SERVICE_QUOTAS": product.vendor_url,
        "AWS_ENDPOINT_URL_POLLY": product.vendor_url,
        "PUBLIC_BASE_URL": product.fallback_url,
        "FALLBACK_TO": "voicemail",
        "FALLBACK_SAYS": "Hello.",
        "TWILIO_AUTH_TOKENS_SECRET": "secret",
        "AWS_SESSION_TOKEN": "session",
        "PARAMETERS_SECRETS_EXTENSION_HTTP_PORT": str(urlsplit(product.fallback_url).port),
    }.items():
        monkeypatch.setenv(name, value)
    accounts.client("ssm").put_parameter(
        Name="/cdk-bootstrap/hnb659fds/version", Value="30", Type="String", Overwrite=True
    )
    accounts.carrier.exchange.account.profiles = {"BU" + "1" * 32: "RN6433641899984f951173ef1738c3bdd0"}
    return deployed
