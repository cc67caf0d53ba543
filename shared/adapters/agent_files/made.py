"""From what a file says to the agent the core follows."""

from zoneinfo import ZoneInfo

from shared.adapters.agent_files import hours, schema
from shared.adapters.agent_files.paying import pay_of
from shared.core import agent as core
from shared.core.facts import EventFact
from shared.core.outbound import CallsBack, Identity, Outbound, Verification

_SURE_FROM = {
    core.SlotKind.NAME: 0.3,
    core.SlotKind.PHONE: 0.4,
    core.SlotKind.DIGITS: 0.4,
    core.SlotKind.EMAIL: 0.4,
    core.SlotKind.DATE: 0.2,
    core.SlotKind.NUMBER: 0.3,
}
"""Where a file says nothing: what can be anything has to be heard well; a choice or a free time proves itself."""


def agent_of(read: schema.AgentFile, file: str) -> core.Agent:
    """The agent of the file of that name, without its siblings."""
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
        voice=_voice(read.voice, read.language),
        phrases=core.Phrases(**read.phrases.model_dump()),
        when_it_fails=read.when_it_fails,
        facts=tuple(core.Fact(fact.about, fact.answer) for fact in read.knowledge),
        tasks=tuple(_task(name, task, read.language) for name, task in read.tasks.items()),
        routes=tuple(_route(name, route) for name, route in read.routes.items()),
        vocabulary=read.listen_for,
        streaming=read.streaming,
        mixed_with=read.mixed_with,
        file=file,
        limits=limits,
        outbound=None if read.outbound is None else _outbound(read.outbound),
    )


def _outbound(read: schema.Outbound) -> Outbound:
    return Outbound(
        introduction=read.introduction,
        opt_out=read.opt_out,
        opted_out=read.opted_out,
        facts=tuple(EventFact(name, fact.kind, fact.secret, fact.optional) for name, fact in read.facts.items()),
        opt_out_key=read.opt_out_key,
        identity=None if read.identity is None else Identity(**read.identity.model_dump()),
        verify=tuple(Verification(name, check.ask, check.ask_again) for name, check in read.verify.items()),
        unverified=read.unverified,
        disclosure=read.disclosure,
        opening=read.opening,
        begins_with=read.begins_with,
        voicemail=read.voicemail,
        screening=read.screening,
        calls_back=None if read.calls_back is None else CallsBack(**read.calls_back.model_dump()),
        results=read.results,
    )


def _route(name: str, route: schema.Route) -> core.Route:
    return core.Route(
        name=name,
        purpose=route.purpose,
        callers_say=route.callers_say,
        say=route.say,
        message=route.message,
        destinations=tuple(_destination(one, name) for one in route.to),
        warm=route.warm,
        ring_ms=route.ring_seconds * 1_000,
        wait_ms=route.wait_seconds * 1_000,
        hours=hours.read(route.hours, route.closed_on),
        closed=route.closed,
        nobody=route.nobody,
        otherwise=route.otherwise,
        first=route.first,
        result=route.result,
    )


def _destination(one: schema.Destination, route: str) -> core.Destination:
    kind, address = next((name, value) for name, value in one if value and name != "label")
    return core.Destination(core.DestinationKind(kind), address, one.label or route.replace("_", " "))


def _voice(voice: schema.Voice, language: str) -> core.Voice:
    elsewhere = {"cartesia": voice.cartesia, "elevenlabs": voice.elevenlabs}
    named = {vendor: name for vendor, name in elsewhere.items() if name}
    return core.Voice(voice.name, language, voice.engine, named, voice.rate, tuple(voice.say_as.items()))


def _sure_from(slot: schema.Slot) -> float:
    """A secret is never read back: whether it was heard well shows when it is compared."""
    if slot.sure_from is not None:
        return slot.sure_from
    return 0.0 if slot.secret else _SURE_FROM.get(slot.kind, 0.0)


def _task(name: str, task: schema.Task, language: str) -> core.Task:
    slots = tuple(
        core.Slot(
            name=slot_name,
            kind=slot.kind,
            ask=slot.ask,
            description=slot.means,
            ask_again=slot.ask_again,
            choices=dict(slot.choices),
            options_from=slot.options_from,
            sure_from=_sure_from(slot),
            min_digits=slot.min_digits,
            max_digits=slot.max_digits,
            secret=slot.secret,
        )
        for slot_name, slot in task.ask_for.items()
    )
    problems = {key: core.Problem(said.say, said.ask_again, said.at_most) for key, said in task.problems.items()}
    return core.Task(
        name=name,
        language=language,
        purpose=task.purpose,
        callers_say=task.callers_say,
        slots=slots,
        run=task.run,
        done=task.done,
        confirm=task.confirm,
        problems=problems,
        declined=task.declined,
        result=task.result,
        ends=task.ends,
        passes_on=task.passes_on,
        pay=pay_of(task.pay) if task.pay else None,
    )
