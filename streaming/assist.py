"""Listens while a caller talks with a person, and helps the person: `shared.core.assist` decides, this carries it out.

One-way: nothing is ever sent to the carrier. Whatever fails here ends the help, and never the call.
"""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import assert_never
from zoneinfo import ZoneInfo

from shared.core import events as on
from shared.core.actions import Action, AskModel, CancelModel, CancelTimer, Record, SetTimer
from shared.core.agent import Agent
from shared.core.assist import Assist, Event, Said, Who, spoken_before
from shared.ports import CallRecord, LogEntry, ModelText, ModelToolCall, ModelUsage, ProviderError
from shared.wire.twilio_media import Media, Message, Stop
from streaming.deps import Deps
from streaming.hearing import Hearing
from streaming.media_stream import CLOSE_NORMAL, MediaStream, StreamGone
from streaming.records import Records

SUGGEST_S = 3.0
"""For a whole reply of the model's: what comes later is of no use in a conversation."""
SILENT_LINE_S = 10
FINISH_S = 10

_WHO = {"inbound": Who.CALLER, "outbound": Who.PERSON}
"""Of the caller's leg, what each track holds: what they say, and what they hear."""

log = logging.getLogger(__name__)


class _Over(Exception):
    """Raised inside the stream's TaskGroup to end its tasks."""


