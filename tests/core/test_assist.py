"""Help for a person who talks with a caller: soon, of what is known alone, and never twice for a sentence."""

from datetime import date
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from shared.core import events as on
from shared.core.actions import Action, AskModel, CancelModel, CancelTimer, Record, SetTimer
from shared.core.assist import FEWEST_WORDS, PAUSE_MS, Assist, Event, Said, Who, spoken_before
from shared.core.words import words_of
from tests.agents import SMALL
from tests.playbook import FRIDAY

HOURS = SMALL.facts[0].answer


class Play:
    """A conversation: what is recognised and what the model answers, and the lines that come of it."""

    def __init__(self, **given: Any) -> None:
        self.assist = Assist(SMALL, FRIDAY, **given)
        self.at = 0
        self.asked: list[AskModel] = []
        self.cancelled: list[int] = []
        self.records: list[Record] = []
        self.due: int | None = None

    def feed(self, event: Event) -> "Play":
        for action in self.assist.handle(event, self.at):
            self._note(action)
        return self

    def _note(self, action: Action) -> None:
        match action:
            case AskModel():
                self.asked.append(action)
            case CancelModel(turn):
                self.cancelled.append(turn)
            case Record():
                self.records.append(action)
            case SetTimer(_, ms):
                self.due = self.at + ms
            case CancelTimer():
                self.due = None
            case _:
                raise AssertionError(action)

    def passes(self, ms: int) -> "Play":
        self.at += ms
        if self.due is not None and self.at >= self.due:
            self.due = None
            self.feed(on.TimerFired("pause"))
        return self

    def caller(self, text: str, *, final: bool = True) -> "Play":
        return self.feed(Said(Who.CALLER, text, final, self.at))

    def person(self, text: str) -> "Play":
        return self.feed(Said(Who.PERSON, text, True, self.at))

    def model(self, text: str = "", *, turn: int | None = None, **calls: str) -> "Play":
        turn = self.asked[-1].turn if turn is None else turn
        if text:
            self.feed(on.ReplyText(turn, text))
        for name, arguments in calls.items():
            self.feed(on.ReplyToolCall(turn, "c1", name, arguments))
        return self.feed(on.ReplyFinished(turn))

    def lines(self, kind: str) -> list[Any]:
        return [dict(record.data) for record in self.records if record.kind == kind]


def test_x3_a_sentence_of_the_callers_brings_a_reply_and_the_passage_it_is_made_of() -> None:
    play = Play().person("How can I help?").caller("When do you open?")
    assert [message["role"] for message in play.asked[0].messages] == ["system", "assistant", "user"]
    play.passes(400).model(HOURS)
    (suggestion,) = play.lines("suggestion")
    assert (suggestion["to"], suggestion["reply"], suggestion["after_ms"]) == ("When do you open?", HOURS, 400)
    assert suggestion["passage"]["answer"] in {fact.answer for fact in SMALL.facts}
    assert [line["text"] for line in play.lines("caller") + play.lines("person")] == [
        "When do you open?",
        "How can I help?",
    ]


def test_a_sentence_is_taken_up_when_the_caller_pauses_before_recognition_has_settled() -> None:
    play = Play().caller("when do you", final=False).passes(PAUSE_MS - 1)
    assert play.asked == []
    play.caller("when do you open", final=False).passes(PAUSE_MS).model(HOURS)
    play.passes(700).caller("When do you open?")
    assert len(play.asked) == 1
    assert [(line["to"], line["after_ms"]) for line in play.lines("suggestion")] == [("when do you open", PAUSE_MS)]


def test_a_caller_who_goes_on_is_not_answered_in_the_middle() -> None:
    play = Play().caller("when do you", final=False).passes(PAUSE_MS).caller("when do you close", final=False)
    assert play.cancelled == [1]
    play.model("At eight.", turn=1).passes(PAUSE_MS).model("At five.", turn=2).caller("When do you close?")
    assert [line["reply"] for line in play.lines("suggestion")] == ["At five."]


def test_what_recognition_itself_calls_unfinished_is_waited_for_while_it_is_short() -> None:
    play = Play().caller("What are your...", final=False).passes(PAUSE_MS)
    assert play.asked == []
    play.caller("What are your hours...", final=False).passes(PAUSE_MS)
    assert len(play.asked) == 1


def test_a_sentence_that_is_finished_is_answered_though_the_caller_begins_another() -> None:
    play = Play().caller("When do you open?").caller("and", final=False).model(HOURS)
    assert [line["reply"] for line in play.lines("suggestion")] == [HOURS]
    assert play.cancelled == []


