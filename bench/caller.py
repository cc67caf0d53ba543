"""One scripted caller on a media socket: speaks, waits, listens, now and then interrupts, and times what happens.

Twilio's side is modelled as far as it matters here: sound plays out in real time, marks come back when what was sent
before them has been played, and `clear` empties the buffer and returns all marks at once.
"""

import base64
import random
import time
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any

import msgspec

from bench.socket_client import ClientSocket, frame
from shared.wire import mulaw, twilio_media_carrier

FRAME_S = 0.020
REPLY_END_S = 0.6
"""Silence after the agent's last sound that ends its reply."""
REPLY_TIMEOUT_S = 8.0
GREETING_TIMEOUT_S = 6.0
BARGE_AFTER_S = 1.5
BARGE_EVERY = 2
"""Every second reply is interrupted."""

now = time.monotonic


def _is_audible(code: int) -> bool:
    """Whether a sample is over about -46 dBFS."""
    return abs(int.from_bytes(mulaw.decode(bytes([code])), "little", signed=True)) > 160


_AUDIBLE = bytes(_is_audible(code) for code in range(256))


def audible(ulaw: bytes) -> bool:
    """At least 5 % of the samples are clearly not silence."""
    return ulaw.translate(_AUDIBLE).count(1) * 20 >= len(ulaw)


class State(Enum):
    GREETING = auto()
    PAUSE = auto()
    SPEAKING = auto()
    WAITING = auto()
    LISTENING = auto()


@dataclass(slots=True)
class Turn:
    """Moments of one turn, in s of the monotonic clock."""

    call: int
    number: int
    interrupts: bool
    first_speech: float = 0.0
    last_speech: float = 0.0
    first_sound: float | None = None
    cleared: float | None = None
    early: bool = False
    """The agent spoke before the caller had finished."""
    unanswered: bool = False


class _Sound(msgspec.Struct):
    payload: bytes = b""


class _Name(msgspec.Struct):
    name: str = ""


class _Command(msgspec.Struct):
    event: str
    media: _Sound | None = None
    mark: _Name | None = None


_decode = msgspec.json.Decoder(_Command).decode