class AssistRunner:
    """One stream of both tracks of a caller's leg, to its end. `name` is its own among the call's, for the record that
    is `so_far`."""

    _tasks: asyncio.TaskGroup
    _writes: asyncio.TaskGroup

    def __init__(
        self,
        deps: Deps,
        media: MediaStream,
        record: CallRecord,
        agent: Agent,
        *,
        name: str,
        so_far: Sequence[LogEntry],
    ) -> None:
        self._deps = deps
        self._media = media
        self._agent = agent.as_left(record.progress)
        self._record = record
        self._about: Mapping[str, object] = {"call_sid": record.call_sid}
        self._loop = asyncio.get_running_loop()
        self._began = self._loop.time()
        self._records = Records(
            deps.store, deps.store_threads, deps.clock, call_sid=record.call_sid, stream=record.streams, name=name
        )
        self._ears: dict[Who, Hearing] = {}
        self._until: dict[Who, int | None] = {}
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._models: dict[int, asyncio.Task[None]] = {}
        self._ended: asyncio.Future[None] = self._loop.create_future()
        now = deps.clock().astimezone(ZoneInfo(agent.timezone))
        before = spoken_before([(entry.kind, entry.data) for entry in so_far])
        self._assist = Assist(self._agent, now, before, _known(record))

    def leave(self) -> None:
        """A live call needs the place."""
        self._end()

    async def run(self) -> None:
        """From `start` to the end of the stream. Raises what the core or a task raised."""
        async with asyncio.TaskGroup() as self._writes:
            writing = self._writes.create_task(self._records.run(), name="records")
            try:
                await self._listen()
            finally:
                self._records.finish()
                with suppress(TimeoutError):
                    async with asyncio.timeout(FINISH_S):
                        await asyncio.shield(writing)
                writing.cancel()

    async def _listen(self) -> None:
        try:
            async with asyncio.TaskGroup() as self._tasks:
                for who in Who:
                    self._open_ear(who)
                self._tasks.create_task(self._read(), name="reader")
                self._tasks.create_task(self._watch(), name="watch")
                await self._ended
                raise _Over
        except* _Over:
            pass
        finally:
            for timer in self._timers.values():
                timer.cancel()
            for ear in self._ears.values():
                ear.close()
            await self._media.close(CLOSE_NORMAL)

    def _open_ear(self, who: Who) -> None:
        emit = partial(self._heard, who)
        ear = Hearing(self._deps.hearing, self._tasks, about=self._about, emit=emit, now_ms=self._now_ms)
        ear.open(replace(self._agent, siblings=()), self._deps.vocabularies.get(self._agent.file or self._record.agent))
        self._ears[who], self._until[who] = ear, None

    async def _read(self) -> None:
        with suppress(StreamGone):
            await self._media.each(self._take)
        self._end()

    def _take(self, message: Message) -> None:
        match message:
            case Media():
                if (who := _WHO.get(message.media.track)) is not None:
                    self._ears[who].send(message.media.payload)
            case Stop():
                self._end()
            case _:
                """Keys are nobody's business here, and nothing was sent that a mark could come back of."""

    async def _watch(self) -> None:
        """End with a line that has gone dead without closing."""
        heard = -1
        while heard != self._media.heard_bytes:
            heard = self._media.heard_bytes
            await asyncio.sleep(SILENT_LINE_S)
        self._end()

    def _heard(self, who: Who, event: on.Event) -> None:
        """A recogniser's word on one track."""
        match event:
            case on.PartialHeard(text=text, until_ms=until_ms):
                self._until[who] = until_ms
                self._happens(Said(who, text, False, until_ms))
            case on.FinalHeard(text=text):
                self._happens(Said(who, text, True, self._until[who]))
                self._until[who] = None
            case on.RecognitionFailed(reason):
                log.warning("assist_deaf", extra={**self._about, "reason": reason})
                self._end()
            case _:
                raise AssertionError("nothing else is heard")

    def _happens(self, event: Event) -> None:
        try:
            for action in self._assist.handle(event, self._now_ms()):
                self._perform(action)
        except Exception as error:
            if not self._ended.done():
                self._ended.set_exception(error)

    def _perform(self, action: Action) -> None:
        match action:
            case Record(kind, data):
                self._records.append(kind, data)
                self._writes.create_task(self._records.flush(), name="flush")
                if kind == "suggestion":
                    log.info("suggestion_made", extra={**self._about, "duration_ms": data["after_ms"]})
            case AskModel():
                self._models[action.turn] = self._tasks.create_task(self._ask(action), name="model")
            case CancelModel(turn):
                if (asked := self._models.pop(turn, None)) is not None:
                    asked.cancel()
            case SetTimer(name, ms):
                self._cancel(name)
                self._timers[name] = self._loop.call_later(ms / 1_000, self._rings, name)
            case CancelTimer(name):
                self._cancel(name)
            case _:
                raise AssertionError("the core of this asks for nothing else")

    async def _ask(self, action: AskModel) -> None:
        turn = action.turn
        try:
            async with asyncio.timeout(SUGGEST_S):
                async for event in self._deps.model.reply(action.messages, action.tools):
                    match event:
                        case ModelText(text):
                            self._happens(on.ReplyText(turn, text))
                        case ModelToolCall(call_id, name, arguments):
                            self._happens(on.ReplyToolCall(turn, call_id, name, arguments))
                        case ModelUsage(input_tokens, output_tokens):
                            usage = {"assist": turn, "input_tokens": input_tokens, "output_tokens": output_tokens}
                            self._records.append("model_usage", usage)
                        case _:
                            assert_never(event)
        except (ProviderError, TimeoutError) as error:
            log.warning("provider_failed", extra={**self._about, "provider": "model", "error": type(error).__name__})
            self._happens(on.ReplyFailed(turn, type(error).__name__))
        else:
            self._happens(on.ReplyFinished(turn))
        finally:
            self._models.pop(turn, None)

    def _rings(self, name: str) -> None:
        del self._timers[name]
        self._happens(on.TimerFired(name))

    def _cancel(self, name: str) -> None:
        if (timer := self._timers.pop(name, None)) is not None:
            timer.cancel()

    def _now_ms(self) -> int:
        return round((self._loop.time() - self._began) * 1_000)

    def _end(self) -> None:
        if not self._ended.done():
            self._ended.set_result(None)


def _known(record: CallRecord) -> dict[str, dict[str, str]]:
    """The values of the task that was under way with the agent."""
    task = (record.progress or {}).get("task")
    if not isinstance(task, Mapping) or not isinstance(values := task.get("values"), Mapping):
        return {}
    return {str(task.get("task")): {str(name): str(value) for name, value in values.items()}}
