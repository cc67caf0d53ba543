"""One call on one media stream: everything that lives as long as it does, and nothing that lives longer.

The caller's sound goes straight to recognition and voice activity. All else becomes events of the core, whose actions
are performed at once; events that arise meanwhile wait their turn, so the core never runs inside itself.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import assert_never
from zoneinfo import ZoneInfo

from shared.core.agent import Agent
from shared.core.call import Call
from shared.core.events import (
    CallerGone,
    CallMoves,
    CallStarted,
    DigitPressed,
    Event,
)
from shared.core.next_step import HandOver, NextStep, TakePayment, TurnByTurn
from shared.core.rules.person import OptOut
from shared.ports import CallRecord, ProviderError
from shared.usecases.finish_call import stream_stopped
from shared.usecases.report_call import report_call
from shared.wire.twilio_media import Connected, Dtmf, Mark, Media, Message, Sound, Start, Stop
from streaming.ahead import Ahead
from streaming.audio_in import AudioIn
from streaming.deps import Deps
from streaming.effects import Effects
from streaming.greeting import Greeting
from streaming.hearing import Hearing
from streaming.live_calls import Leave
from streaming.media_stream import CLOSE_NORMAL, CLOSE_RESTART, MediaStream, StreamGone
from streaming.playout import Playout
from streaming.records import WRITE_DEADLINE_S, Records
from streaming.verdict import tell_verdict
from streaming.voice_activity import VoiceTrack

SILENT_LINE_S = 10
"""Twilio sends sound every 20 ms, silence included: a line without any for this long is dead."""
TOOLS_S = 5
FINISH_S = 30
"""For the record to be written out after the call."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Gone:
    """The other side ended it. Only `stop` says that the call is over: a socket may break, and be opened anew."""

    call_over: bool


type _Ending = NextStep | Leave | _Gone


class _Over(Exception):
    """Raised inside the call's TaskGroup to end its tasks."""