@dataclass(slots=True)
class Caller:
    """Call number `index`. `tick` is due every 20 ms and sends one frame."""

    index: int
    lines: list[list[bytes]]
    """Each line as base64 frames."""
    noise: list[bytes]
    parameters: dict[str, str]
    rnd: random.Random
    socket: ClientSocket | None = None
    turns: list[Turn] = field(default_factory=list)
    late: list[float] = field(default_factory=list)
    underruns: list[float] = field(default_factory=list)
    sound_bytes: int = 0
    answered: float | None = None
    closed_early: bool = False
    next_due: float = 0.0
    _ended: bool = False
    _state: State = State.GREETING
    _until: float = 0.0
    _began: float = 0.0
    _sequence: int = 0
    _line: list[bytes] = field(default_factory=list)
    _at: int = 0
    _turn: Turn | None = None
    _interrupt_next: bool = False
    _play_end: float = 0.0
    _last_sound: float = 0.0
    _in_reply: bool = False
    _marks: list[tuple[float, str]] = field(default_factory=list)
    _template: bytes = b""

    @property
    def call_sid(self) -> str:
        return f"CA{self.index:032x}"

    @property
    def stream_sid(self) -> str:
        return f"MZ{self.index:032x}"

    def begin(self, socket: ClientSocket) -> None:
        self.socket = socket
        self._send(twilio_media_carrier.connected())
        self._send(
            twilio_media_carrier.start(
                self.stream_sid, 1, account_sid="AC" + "0" * 32, call_sid=self.call_sid, parameters=self.parameters
            )
        )
        self._sequence = 1
        self._template = (
            b'{"event":"media","sequenceNumber":"%d","media":{"track":"inbound","chunk":"%d","timestamp":"%d",'
            b'"payload":"%b"},"streamSid":"' + self.stream_sid.encode() + b'"}'
        )
        self._began = now()
        self.next_due = self._began + FRAME_S
        self._until = self._began + GREETING_TIMEOUT_S

    def end(self) -> None:
        """Hang up."""
        if not self._ended and self.socket is not None:
            self._ended = True
            stop = twilio_media_carrier.stop(
                self.stream_sid, self._sequence + 1, account_sid="AC" + "0" * 32, call_sid=self.call_sid
            )
            self._send(stop)
            self.socket.close()
        if self._turn is not None and self._turn.last_speech:
            self._finish_turn()

    def lost(self) -> None:
        """The socket is closed."""
        self.closed_early = self.closed_early or not self._ended
        self._ended = True

    def received(self, text: bytes) -> None:
        command = _decode(text)
        at = now()
        if command.media is not None:
            self._heard(command.media.payload, at)
        elif command.mark is not None:
            self._marks.append((max(self._play_end, at), command.mark.name))
        elif command.event == "clear":
            self._cleared(at)

    def tick(self) -> bool:
        """Send the frame that was due; False when the call is over."""
        if self._ended:
            return False
        self._return_marks()
        payload = self._script(now())
        self._sequence += 1
        chunk = self._sequence - 1
        assert self.socket is not None
        self.socket.write(frame(self._template % (self._sequence, chunk, chunk * 20, payload)))
        sent = now()
        self.late.append(sent - self.next_due)
        if self._state is State.SPEAKING and self._turn is not None:
            if self._at == 0:
                self._turn.first_speech = sent
            self._at += 1
            if self._at == len(self._line):
                self._turn.last_speech = sent
                self._state = State.WAITING
                self._in_reply = False
        self.next_due += FRAME_S
        return True

    def _script(self, at: float) -> bytes:
        """What the caller does now; the frame that sounds like it."""
        match self._state:
            case State.GREETING if at >= self._until or self._agent_has_finished(at):
                self._pause(self.rnd.uniform(0.2, 4.0))
            case State.PAUSE if at >= self._until:
                self._start_turn(interrupts=False)
            case State.LISTENING if self._wants_to_interrupt(at):
                self._finish_turn()
                self._start_turn(interrupts=True)
            case State.LISTENING if self._agent_has_finished(at):
                self._finish_turn()
                self._pause(self.rnd.uniform(0.3, 0.8))
            case State.WAITING if self._turn and at - self._turn.last_speech > REPLY_TIMEOUT_S:
                self._turn.unanswered = True
                self._finish_turn()
                self._pause(0.3)
            case _:
                pass
        if self._sequence == 1:
            return signature_frame(self.index)
        if self._state is State.SPEAKING:
            return self._line[self._at]
        return self.noise[self._sequence % len(self.noise)]

    def _agent_has_finished(self, at: float) -> bool:
        return self._last_sound > 0 and at > max(self._play_end, self._last_sound) + REPLY_END_S

    def _wants_to_interrupt(self, at: float) -> bool:
        turn = self._turn
        if not self._interrupt_next or turn is None or turn.first_sound is None:
            return False
        return at - turn.first_sound >= BARGE_AFTER_S and self._play_end > at + FRAME_S

    def _start_turn(self, *, interrupts: bool) -> None:
        number = len(self.turns) + 1
        self._line, self._at = self.lines[(self.index + number) % len(self.lines)], 0
        self._turn = Turn(self.index, number, interrupts)
        self._interrupt_next = number % BARGE_EVERY == 0
        self._state = State.SPEAKING

    def _finish_turn(self) -> None:
        self._in_reply = False
        if self._turn is not None:
            self.turns.append(self._turn)
            self._turn = None

    def _pause(self, seconds: float) -> None:
        self._in_reply = False
        self._state, self._until = State.PAUSE, now() + seconds

    def _heard(self, ulaw: bytes, at: float) -> None:
        self.sound_bytes += len(ulaw)
        if self._play_end < at:
            if self._in_reply:
                self.underruns.append(at - self._play_end)
            self._play_end = at
        self._play_end += len(ulaw) / 8000
        self._last_sound = at
        if self._state is State.LISTENING or not audible(ulaw):
            return
        if self._state is State.WAITING and self._turn is not None:
            self._turn.first_sound = at
            self._state = State.LISTENING
            self._in_reply = True
        elif self._state is State.GREETING:
            self.answered = at - self._began if self.answered is None else self.answered
            self._in_reply = True
        elif self._state is State.SPEAKING and self._turn is not None and not self._turn.interrupts:
            self._turn.early = True

    def _cleared(self, at: float) -> None:
        self._play_end = min(self._play_end, at)
        self._in_reply = False
        pending, self._marks = self._marks, []
        for _, name in pending:
            self._send_mark(name)
        turn = self._turn
        if turn is not None and turn.interrupts and turn.cleared is None and self._state is State.SPEAKING:
            turn.cleared = at

    def _return_marks(self) -> None:
        at = now()
        while self._marks and self._marks[0][0] <= at:
            self._send_mark(self._marks.pop(0)[1])

    def _send_mark(self, name: str) -> None:
        self._sequence += 1
        self._send(twilio_media_carrier.mark(self.stream_sid, self._sequence, name))

    def _send(self, text: str) -> None:
        assert self.socket is not None
        self.socket.write(frame(text.encode()))


def frames(ulaw: bytes) -> list[bytes]:
    """Sound as base64 frames of 20 ms; the incomplete last one is left out."""
    size = mulaw.FRAME_BYTES
    return [base64.b64encode(ulaw[at : at + size]) for at in range(0, len(ulaw) - size + 1, size)]


def signature_frame(index: int) -> bytes:
    """The first frame of a call, inaudible: its samples are +8 or -8 by the bits of `index`, lowest first.

    No provider is told which call it serves; by this the fakes know.
    """
    codes = bytes(0x7E if index >> bit & 1 else 0xFE for bit in range(mulaw.FRAME_BYTES))
    return base64.b64encode(codes)


def comfort_noise(count: int = 64) -> list[bytes]:
    """Frames of low line noise (about -70 dBFS): a telephone line is never digital silence."""
    rnd = random.Random(7)
    codes = (0xFF, 0x7F, 0xFE, 0x7E, 0xFD, 0x7D)
    return [base64.b64encode(bytes(rnd.choice(codes) for _ in range(mulaw.FRAME_BYTES))) for _ in range(count)]


def turn_row(turn: Turn) -> dict[str, Any]:
    """A turn as JSON."""
    row: dict[str, Any] = msgspec.to_builtins(turn)
    return row
