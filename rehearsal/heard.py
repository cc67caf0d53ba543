"""What was heard on a line, read from its tape."""

from collections.abc import Sequence
from itertools import groupby
from typing import Final

from local.carrier.ear import LOUD
from local.carrier.sound import loudness
from local.carrier.tape import Tape
from local.carrier.timeline import Timeline
from rehearsal.speech import Speech
from shared.wire import mulaw

_SAID, _HEARD = 0, 1
"""Channels of a call's tape."""
_FRAME_MS: Final = mulaw.FRAME_BYTES // mulaw.BYTES_PER_MS


def texts(speech: Speech, tape: Tape) -> list[str]:
    """The lines heard at the phone, one after the other; a line that others talked over counts where it was alone."""
    read = (speech.read(frame) for frame in _frames(tape, _HEARD))
    spoken = [one[0].text for one in read if one is not None]
    return [text for text, _ in groupby(spoken)]


def longest_quiet_ms(tape: Tape, times: Sequence[tuple[int, int]]) -> int:
    """The longest in which nothing was heard at the phone, nor said into it, of all that is at these times at least in
    part. Times are from and to, in ms since the answer."""
    quiet = [
        loudness(said) < LOUD and loudness(heard) < LOUD
        for said, heard in zip(_frames(tape, _SAID), _frames(tape, _HEARD), strict=True)
    ]
    at, longest = 0, 0
    for still, run in groupby(quiet):
        begun, at = at, at + sum(1 for _ in run) * _FRAME_MS
        if still and any(begun < end and start < at for start, end in times):
            longest = max(longest, at - begun)
    return longest


def without_agent(timeline: Timeline, end_ms: int) -> list[tuple[int, int]]:
    """When a call had no media stream, in ms since the answer: the caller waited, or was with people."""
    answered_ms = next((event.at_ms for event in timeline.of("status", status="in-progress")), 0)
    times, since = list[tuple[int, int]](), None
    for event in timeline.of("stream"):
        at_ms = event.at_ms - answered_ms
        if event.detail["state"] == "stopped":
            since = at_ms
        elif event.detail["state"] == "started" and since is not None:
            times.append((since, at_ms))
            since = None
    return times if since is None else [*times, (since, end_ms)]


def _frames(tape: Tape, channel: int) -> list[bytes]:
    sound = tape.voice(channel, 0, tape.frames)
    return [sound[at : at + mulaw.FRAME_BYTES] for at in range(0, len(sound), mulaw.FRAME_BYTES)]
