"""Agent files: YAML a business person writes, checked, and turned into `shared.core.agent.Agent`.

Whatever is wrong is said with file, line, field and the fix, all at once, and nothing is loaded.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, available_timezones

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from shared.core import agent as core
from shared.core import languages
from shared.core.lines import PLACEHOLDER

MAX_BYTES = 1_000_000
_SURE_FROM = {
    core.SlotKind.NAME: 0.3,
    core.SlotKind.PHONE: 0.4,
    core.SlotKind.DIGITS: 0.4,
    core.SlotKind.EMAIL: 0.4,
    core.SlotKind.DATE: 0.2,
    core.SlotKind.NUMBER: 0.3,
}
"""Where a file says nothing: what can be anything has to be heard well; a choice or a free time proves itself."""


class AgentFileError(Exception):
    """The file cannot be used. The message has one line per problem: file:line: field: what is wrong; the fix."""


type Text = Annotated[str, Field(min_length=1, max_length=2_000)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Voice(_Part):
    name: Text = "Joanna"
    engine: Literal["standard", "neural", "generative", "long-form"] = "neural"
    cartesia: Text | None = None
    elevenlabs: Text | None = None


class _Fact(_Part):
    about: Text
    answer: Text


class _Slot(_Part):
    kind: core.SlotKind
    ask: Text
    ask_again: str = ""
    means: str = ""
    choices: dict[str, tuple[str, ...]] = {}
    options_from: str | None = None
    sure_from: Annotated[float, Field(ge=0, le=1)] | None = None
    min_digits: Annotated[int, Field(ge=1, le=30)] = 1
    max_digits: Annotated[int, Field(ge=1, le=30)] = 20


class _Problem(_Part):
    say: Text
    ask_again: tuple[str, ...] = ()


class _Task(_Part):
    purpose: Text
    callers_say: tuple[Text, ...] = ()
    ask_for: dict[str, _Slot] = {}
    confirm: Text | None = None
    run: Text
    done: Text
    problems: dict[str, _Problem] = {}


class _Route(_Part):
    purpose: Text
    callers_say: tuple[Text, ...] = ()
    say: Text
    message: Text


class _Phrases(_Part):
    anything_else: Text = "Is there anything else I can help you with?"
    goodbye: Text = "Thank you for calling. Goodbye!"
    one_moment: tuple[Text, ...] = ("One moment, please.", "Let me check that for you.", "Just a second.")
    not_understood: tuple[Text, ...] = (
        "I'm sorry, I didn't get that.",
        "I'm afraid I still didn't understand. Could you say it another way?",
    )
    still_there: tuple[Text, ...] = ("Are you still there?", "I can't hear you. Are you there?")
    silent_goodbye: Text = "I can't hear anything, so I'll hang up now. Please call again. Goodbye!"
    trouble: Text = "I'm sorry, I had a problem just now. Could you say that again?"
    cut_off: Text = "I'm sorry, we were cut off for a moment."
    time_is_up: Text = "I'm sorry, I have to end our call here. Please call again if you need more. Goodbye!"
    message_taken: Text = "Thank you. Your message has been saved. Goodbye!"
    unsure: Text = "I'm sorry, I'm not sure I heard that right."
    check: Text = "I heard {value}. Is that right?"
    use_keypad: Text = "You can also type it on your keypad."
    dropped: Text = "All right, we'll leave that."
    what_to_change: Text = "All right. What should I change?"


class _Limits(_Part):
    silence_seconds: Annotated[float, Field(ge=2, le=60)] = 7
    misunderstandings: Annotated[int, Field(ge=1, le=10)] = 3
    call_minutes: Annotated[float, Field(ge=0.5, le=240)] = 20


class _AgentFile(_Part):
    name: Text
    business: Text
    role: Text
    greeting: Text
    disclosure: str = ""
    question: Text = "How can I help you?"
    language: Annotated[str, Field(pattern=r"^[a-z]{2}-[A-Z]{2}$")] = "en-US"
    timezone: Text
    voice: _Voice = _Voice()
    listen_for: tuple[Text, ...] = ()
    knowledge: tuple[_Fact, ...] = ()
    tasks: dict[str, _Task] = {}
    routes: Annotated[dict[str, _Route], Field(min_length=1)]
    when_it_fails: Text
    phrases: _Phrases = _Phrases()
    limits: _Limits = _Limits()


def load(path: Path, *, tools: frozenset[str] | None = None, speakers: Collection[str] = ()) -> core.Agent:
    """Read one agent file. With `tools`, every tool it names must be among them; a voice is needed for each of
    `speakers`, the vendors of synthesis in use. Raises AgentFileError."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise AgentFileError(f"{path}: cannot be read ({error.strerror}); check the name") from None
    if len(raw) > MAX_BYTES:
        raise AgentFileError(f"{path}: larger than {MAX_BYTES // 1_000_000} MB; keep long texts elsewhere")
    try:
        node = yaml.compose(raw.decode("utf-8"), Loader=yaml.SafeLoader)
        data = yaml.safe_load(raw)
    except UnicodeDecodeError:
        raise AgentFileError(f"{path}: not UTF-8 text; save it as UTF-8") from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else 1
        what = getattr(error, "problem", None) or "not YAML"
        raise AgentFileError(f"{path}:{line}: {what}; check indentation, colons and quotes") from None
    lines = _Lines(node)
    try:
        read = _AgentFile.model_validate(data)
    except ValidationError as error:
        problems = [_explain(str(path), lines, item) for item in error.errors()]
        raise AgentFileError("\n".join(dict.fromkeys(problems))) from None
    wrong = [
        f"{path}:{lines.of(where)}: {'.'.join(where)}: {what}" for where, what in _contradictions(read, tools, speakers)
    ]
    if wrong:
        raise AgentFileError("\n".join(wrong))
    return _agent(read)


