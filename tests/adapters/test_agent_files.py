"""Agent files: what a business person writes, and what they are told when it is wrong."""

import contextlib
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from shared.adapters.agent_files import AgentFileError, load
from shared.core.agent import SlotKind

SHIPPED = Path(__file__).parents[2] / "agents" / "front_door.yaml"
TOOLS = frozenset({"find_free_times", "book_appointment"})


def edited(tmp_path: Path, old: str, new: str) -> Path:
    text = SHIPPED.read_text()
    assert old in text
    path = tmp_path / "edited.yaml"
    path.write_text(text.replace(old, new, 1))
    return path


def complaint(path: Path) -> str:
    with pytest.raises(AgentFileError) as caught:
        load(path, tools=TOOLS)
    return str(caught.value)


def test_f1_the_front_door_is_a_complete_agent() -> None:
    agent = load(SHIPPED, tools=TOOLS)
    (book,) = agent.tasks
    assert [slot.kind for slot in book.slots] == [
        SlotKind.CHOICE, SlotKind.DATE, SlotKind.TIME, SlotKind.NAME, SlotKind.PHONE,
    ]  # fmt: skip
    assert agent.route(agent.when_it_fails) is not None
    assert agent.disclosure
    assert len(agent.facts) >= 3


@pytest.mark.parametrize(
    ("old", "new", "line_has", "said"),
    [
        ("kind: date", "kind: dates", "kind: dates", "use one of these"),
        ("role: the receptionist", "rolle: the receptionist", "rolle:", "check its spelling"),
        ("when_it_fails: front_desk", "when_it_fails: desk", "when_it_fails: desk", "use one of front_desk, nurse"),
        ("timezone: America/New_York", "timezone: Mars/Olympus", "timezone:", "America/New_York"),
        ("run: book_appointment", "run: book_it", "run: book_it", "use one of book_appointment, find_free_times"),
        ("at {time} for {name}", "at {hour} for {name}", "confirm:", "{hour} is not asked for"),
        ("ask_again: [day]", "ask_again: [date]", "ask_again: [date]", "`date` is not asked for"),
        ("options_from: find_free_times", "options_from: free", "options_from: free", "is no tool"),
        ("silence_seconds: 7", "silence_seconds: no", "silence_seconds: no", "silence_seconds"),
    ],
)
def test_a_mistake_is_named_with_file_line_field_and_fix(
    tmp_path: Path, old: str, new: str, line_has: str, said: str
) -> None:
    path = edited(tmp_path, old, new)
    message = complaint(path)
    numbers = [n for n, line in enumerate(path.read_text().splitlines(), 1) if line_has in line]
    assert any(f"{path}:{n}: " in message for n in numbers), message
    assert said in message


VOICE = "voice: {name: Joanna, engine: neural"


def test_s10_a_voice_may_have_a_pace_and_a_lexicon(tmp_path: Path) -> None:
    path = edited(tmp_path, VOICE, VOICE + ", rate: 0.9, say_as: {Dr. Osei: doctor oh-SAY, सफ़ाई: safai}")
    voice = load(path, tools=TOOLS).voice
    assert (voice.rate, voice.say_as) == (0.9, (("Dr. Osei", "doctor oh-SAY"), ("सफ़ाई", "safai")))
    assert voice.elsewhere == {}


@pytest.mark.parametrize(
    ("given", "field", "said"),
    [
        ("rate: 3", "voice.rate", "less than or equal to 1.2"),
        ("rate: slow", "voice.rate", "a valid number"),
        ('say_as: {" Osei": oh-SAY}', "voice.say_as. Osei", "has blanks around it"),
        ('say_as: {Osei: ""}', "voice.say_as.Osei", "at least 1 character"),
        ("say_as: [Osei]", "voice.say_as", "a valid dictionary"),
    ],
)
def test_s10_a_pace_or_sound_that_no_voice_has_is_named(tmp_path: Path, given: str, field: str, said: str) -> None:
    message = complaint(edited(tmp_path, VOICE, f"{VOICE}, {given}"))
    assert f":9: {field}" in message, message
    assert said in message


def test_s10_a_vendor_that_cannot_keep_the_pace_is_named(tmp_path: Path) -> None:
    path = edited(tmp_path, VOICE, "voice: {name: Ruth, engine: generative, rate: 0.9")
    with pytest.raises(AgentFileError, match=r"voice\.rate: cannot be kept by polly-stream"):
        load(path, tools=TOOLS, speakers=("polly-stream",))


def test_a_missing_field_says_what_to_add(tmp_path: Path) -> None:
    assert "business: is missing; add `business:`" in complaint(edited(tmp_path, "business: Maple Street Clinic\n", ""))