class CallRunner:
    """Runs one call to its end. `record` is its state as the accepted stream number `stream` found it."""

    def __init__(self, deps: Deps, media: MediaStream, record: CallRecord, agent: Agent, stream: int) -> None:
        self._deps = deps
        self._media = media
        self._record = record
        self._loop = asyncio.get_running_loop()
        self._began = self._loop.time()
        now = deps.clock().astimezone(ZoneInfo(agent.timezone))
        self._core = Call(
            agent, call_sid=record.call_sid, now=now, progress=record.progress, assignment=record.assignment
        )
        self._audio = AudioIn(self._now_ms)
        self._records = Records(
            deps.store,
            deps.store_threads,
            deps.clock,
            call_sid=record.call_sid,
            stream=stream,
            opt_out=lambda by: deps.ledger.opt_out(record.caller, OptOut(deps.clock(), by, record.call_sid)),
        )
        self._stream = stream
        self._playout = Playout(media, Greeting(media, record, stream, deps.clock, self._emit).told)
        self._events: deque[Event] = deque()
        self._handling = False
        self._ending: asyncio.Future[_Ending] = self._loop.create_future()
        self._effects: Effects | None = None
        self._ahead: Ahead | None = None
        self._hearing: Hearing | None = None
        self._track: VoiceTrack | None = None

    def leave(self, why: Leave) -> None:
        """Let go of the call: it lives on elsewhere."""
        self._end(why)

    async def run(self) -> None:
        """From `start` to the last line of the record. Raises what the core or a task of the call raised."""
        async with asyncio.TaskGroup() as outside:
            writing = outside.create_task(self._records.run(), name="records")
            try:
                await self._converse()
            finally:
                self._records.finish()
                with suppress(TimeoutError):
                    async with asyncio.timeout(FINISH_S):
                        await asyncio.shield(writing)
                writing.cancel()
        if self._ending.result() == _Gone(call_over=True):
            await self._last_work(stream_stopped, self._deps.store, self._record.call_sid, self._deps.clock())
        await self._last_work(report_call, self._deps.store, self._record.call_sid)
        vars(self).clear()  # its parts know it: else all of it waits for the garbage collector, some 500 calls long

    async def _converse(self) -> None:
        try:
            async with asyncio.TaskGroup() as tasks:
                await self._live(tasks)
                raise _Over
        except BaseExceptionGroup as ended:
            failed = ended.split(_Over)[1]
            ended.with_traceback(None)  # as in shared/speech/ear.py
            if failed is not None:
                raise failed from None
        finally:
            if self._effects is not None:
                self._effects.close()
            if self._hearing is not None:
                self._hearing.close()
            if self._track is not None:
                self._track.close()
            self._note_sound()

    def _note_sound(self) -> None:
        """Say what the caller's sound was like; and once more, as a warning, if something was wrong with it."""
        dropped = (self._track.dropped_ms if self._track else 0, self._hearing.dropped_ms if self._hearing else 0)
        summary, about = self._audio.summary(max(dropped)), {"call_sid": self._record.call_sid}
        self._records.append("audio_in", summary)
        log.info("audio_in", extra={**about, **summary})
        if (fault := self._audio.fault()) is not None:
            log.warning("audio_faulty", extra={**about, "reason": fault})

    async def _live(self, tasks: asyncio.TaskGroup) -> None:
        """Everything at once, until the first reason to end."""
        about = {"call_sid": self._record.call_sid}
        agent = self._core.agent
        self._hearing = Hearing(self._deps.hearing, tasks, about=about, emit=self._emit, now_ms=self._now_ms)
        self._hearing.open(agent, self._deps.vocabularies.get(agent.file or self._record.agent))
        self._track = self._deps.voice_activity.track(self._emit)
        self._ahead = Ahead(self._deps, self._records, tasks, call_sid=self._record.call_sid, stream=self._stream)
        self._effects = Effects(
            self._deps,
            self._deps.tools[self._record.agent],
            tasks,
            self._playout,
            self._records,
            voice=agent.voice,
            about=about,
            emit=self._emit,
            hearing=self._hearing,
            ahead=self._ahead,
            end=self._end,
        )
        tasks.create_task(self._write(), name="writer")
        self._emit(CallStarted())
        tasks.create_task(self._read(), name="reader")
        tasks.create_task(self._watch(), name="watch")
        if self._record.assignment is not None:
            tasks.create_task(tell_verdict(self._deps, self._record, self._emit), name="verdict")
        ending = await self._ending
        await self._let_go(ending)
        await self._effects.finish_tools(TOOLS_S)

    async def _let_go(self, ending: _Ending) -> None:
        """Close the socket; what follows is written first, for Twilio asks at once."""
        assert self._ahead is not None
        match ending:
            case _Gone(call_over):
                self._emit(CallerGone())
                if call_over:
                    self._ahead.call_off()
                await self._media.close(CLOSE_NORMAL)
                await self._ahead.settled()
            case Leave.SUPERSEDED:
                await self._media.close(CLOSE_NORMAL)
            case Leave.DRAINED:
                await self._move()
            case _:
                try:
                    if isinstance(ending, TurnByTurn | HandOver | TakePayment):
                        await self._records.flush()
                    if await self._ahead.settled() != ending:
                        await self._records.set_next_step(ending)
                except (ProviderError, TimeoutError) as error:
                    about = {"call_sid": self._record.call_sid, "provider": "store", "error": type(error).__name__}
                    log.error("next_step_lost", extra=about)
                await self._media.close(CLOSE_NORMAL)

    async def _move(self) -> None:
        """Give the call to whoever takes it on; one that was about to end where it is ends there."""
        assert self._effects is not None
        assert self._ahead is not None
        await self._effects.finish_tools(TOOLS_S)
        self._ending = self._loop.create_future()
        self._emit(CallMoves())
        if self._ending.done():
            await self._let_go(self._ending.result())
        else:
            self._end(Leave.DRAINED)
            await self._ahead.settled()
            await self._records.flush()
            await self._media.close(CLOSE_RESTART)

    async def _read(self) -> None:
        """The socket's messages, until it closes or the carrier says `stop`."""
        with suppress(StreamGone):
            await self._media.each(self._take)
        self._end(_Gone(call_over=False))

    def _take(self, message: Message) -> None:
        match message:
            case Media():
                self._hear(message.media)
            case Dtmf():
                if message.dtmf.digit in "0123456789*#":
                    self._emit(DigitPressed(message.dtmf.digit))
            case Mark():
                self._playout.returned(message.mark.name)
            case Stop():
                self._end(_Gone(call_over=True))
            case Connected() | Start():
                raise AssertionError("MediaStream.each refuses these")
            case _:
                assert_never(message)

    def _hear(self, sound: Sound) -> None:
        assert self._hearing is not None
        assert self._track is not None
        if ulaw := self._audio.take(sound):
            self._hearing.send(ulaw)
            self._track.feed(ulaw)

    async def _write(self) -> None:
        with suppress(TimeoutError):
            await self._media.run_writer()
        self._end(_Gone(call_over=False))

    async def _watch(self) -> None:
        """End a call whose line has gone dead without closing."""
        heard = -1
        while heard != self._media.heard_bytes:
            heard = self._media.heard_bytes
            await asyncio.sleep(SILENT_LINE_S)
        log.warning("line_dead", extra={"call_sid": self._record.call_sid})
        self._end(_Gone(call_over=False))

    def _emit(self, event: Event) -> None:
        """Let the core handle an event, and perform what it wants; called from inside that, after it.

        A defect of ours ends this call, whoever called: other calls share the caller.
        """
        self._events.append(event)
        if self._handling:
            return
        self._handling = True
        try:
            self._handle_events()
        except Exception as error:
            if not self._ending.done():
                self._ending.set_exception(error)
        finally:
            self._handling = False

    def _handle_events(self) -> None:
        while self._events:
            for action in self._core.handle(self._events.popleft(), self._now_ms()):
                assert self._effects is not None
                self._effects.perform(action)

    def _now_ms(self) -> int:
        """Since the call began here."""
        return round((self._loop.time() - self._began) * 1000)

    def _end(self, ending: _Ending) -> None:
        """The first reason to end counts; the others change nothing."""
        if not self._ending.done():
            self._ending.set_result(ending)

    async def _last_work(self, work: Callable[..., object], *arguments: object) -> None:
        """What is left to do with the store once the record is written out."""
        try:
            async with asyncio.timeout(WRITE_DEADLINE_S):
                await self._loop.run_in_executor(self._deps.store_threads, work, *arguments)
        except (ProviderError, TimeoutError) as error:
            about = {"call_sid": self._record.call_sid, "provider": "store", "error": type(error).__name__}
            log.error("finish_lost", extra=about)
