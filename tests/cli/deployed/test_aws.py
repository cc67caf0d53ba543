"""AWS's errors, in words that say what to do."""

import pytest
from botocore.exceptions import BotoCoreError, ClientError, EndpointConnectionError, NoCredentialsError, ProfileNotFound

from cli.deployed.aws import Aws, in_words, plainly
from cli.deployed.refusal import Refusal


def client_error(code: str, message: str = "") -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}}, "DescribeStacks")


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (NoCredentialsError(), "no usable credentials; sign in with `aws sso login`"),
        (ProfileNotFound(profile="nobody"), "no usable credentials; sign in with `aws sso login`"),
        (client_error("ExpiredToken"), "the credentials are not valid or have expired; sign in"),
        (
            client_error(
                "AccessDenied", "User: arn:aws:iam::1:user/me is not authorized to perform: ssm:GetParameter on"
            ),
            "your role may not do ssm:GetParameter; ask for that permission",
        ),
        (client_error("AccessDenied", "no"), "your role may not do DescribeStacks; ask"),
        (client_error("Throttling", "Rate\nexceeded"), "DescribeStacks: Throttling: Rate exceeded"),
        (EndpointConnectionError(endpoint_url="https://x.test"), "Could not connect to the endpoint URL"),
    ],
)
def test_an_error_is_one_line(error: ClientError | BotoCoreError, told: str) -> None:
    assert in_words(error).startswith(told)
    with pytest.raises(Refusal) as refused, plainly():
        raise error
    assert str(refused.value) == f"AWS: {in_words(error)}"
    assert "\n" not in str(refused.value)


def test_without_a_region_it_says_which_variable_to_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", "none")
    with pytest.raises(Refusal, match="set AWS_REGION"):
        Aws.of_shell({})


def test_the_region_is_the_one_that_the_cdk_deploys_to(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    assert Aws.of_shell({}).region == "eu-west-1"
    assert Aws.of_shell({"AWS_REGION": "us-west-2"}).region == "us-west-2"