def test_all_mistakes_are_named_at_once(tmp_path: Path) -> None:
    path = edited(tmp_path, "kind: date", "kind: dates")
    path.write_text(path.read_text().replace("role: ", "rolle: ", 1))
    assert len(complaint(path).splitlines()) >= 3


def test_broken_yaml_is_named_with_its_line(tmp_path: Path) -> None:
    path = edited(tmp_path, "name: Ava", "name: [Ava")
    assert "check indentation, colons and quotes" in complaint(path)


@pytest.mark.parametrize("content", [b"", b"[]", b"7", b"\xff\xfe", b"a: !!python/object:os.system x", b"\x00"])
def test_what_is_no_agent_file_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "odd.yaml"
    path.write_bytes(content)
    assert str(path) in complaint(path)


def test_a_file_that_is_not_there_is_said_to_be_so(tmp_path: Path) -> None:
    assert "cannot be read" in complaint(tmp_path / "none.yaml")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)


@given(st.data())
def test_no_content_raises_anything_but_the_named_error(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    shipped = yaml.safe_load(SHIPPED.read_text())
    shipped[data.draw(st.sampled_from(sorted(shipped)))] = data.draw(JSON)
    path = tmp_path_factory.mktemp("agents") / "x.yaml"
    path.write_text(yaml.safe_dump(shipped, allow_unicode=True))
    with contextlib.suppress(AgentFileError):
        load(path, tools=TOOLS)


def test_a_voice_is_needed_for_each_vendor_that_speaks(tmp_path: Path) -> None:
    silent = edited(tmp_path, "voice: {name: Joanna", "voice: {name: Joanna")
    with pytest.raises(AgentFileError, match=r"voice\.cartesia: is missing, and cartesia is in use; add the id of a"):
        load(silent, tools=TOOLS, speakers=("polly", "cartesia"))

    voice = load(edited(tmp_path, "voice: {name: Joanna", "voice: {cartesia: a-voice, name: Joanna"), tools=TOOLS).voice
    assert voice.elsewhere == {"cartesia": "a-voice"}
    assert load(SHIPPED, tools=TOOLS, speakers=("polly",)).voice.elsewhere == {}


def test_pollys_stream_takes_generative_voices_only() -> None:
    with pytest.raises(AgentFileError, match=r"voice\.engine: must be generative, for polly-stream is in use"):
        load(SHIPPED, tools=TOOLS, speakers=("polly-stream",))


HINDI = SHIPPED.with_name("front_door_hi.yaml")
INDIAN = SHIPPED.with_name("front_door_in.yaml")


def beside(tmp_path: Path, old: str, new: str) -> Path:
    """The Hindi file with a change, and its sibling as it ships; the changed one's path."""
    text = HINDI.read_text()
    assert old in text
    (tmp_path / INDIAN.name).write_text(INDIAN.read_text())
    path = tmp_path / HINDI.name
    path.write_text(text.replace(old, new, 1))
    return path


def test_s9_the_front_door_of_india_is_one_agent_in_two_languages() -> None:
    hindi = load(HINDI, tools=TOOLS)
    english = hindi.in_language("en-IN")
    assert english is not None
    assert (hindi.file, english.file, english.in_language("hi-IN")) == ("front_door_hi", "front_door_in", hindi)
    assert hindi.in_language("fr-FR") is None
    assert (hindi.mixed_with, hindi.voice.language, english.voice.language) == (("en-IN",), "hi-IN", "en-IN")


@pytest.mark.parametrize(
    ("old", "new", "field", "said"),
    [
        ("language: hi-IN", "language: fr-FR", "language", "`fr-FR` is no language that is spoken here yet"),
        ("mixed_with: [en-IN]", "mixed_with: [ta-IN]", "mixed_with", "use one that begins with en, en-IN, hi-IN"),
        ("mixed_with: [en-IN]", "mixed_with: [en-IN, en-US]", "mixed_with", "one region of each"),
        ("  dropped: ठीक है, इसे रहने देते हैं।\n", "", "phrases.dropped", "is missing"),
        ("[front_door_in]", "[front_door_uk]", "other_languages.0", "`front_door_uk` is no other file beside this one"),
        ("[front_door_in]", "[front_door_hi]", "other_languages.0", "`front_door_hi` is no other file beside this one"),
        ("timezone: Asia/Kolkata", "timezone: Asia/Dhaka", "timezone", "but Asia/Kolkata in front_door_in.yaml"),
        ("kind: phone", "kind: digits", "tasks.book_appointment.ask_for.phone.kind", "is digits, but phone in"),
        ("      taken:\n", "      gone:\n", "tasks.book_appointment.problems", "is gone, no_time, but no_time, taken"),
        ("          cleaning: [", "          सफ़ाई: [", "tasks.book_appointment.ask_for.service.choices", "the same"),
    ],
)
def test_s9_what_is_wrong_with_a_language_is_named_with_file_line_field_and_fix(
    tmp_path: Path, old: str, new: str, field: str, said: str
) -> None:
    path = beside(tmp_path, old, new)
    found = [line for line in complaint(path).splitlines() if f": {field}: " in line]
    assert len(found) == 1, complaint(path)
    assert found[0].startswith(f"{path}:")
    assert said in found[0]


def test_s9_a_file_for_each_other_language_is_enough(tmp_path: Path) -> None:
    path = beside(tmp_path, "[front_door_in]", "[front_door_in, front_door_too]")
    (tmp_path / "front_door_too.yaml").write_text(INDIAN.read_text())
    assert "other_languages.1: `front_door_too` is in English too" in complaint(path)


HYBRID = SHIPPED.with_name("hybrid.yaml")
FOR_HYBRID = TOOLS | {"verify_customer", "note_down", "request_callback"}


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("first: [identify, describe]", "first: [who]", "routes.service.first: `who` is no task; use one of identify"),
        ("done: Thank you, {name}.\n", "done: Thank you.\n    confirm: It is {zip}?\n", "confirm: {zip} is a secret"),
        ("secret: true ", "secret: true\n        sure_from: 0.4 ", "sure_from: cannot be of a secret"),
    ],
)
def test_f3_a_file_that_would_say_a_secret_or_begin_with_nothing_is_refused(
    tmp_path: Path, old: str, new: str, said: str
) -> None:
    path = tmp_path / "hybrid.yaml"
    text = HYBRID.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    with pytest.raises(AgentFileError) as caught:
        load(path, tools=FOR_HYBRID)
    assert said in str(caught.value)