def test_the_same_reply_is_not_told_twice_when_recognition_changes_a_word() -> None:
    play = Play().caller("when do you open", final=False).passes(PAUSE_MS).model(HOURS)
    play.caller("When do they open?").model(HOURS)
    assert len(play.lines("suggestion")) == 1


def test_words_that_turn_out_otherwise_are_taken_up_anew_and_the_first_reply_is_not_told() -> None:
    play = Play().caller("when do you open", final=False).passes(PAUSE_MS).caller("Where do you open?")
    assert play.cancelled == [1]
    play.model("Never.", turn=1).model("At the harbour.", turn=2)
    assert [line["reply"] for line in play.lines("suggestion")] == ["At the harbour."]


def test_what_needs_no_reply_and_what_fails_suggests_nothing() -> None:
    play = Play().caller("I see, right then").model(not_understood="{}").caller("Hm.")
    assert play.lines("suggestion") == []
    assert len(play.asked) == 1
    play.caller("tell me about it").feed(on.ReplyFailed(2, "Unavailable"))
    assert play.lines("suggestion") == []


def test_x3_the_form_fills_itself_with_what_is_good_and_the_next_question_is_suggested() -> None:
    play = Play().caller("I need a cleaning, some day or other")
    play.model(book='{"service": "a clean", "day": "the day after never", "phone": "12"}')
    assert play.lines("noted") == [{"task": "book", "slots": {"service": "cleaning"}}]
    assert play.lines("suggestion")[0]["reply"] == "Which day?"
    play.caller("On Monday please").model(book='{"service": "cleaning", "day": "monday"}')
    assert play.lines("noted")[1:] == [{"task": "book", "slots": {"day": date(2026, 11, 23).isoformat()}}]


def test_what_the_agent_knows_already_is_not_noted_again() -> None:
    play = Play(known={"book": {"service": "cleaning"}}).caller("the cleaning I mean")
    play.model(book='{"service": "cleaning"}')
    assert play.lines("noted") == []


def test_what_was_said_before_is_known_to_the_model() -> None:
    before = spoken_before([("caller", {"text": "Hi"}), ("tool", {}), ("agent", {"text": "Hello"}), ("agent", {})])
    play = Play(before=before).caller("Are you a person?")
    assert [message["content"] for message in play.asked[0].messages[1:]] == ["Hi", "Hello", "Are you a person?"]


TEXTS = st.sampled_from(["", "yes", "when do you open", "When do you open?", "a cleaning please", "what else"])
EVENTS = st.one_of(
    st.builds(Said, st.sampled_from(Who), TEXTS, st.booleans(), st.none() | st.integers(0, 9_000)),
    st.just(on.TimerFired("pause")),
    st.builds(on.ReplyText, st.integers(0, 4), st.sampled_from(["We open at eight.", "", " "])),
    st.builds(
        on.ReplyToolCall,
        st.integers(0, 4),
        st.just("c"),
        st.sampled_from(["book", "not_understood", "?"]),
        st.sampled_from(["{}", "[", "[]", '{"day": 3}', '{"service": null, "day": "tomorrow"}']),
    ),
    st.builds(on.ReplyFinished, st.integers(0, 4)),
    st.builds(on.ReplyFailed, st.integers(0, 4), st.just("x")),
)


@given(st.lists(EVENTS, max_size=30))
def test_whatever_comes_in_whatever_order_each_sentence_is_told_once_and_answered_once_at_most(
    happens: list[Event],
) -> None:
    play = Play()
    for event in happens:
        play.at += 100
        play.feed(event)
    finals = [event.text for event in happens if isinstance(event, Said) and event.final and event.text]
    told = [record.data["text"] for record in play.records if record.kind in tuple(Who)]
    assert told == finals
    assert len(play.lines("suggestion")) <= len(play.asked)
    assert all(len(words_of(str(line["to"]))) >= FEWEST_WORDS for line in play.lines("suggestion"))
    turns = [asked.turn for asked in play.asked]
    assert turns == sorted(set(turns))


def test_o4_a_card_that_is_read_out_to_a_person_is_in_neither_record_nor_model() -> None:
    play = Play().caller("sure it is 4111 1111", final=False).passes(PAUSE_MS)
    play.caller("sure it is 4111 1111 1111 1111").passes(PAUSE_MS)
    play.person("so that was four one one one one one one one one one one one one one one one")
    everything = str([play.records, play.asked])
    assert everything.count("[card number]") >= 2
    assert "1111" not in everything
    assert "one one" not in everything