class _Lines:
    """Where in the file each field stands."""

    def __init__(self, node: yaml.Node | None) -> None:
        self._lines: dict[tuple[str, ...], int] = {(): 1}
        if node is not None:
            self._walk(node, ())

    def of(self, path: tuple[str, ...]) -> int:
        """The line of a field, or of the nearest one around it that exists."""
        while path not in self._lines:
            path = path[:-1]
        return self._lines[path]

    def _walk(self, node: yaml.Node, path: tuple[str, ...]) -> None:
        self._lines.setdefault(path, node.start_mark.line + 1)
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                inner = (*path, str(key.value))
                self._lines.setdefault(inner, key.start_mark.line + 1)
                self._walk(value, inner)
        elif isinstance(node, yaml.SequenceNode):
            for index, value in enumerate(node.value):
                self._walk(value, (*path, str(index)))


def _explain(path: str, lines: _Lines, error: Mapping[str, object]) -> str:
    loc = error["loc"]
    where = tuple(str(part) for part in loc) if isinstance(loc, tuple) else ()
    kind, message = str(error["type"]), str(error["msg"])
    if kind == "missing":
        message = f"is missing; add `{where[-1]}:` here"
    elif kind == "extra_forbidden":
        message = f"is not known here; remove it, or check its spelling and indentation ({_known(where)})"
    elif kind == "enum":
        message = f"{message}; use one of these"
    elif kind.startswith("string") or kind.endswith("_type"):
        message = f"{message}; put the text in quotes if it looks like a number or yes/no"
    return f"{path}:{lines.of(where)}: {'.'.join(where)}: {message}"


def _known(where: tuple[str, ...]) -> str:
    part: type[BaseModel] = _AgentFile
    inner: dict[str, type[BaseModel]] = {
        "tasks": _Task, "routes": _Route, "ask_for": _Slot, "knowledge": _Fact, "problems": _Problem,
        "phrases": _Phrases, "limits": _Limits, "voice": _Voice,
    }  # fmt: skip
    for name in where[:-1]:
        part = inner.get(name, part)
    return f"known: {', '.join(part.model_fields)}"


