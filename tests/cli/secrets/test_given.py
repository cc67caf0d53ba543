"""What is given is trimmed, or refused without being repeated."""

from contextlib import suppress

import pytest
from hypothesis import given as hypothesis_given
from hypothesis import strategies as st

from cli.deployed.refusal import Refusal
from cli.secrets.given import SID_NAME, TOKEN_NAME, Given, checked, piped, typed
from tests.cli.accounts import KEY, SID, TOKEN

KEY_NAME = "OPENAI_API_KEY"
NAMES = (SID_NAME, TOKEN_NAME, KEY_NAME)


@pytest.mark.parametrize(
    "text",
    [
        f"{SID_NAME}={SID}\n{TOKEN_NAME}={TOKEN}\n{KEY_NAME}={KEY}",
        f"# ours\n\nexport {SID_NAME}='{SID}'\nexport {TOKEN_NAME} = \"{TOKEN}\" \r\n{KEY_NAME}={KEY}\n",
    ],
)
def test_lines_of_an_environment_file_are_read(text: str) -> None:
    assert checked(piped(text, NAMES)) == Given(SID, TOKEN, {KEY_NAME: KEY})


@pytest.mark.parametrize("text", [f"{KEY}\n", f" {KEY_NAME}={KEY}", f"export {KEY_NAME}={KEY}"])
def test_with_a_name_a_bare_value_will_do(text: str) -> None:
    assert checked(piped(text, [KEY_NAME])) == Given(keys={KEY_NAME: KEY})


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({TOKEN_NAME: TOKEN[:-1]}, f"{TOKEN_NAME} is not an auth token"),
        ({TOKEN_NAME: TOKEN.upper()}, f"{TOKEN_NAME} is not an auth token"),
        ({TOKEN_NAME: "SK" + TOKEN}, f"{TOKEN_NAME} is an API key, which signs no webhook"),
        ({SID_NAME: TOKEN, TOKEN_NAME: SID}, f"{SID_NAME} and {TOKEN_NAME} are the wrong way round"),
        ({SID_NAME: TOKEN}, f"{SID_NAME} is not AC and 32 hexadecimal digits"),
        ({KEY_NAME: "sk-two words"}, f"{KEY_NAME} has blanks"),
        ({KEY_NAME: "sk-x"}, f"{KEY_NAME} has blanks"),
    ],
)
def test_what_has_not_the_form_is_refused_and_not_repeated(values: dict[str, str], told: str) -> None:
    with pytest.raises(Refusal) as refused:
        checked(values)
    assert str(refused.value).startswith(told)
    assert not any(value in str(refused.value) for value in values.values())


@pytest.mark.parametrize(
    ("text", "names", "line"),
    [(f"AWS_SECRET={KEY}", NAMES, 1), (f"{SID_NAME}={SID}\n{KEY}", NAMES, 2)],
)
def test_a_line_that_is_no_key_is_told_by_its_number(text: str, names: tuple[str, ...], line: int) -> None:
    with pytest.raises(Refusal, match=f"line {line} of") as refused:
        piped(text, names)
    assert KEY not in str(refused.value)


def test_a_bare_value_may_hold_an_equals_sign() -> None:
    assert checked(piped("a-key-with-an=", [KEY_NAME])).keys == {KEY_NAME: "a-key-with-an="}


def test_more_than_any_keys_is_refused() -> None:
    with pytest.raises(Refusal, match="more than"):
        piped("x" * 20_000, NAMES)


@hypothesis_given(st.text(max_size=200))
def test_any_text_is_read_or_refused(text: str) -> None:
    with suppress(Refusal):
        checked(piped(text, NAMES))


def test_an_empty_answer_keeps_what_there_is() -> None:
    asked: list[str] = []

    def ask(prompt: str) -> str:
        asked.append(prompt)
        return ""

    given = checked(typed(NAMES, SID, ask, ask))

    assert given == Given(account_sid=SID)
    assert SID in asked[0]
    assert all("not shown" in prompt for prompt in asked[1:])


def test_a_given_key_is_not_in_its_own_description() -> None:
    described = repr(Given(SID, TOKEN, {KEY_NAME: KEY}))
    assert TOKEN not in described
    assert KEY not in described
