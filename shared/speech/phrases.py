"""Texts spoken: what every synthesiser's adapter does around its vendor's one request.

Phrases asked for as `cached` are kept as sound: made once, heard by everyone who asks for them, even while they are
being made.
"""

import asyncio
from collections import OrderedDict
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing

from shared.core.agent import Voice
from shared.ports import ProviderError, Refused, Unavailable

CACHE_BYTES = 8 * 1024 * 1024
"""Some seventeen minutes of sound."""
MOST_CHARACTERS = 3_000
"""Polly's limit, and more than any vendor should be asked for while a caller waits."""

type Synthesis = Callable[[str, Voice], AsyncGenerator[bytes]]
type _Key = tuple[str, ...]


class Phrases:
    """Speaks by `synthesise`; keeps up to `cache_bytes` of what is worth it, least recently used out first."""

    def __init__(self, vendor: str, synthesise: Synthesis, tasks: asyncio.TaskGroup, cache_bytes: int) -> None:
        self._vendor = vendor
        self._synthesise = synthesise
        self._tasks = tasks
        self._cache_bytes = cache_bytes
        self._kept: OrderedDict[_Key, _Phrase] = OrderedDict()
        self._kept_bytes = 0
        self._in_the_making: dict[_Key, _Phrase] = {}

    async def speak(self, text: str, voice: Voice, *, cached: bool) -> AsyncGenerator[bytes]:
        """Audio as it arrives. The same cached phrase asked for twice at once is made once. Raises ProviderError."""
        words = _speakable(voice.reads(text))
        if not words:
            return
        if len(words) > MOST_CHARACTERS:
            raise Refused(f"{self._vendor} is asked for at most {MOST_CHARACTERS} characters, not {len(words)}")
        async with aclosing(self._shared(words, voice) if cached else self._synthesise(words, voice)) as chunks:
            async for chunk in chunks:
                yield chunk

    def stop(self) -> None:
        """Give up what is in the making."""
        for phrase in self._in_the_making.values():
            if phrase.task is not None:
                phrase.task.cancel()

    def _shared(self, text: str, voice: Voice) -> AsyncGenerator[bytes]:
        spoken_by = (voice.engine, voice.name, voice.language, str(voice.rate), *sorted(voice.elsewhere.values()))
        key = (*spoken_by, text)
        phrase = self._kept.get(key) or self._in_the_making.get(key)
        if phrase is None:
            phrase = self._in_the_making[key] = _Phrase()
            phrase.task = self._tasks.create_task(self._make(phrase, key, text, voice))
        elif key in self._kept:
            self._kept.move_to_end(key)
        return phrase.chunks()

    async def _make(self, phrase: "_Phrase", key: _Key, text: str, voice: Voice) -> None:
        """Belongs to everyone who listens, so it goes on when the first of them stops."""
        error: ProviderError | None = Unavailable(f"{self._vendor}: closed")
        try:
            async with aclosing(self._synthesise(text, voice)) as chunks:
                async for chunk in chunks:
                    phrase.add(chunk)
            error = None
            self._keep(key, phrase)
        except ProviderError as failure:
            error = failure
        finally:
            del self._in_the_making[key]
            phrase.end(error)

    def _keep(self, key: _Key, phrase: "_Phrase") -> None:
        self._kept[key] = phrase
        self._kept_bytes += phrase.size
        while self._kept_bytes > self._cache_bytes:
            _, oldest = self._kept.popitem(last=False)
            self._kept_bytes -= oldest.size


class _Phrase:
    """Audio that several may listen to while it is made."""

    def __init__(self) -> None:
        self.task: asyncio.Task[None] | None = None
        self.size = 0
        self._audio: list[bytes] = []
        self._error: ProviderError | None = None
        self._ended = False
        self._changed = asyncio.Event()

    def add(self, chunk: bytes) -> None:
        self._audio.append(chunk)
        self.size += len(chunk)
        self._tell()

    def end(self, error: ProviderError | None) -> None:
        self._error = error
        self._ended = True
        self._tell()

    async def chunks(self) -> AsyncGenerator[bytes]:
        heard = 0
        while True:
            while heard < len(self._audio):
                heard += 1
                yield self._audio[heard - 1]
            if self._ended:
                break
            await self._changed.wait()
        if self._error is not None:
            raise type(self._error)(*self._error.args)

    def _tell(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()


async def in_time(read: Callable[[], Awaitable[bytes]], *, begin_by: float, whole_s: float) -> AsyncGenerator[bytes]:
    """What `read` gives until it gives nothing: first by `begin_by` of the loop's clock, then all in `whole_s`.

    The time that the listener takes is not the vendor's. Raises TimeoutError, and Unavailable when nothing comes.
    """
    clock = asyncio.get_running_loop().time
    async with asyncio.timeout_at(begin_by):
        chunk = await read()
    if not chunk:
        raise Unavailable("no audio")
    left = whole_s
    while chunk:
        yield chunk
        asked = clock()
        async with asyncio.timeout(left):
            chunk = await read()
        left -= clock() - asked


def _speakable(text: str) -> str:
    """The text without what cannot be sent, and without characters nobody hears."""
    sendable = text.encode("utf-8", "replace").decode()
    return "".join(char if char.isprintable() else " " for char in sendable).strip()
