"""The scripted caller: what it hears, when it speaks, and how it models the carrier's buffer."""

import random
from typing import Any

import msgspec
import pytest

import bench.caller
from bench.caller import BARGE_AFTER_S, FRAME_S, REPLY_END_S, Caller, audible, comfort_noise, frames, signature_frame
from shared.wire import mulaw, twilio_media
from tests.streaming.twilio import speech

TONE = b"\x2a" * 8_000
"""A second of sound."""


class Clock:
    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 100.0
        monkeypatch.setattr(bench.caller, "now", lambda: self.now)


class Line:
    """Takes what the caller writes, frame by frame."""

    def __init__(self) -> None:
        self.messages: list[dict[str, Any]] = []
        self.closed = False

    def write(self, data: bytes) -> None:
        start = 8 if data[1] & 0x7F == 126 else 6
        self.messages.append(msgspec.json.decode(data[start:]))

    def close(self) -> None:
        self.closed = True

    def events(self, kind: str) -> list[dict[str, Any]]:
        return [message for message in self.messages if message["event"] == kind]


class Script:
    """A caller whose time the test moves."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.clock = Clock(monkeypatch)
        self.line = Line()
        self.caller = Caller(1, [frames(speech())], comfort_noise(), {"token": "t"}, random.Random(1))
        self.caller.begin(self.line)  # type: ignore[arg-type]

    def pass_s(self, seconds: float) -> None:
        for _ in range(round(seconds / FRAME_S)):
            self.clock.now += FRAME_S
            self.caller.tick()

    def agent(self, ulaw: bytes) -> None:
        self.caller.received(twilio_media.media(self.caller.stream_sid, ulaw).encode())

    def greet(self) -> None:
        """The agent greets, and the caller thinks and speaks a whole line."""
        self.agent(TONE)
        self.pass_s(1 + REPLY_END_S + 4.2 + len(speech()) / 8_000)


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> Script:
    return Script(monkeypatch)


def test_it_starts_as_twilio_does_and_names_itself_in_its_first_frame(script: Script) -> None:
    script.pass_s(0.1)

    assert [message["event"] for message in script.line.messages] == ["connected", "start", *["media"] * 5]
    assert script.line.messages[1]["start"]["customParameters"] == {"token": "t"}
    assert script.line.messages[2]["media"]["payload"] == signature_frame(1).decode()


def test_its_own_signature_and_noise_are_not_audible_but_speech_is() -> None:
    assert not audible(mulaw.SILENCE * 160)
    assert not any(audible(msgspec.json.decode(b'"' + noise + b'"', type=bytes)) for noise in comfort_noise())
    assert audible(speech()[:1_600])


def test_the_gap_is_from_the_last_speech_to_the_first_audible_sound(script: Script) -> None:
    script.greet()
    script.pass_s(0.5)
    script.agent(mulaw.SILENCE * 160)
    script.pass_s(0.1)
    script.agent(TONE)
    heard_at = script.clock.now
    script.pass_s(1 + REPLY_END_S + 0.1)

    turn = script.caller.turns[0]
    assert turn.first_sound == heard_at
    assert turn.first_sound - turn.last_speech > 0.5
    assert not turn.early


def test_marks_come_back_when_what_was_before_them_has_played(script: Script) -> None:
    script.agent(TONE)
    script.caller.received(twilio_media.mark(script.caller.stream_sid, "1:1").encode())
    script.pass_s(0.9)
    assert script.line.events("mark") == []

    script.pass_s(0.2)
    assert [message["mark"]["name"] for message in script.line.events("mark")] == ["1:1"]


def test_clear_empties_the_buffer_and_returns_the_marks_at_once(script: Script) -> None:
    script.agent(TONE)
    script.caller.received(twilio_media.mark(script.caller.stream_sid, "1:1").encode())
    script.caller.received(twilio_media.clear(script.caller.stream_sid).encode())

    assert [message["mark"]["name"] for message in script.line.events("mark")] == ["1:1"]


def test_every_second_reply_is_interrupted_and_the_clear_is_timed(script: Script) -> None:
    script.greet()
    script.agent(TONE)
    script.pass_s(1 + REPLY_END_S + 0.9 + len(speech()) / 8_000)
    script.agent(TONE * 4)
    script.pass_s(BARGE_AFTER_S + 0.3)
    script.caller.received(twilio_media.clear(script.caller.stream_sid).encode())
    cleared_at = script.clock.now
    script.pass_s(len(speech()) / 8_000)
    script.caller.end()

    interruption = script.caller.turns[-1]
    assert interruption.interrupts
    assert interruption.cleared == cleared_at
    assert 0.1 < interruption.cleared - interruption.first_speech < 0.5


def test_sound_that_comes_after_the_buffer_ran_dry_is_an_underrun(script: Script) -> None:
    script.greet()
    script.agent(TONE)
    script.pass_s(1.1)
    script.agent(TONE)

    assert len(script.caller.underruns) == 1
    assert script.caller.underruns[0] == pytest.approx(0.1)


def test_a_turn_without_an_answer_is_given_up(script: Script) -> None:
    script.greet()
    script.pass_s(9)

    assert script.caller.turns[0].unanswered


def test_hanging_up_says_stop_and_closes(script: Script) -> None:
    script.caller.end()
    script.caller.lost()

    assert script.line.messages[-1]["event"] == "stop"
    assert script.line.closed
    assert not script.caller.closed_early
    assert not script.caller.tick()