def _contradictions(
    read: _AgentFile, tools: frozenset[str] | None, speakers: Collection[str]
) -> Iterator[tuple[tuple[str, ...], str]]:
    """What each field allows by itself, but not together."""
    for speaker in speakers:
        if not speaker.startswith("polly") and getattr(read.voice, speaker) is None:
            yield ("voice", speaker), f"is missing, and {speaker} is in use; add the id of a voice there"
    if "polly-stream" in speakers and read.voice.engine != "generative":
        yield ("voice", "engine"), "must be generative, for polly-stream is in use; change it, and the name with it"
    try:
        languages.of(read.language)
    except LookupError:
        known = ", ".join(languages.codes())
        yield (
            ("language",),
            f"`{read.language}` is no language that is spoken here yet; use one that begins with {known}",
        )
    if read.timezone not in available_timezones():
        yield ("timezone",), "is no time zone; use a name such as America/New_York"
    if read.when_it_fails not in read.routes:
        yield ("when_it_fails",), f"is no route; use one of {', '.join(read.routes)}"
    for name, task in read.tasks.items():
        here = ("tasks", name)
        if not re.fullmatch(r"[a-z][a-z0-9_]{0,39}", name) or name in ("transfer", "end_call", "not_understood"):
            yield here, "cannot be a task's name; use small letters and underscores, and not a name of ours"
        if tools is not None and task.run not in tools:
            yield (*here, "run"), f"`{task.run}` is no tool; use one of {', '.join(sorted(tools))}"
        for slot_name, slot in task.ask_for.items():
            yield from _slot_contradictions((*here, "ask_for", slot_name), slot, tools)
        slots = set(task.ask_for)
        for field, text in (
            ("confirm", task.confirm or ""),
            *((f"problems.{k}.say", p.say) for k, p in task.problems.items()),
        ):
            for word in PLACEHOLDER.findall(text):
                if word not in slots | {"options"}:
                    yield (
                        (*here, *field.split(".")),
                        f"{{{word}}} is not asked for; use one of {', '.join(sorted(slots))}",
                    )
        for key, problem in task.problems.items():
            for word in problem.ask_again:
                if word not in slots:
                    yield (*here, "problems", key, "ask_again"), f"`{word}` is not asked for; name a slot"


def _slot_contradictions(
    here: tuple[str, ...], slot: _Slot, tools: frozenset[str] | None
) -> Iterator[tuple[tuple[str, ...], str]]:
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,39}", here[-1]) or here[-1] in ("confirmed", "cancelled", "options"):
        yield here, "cannot be a slot's name; use small letters and underscores"
    if slot.kind is core.SlotKind.CHOICE and not slot.choices and slot.options_from is None:
        yield here, "a choice needs `choices:`; list them, each with other words callers use"
    if slot.options_from is not None and tools is not None and slot.options_from not in tools:
        yield (*here, "options_from"), f"`{slot.options_from}` is no tool; use one of {', '.join(sorted(tools))}"
    if slot.min_digits > slot.max_digits:
        yield (*here, "min_digits"), "is more than max_digits; swap them"


def _agent(read: _AgentFile) -> core.Agent:
    ZoneInfo(read.timezone)
    limits = core.Limits(
        silence_ms=round(read.limits.silence_seconds * 1000),
        misunderstandings=read.limits.misunderstandings,
        call_ms=round(read.limits.call_minutes * 60_000),
    )
    return core.Agent(
        name=read.name,
        business=read.business,
        role=read.role,
        greeting=read.greeting,
        disclosure=read.disclosure,
        question=read.question,
        language=read.language,
        timezone=read.timezone,
        voice=core.Voice(read.voice.name, read.language, read.voice.engine, _elsewhere(read.voice)),
        phrases=core.Phrases(**read.phrases.model_dump()),
        when_it_fails=read.when_it_fails,
        facts=tuple(core.Fact(fact.about, fact.answer) for fact in read.knowledge),
        tasks=tuple(_task(name, task, read.language) for name, task in read.tasks.items()),
        routes=tuple(core.Route(name, r.purpose, r.callers_say, r.say, r.message) for name, r in read.routes.items()),
        vocabulary=read.listen_for,
        limits=limits,
    )


def _elsewhere(voice: _Voice) -> dict[str, str]:
    return {vendor: name for vendor, name in voice if vendor not in ("name", "engine") and name}


def _task(name: str, task: _Task, language: str) -> core.Task:
    slots = tuple(
        core.Slot(
            name=slot_name,
            kind=slot.kind,
            ask=slot.ask,
            description=slot.means,
            ask_again=slot.ask_again,
            choices=dict(slot.choices),
            options_from=slot.options_from,
            sure_from=_SURE_FROM.get(slot.kind, 0.0) if slot.sure_from is None else slot.sure_from,
            min_digits=slot.min_digits,
            max_digits=slot.max_digits,
        )
        for slot_name, slot in task.ask_for.items()
    )
    problems = {key: core.Problem(problem.say, problem.ask_again) for key, problem in task.problems.items()}
    return core.Task(name, language, task.purpose, task.callers_say, slots, task.run, task.done, task.confirm, problems)