def test_f3_the_agent_that_hands_over_has_what_it_needs() -> None:
    agent = load(HYBRID, tools=FOR_HYBRID)
    identify, route = agent.task("identify"), agent.route("service")
    assert identify is not None
    assert route is not None
    assert [(slot.name, slot.secret, slot.sure_from > 0) for slot in identify.slots] == [
        ("customer_number", False, True),
        ("zip", True, False),
    ]
    assert (route.first, identify.problems["no_match"].at_most) == (("identify", "describe"), 2)


PAYMENTS = SHIPPED.with_name("payments.yaml")
FOR_PAYMENTS = frozenset({"request_callback"})


def test_o4_the_agent_that_takes_a_card_has_what_it_needs() -> None:
    agent = load(PAYMENTS, tools=FOR_PAYMENTS)
    task = agent.task("pay_fee")
    assert task is not None
    assert task.pay is not None
    assert (task.pay.amount, task.pay.currency, task.run) == ("89.00", "usd", "")
    assert set(task.pay.prompts) == {"payment-card-number", "expiration-date", "security-code", "payment-processing"}


@pytest.mark.parametrize(
    ("old", "new", "field", "said"),
    [
        ('amount: "89.00"', 'amount: "89,00"', "pay.amount", "pattern"),
        ('amount: "89.00"', 'amount: "0.00"', "pay.amount", "not more than nothing"),
        ('amount: "89.00"', 'amount: "89.005"', "pay.amount", "not a sum of USD"),
        ('      amount: "89.00"\n', "", "pay", "exactly one of amount"),
        ('amount: "89.00"', "amount_from: fee", "pay.amount_from", "name the tool"),
        ('amount: "89.00"', "amount_fact: fee", "pay.amount_fact", "no fact of kind money"),
        ('amount: "89.00"', 'amount: "89.00"\n      at_most: "50"', "pay.amount", "more than at_most"),
        ("currency: usd", "currency: dollars", "pay.currency", "pattern"),
        ("otherwise: call_back", "otherwise: nobody", "pay.otherwise", "no task and no route"),
        ("otherwise: call_back", "otherwise: pay_fee", "pay.otherwise", "this task itself"),
        ("The call-out fee is {amount}.", "The fee?", "pay.ask", "does not say {amount}"),
        ("The call-out fee is {amount}.", "The {fee} is {amount}.", "pay.ask", "{fee} is not known"),
        ("connector: Default", "connector: Default\n      cards: [visas]", "pay.cards", "visa"),
        ("connector: Default", "connector: Default\n      prompts: {number: x}", "prompts.number", "card_number"),
    ],
)
def test_o4_what_is_wrong_with_a_payment_is_named_with_field_and_fix(
    tmp_path: Path, old: str, new: str, field: str, said: str
) -> None:
    path, text = tmp_path / "payments.yaml", PAYMENTS.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    with pytest.raises(AgentFileError) as caught:
        load(path, tools=FOR_PAYMENTS)
    assert field in str(caught.value)
    assert said in str(caught.value)
