"""What to say and do next, given what the caller said.

Text in, moves out; of sound, timers and turns it knows nothing (`shared.core.call` does). Tasks are carried out by
`shared.core.errands`; every kind of not getting on ends at people, by `shared.core.ways_out`.
"""

import json
from collections.abc import Mapping, Sequence
from copy import copy
from datetime import datetime
from typing import Self, assert_never

from shared.core.actions import Record
from shared.core.agenda import Agenda
from shared.core.agent import LANGUAGE, Agent, Route, Slot, SlotKind
from shared.core.conversation import Conversation
from shared.core.errands import Errands
from shared.core.events import HeardWord, JsonValue
from shared.core.journal import Journal
from shared.core.lines import fixed
from shared.core.moves import ChangeTo, Move, Say, Think, ToolCall
from shared.core.prompt import CHANGE_LANGUAGE, END_CALL, TRANSFER, system_message, tool_specs
from shared.core.slots import yes_or_no
from shared.core.transfer import Returned
from shared.core.transfer_events import Why
from shared.core.ways_out import ASKED, WaysOut


class Dialogue:
    """One call's conversation in text. `now` is the line's local time, with its zone, when the stream began."""

    def __init__(self, agent: Agent, call_sid: str, now: datetime) -> None:
        self.agent = agent
        self._now = now
        self._journal = Journal()
        self.ways_out = WaysOut(agent, self._journal, now)
        self._errands = Errands(agent, call_sid, now.date(), self._journal, self.ways_out)
        self._words: tuple[HeardWord, ...] = ()

    def fork(self) -> Self:
        """The same, to be carried on apart: what becomes of it does not touch this one."""
        other = copy(self)
        other._journal = self._journal.fork()
        other.ways_out = self.ways_out.fork(other._journal)
        other._errands = self._errands.fork(other._journal, other.ways_out)
        return other

    @property
    def conversation(self) -> Conversation:
        """What was said and heard so far."""
        return self._journal.conversation

    @property
    def expecting(self) -> SlotKind | None:
        """The kind of answer now waited for; None while anything may be said."""
        return self._errands.agenda.expecting

    @property
    def slot(self) -> Slot | None:
        """The slot now waited for."""
        return self._errands.agenda.slot

    def take_notes(self) -> list[Record]:
        """The lines for the call's record since the last time."""
        notes = list(self._journal.notes)
        self._journal.notes.clear()
        return notes

    def greet(self) -> Say:
        """The first words, all of them fixed: they never wait for a model."""
        texts = (fixed(self.agent.greeting), fixed(self.agent.disclosure, protected=True), fixed(self.agent.question))
        return Say(tuple(line for line in texts if line.text))

    @property
    def begun(self) -> bool:
        """Whether the caller has said anything yet. Until then a lost stream may have cost them the greeting."""
        return any(message["role"] == "user" for message in self.conversation.messages)

    def go_on(self) -> Say:
        """After a lost stream: excuse it, and repeat what was asked, were it only how to help."""
        idle = self._errands.agenda.progress is None
        question = (fixed(self.agent.question),) if idle else self._errands.question()
        return Say(tuple(line for line in (fixed(self.agent.phrases.cut_off), *question) if line.text))

    def back(self, returned: Returned) -> Move:
        """The caller is back from people: say what became of it, for the model knows it too."""
        route = self.agent.route(returned.route)
        asked, became = json.dumps({"to": returned.route}), json.dumps({"status": str(returned.why)})
        self.conversation.tool_used(f"{TRANSFER}-{len(self.conversation.messages)}", TRANSFER, asked, became)
        match returned.why:
            case Why.GIVEN_BACK if self._errands.question():
                return self._with_you_again()
            case Why.FINISHED | Why.GIVEN_BACK:
                return Say((fixed(self.agent.phrases.anything_else),))
            case Why.ASKED_BACK:
                return self._with_you_again()
            case Why.NOBODY_FREE | Why.NO_ANSWER | Why.BUSY | Why.DECLINED | Why.FAILED:
                if route is None:  # whoever wanted to take the call over has not
                    return self._with_you_again()
                self.ways_out.in_vain(returned.route)
                return self._errands.instead(route, str(returned.why), route.nobody)
        assert_never(returned.why)

    def _with_you_again(self) -> Say:
        question = self._errands.question() or (fixed(self.agent.question),)
        return Say((fixed(self.agent.phrases.back), *question))

    def heard(self, text: str, words: tuple[HeardWord, ...] = ()) -> Move:
        """The caller has finished an utterance. A plain yes or no to what was read back needs no model."""
        self.ways_out.caller_spoke()
        self._words = words
        self.conversation.caller_said(text)
        self._journal.tool_called(None)
        if self._errands.awaits_agreement and (answer := yes_or_no(text, self.agent.speaks)) is not None:
            return self._errands.agreed(answer)
        system = system_message(self.agent, self._now, self._errands.agenda.progress)
        return Think((system, *self.conversation.messages), tool_specs(self.agent))

    def replied(self, text: str, calls: Sequence[ToolCall]) -> Move | None:
        """The model has finished: it has said `text`, and named these tools. None when there is nothing to add."""
        self.ways_out.model_replied()
        wanted = [call for call in calls if call.name != END_CALL] or list(calls[:1])
        question = self._errands.question()
        if not wanted:
            if not text:
                return self.ways_out.not_understood(question)
            self.ways_out.understood()
            return Say(question) if question else None
        self._journal.tool_called(wanted[0])
        if (change := self._change(wanted)) is not None:
            return change
        move = self._called(wanted[0])
        for call in wanted[1:]:
            other = self.agent.task(call.name) or self._named_route(call)
            if other is not None:
                self._errands.agenda.add(other, call.read(), self._now.date())
        return move

    def _change(self, calls: Sequence[ToolCall]) -> ChangeTo | None:
        """The language these calls ask for, if it is one of the agent's others, with the rest of them."""
        asked = next((call for call in calls if call.name == CHANGE_LANGUAGE), None)
        name = None if asked is None else asked.read().get("to")
        wanted = next((sibling for sibling in self.agent.siblings if sibling.speaks.name == name), None)
        if wanted is None:
            return None
        return ChangeTo(wanted.language, tuple(call for call in calls if call is not asked))

    def change_to(self, change: ChangeTo) -> Move:
        """Go on in another language: with what else was wanted, or with the question that is open."""
        self._become(change.language)
        self._journal.answered(status="changed")
        self._journal.note("language", language=change.language)
        self.ways_out.understood()
        if change.calls:
            return self.replied("", change.calls) or Say(())
        return Say(self._errands.question() or (fixed(self.agent.question),))

    def _become(self, language: str) -> None:
        self.agent = self.agent.in_language(language) or self.agent
        self.ways_out.agent = self.agent
        self._errands.change_to(self.agent)

    def returned(self, result: Mapping[str, JsonValue]) -> Move:
        """The tool asked for by `Use` has answered."""
        return self._errands.returned(result) or self.ways_out.not_understood(())

    def model_failed(self, reason: str) -> Say:
        return self.ways_out.model_failed(reason, self._errands.question())

    def silence(self) -> Say:
        """The caller has said nothing for a while."""
        return self.ways_out.silence(self._errands.question())

    def unheard(self) -> Say:
        """The caller has spoken, and recognition made no words of it."""
        self.ways_out.caller_spoke()
        return self._not_understood()

    def keyed(self, digits: str) -> Move:
        """An entry on the keypad: something asked for, or 0 for people."""
        self.ways_out.caller_spoke()
        move = self._errands.keyed(digits)
        if move is not None:
            return move
        return self.ways_out.give_up("keypad") if digits == "0" else self._not_understood()

    def _called(self, call: ToolCall) -> Move:
        task = self.agent.task(call.name)
        if task is not None:
            self.ways_out.understood()
            return self._errands.take_up(task, call.read(), self._words)
        if call.name == END_CALL:
            return self.ways_out.goodbye()
        route = self._named_route(call)
        if route is None:
            return self._not_understood()
        self._journal.note("intent", intent=f"{TRANSFER}:{route.name}")
        return self._errands.lead_to(route, ASKED)

    def _not_understood(self) -> Say:
        return self.ways_out.not_understood(self._errands.question())

    def _named_route(self, call: ToolCall) -> Route | None:
        return self.agent.route(str(call.read().get("to", ""))) if call.name == TRANSFER else None

    def snapshot(self) -> dict[str, JsonValue]:
        """Where the conversation stands, as JSON values."""
        errands = self._errands
        return {
            "messages": self.conversation.snapshot(),
            "task": errands.agenda.snapshot(),
            "runs": errands.runs,
            "settled": sorted(errands.settled),
            LANGUAGE: self.agent.language,
            "patience": self.ways_out.snapshot(),
        }

    def restore(self, snapshot: Mapping[str, JsonValue]) -> None:
        """Take up a snapshot made by an earlier stream of the same call."""
        self._become(str(snapshot.get(LANGUAGE)))
        self._journal.conversation = Conversation.restore(snapshot.get("messages"))
        self._errands.agenda = Agenda.restore(self.agent, snapshot.get("task"), self._now.date())
        runs = snapshot.get("runs")
        self._errands.runs = int(runs) if isinstance(runs, int | float) else 0
        settled = snapshot.get("settled")
        self._errands.settled = set(map(str, settled)) if isinstance(settled, list) else set()
        self.ways_out.restore(snapshot.get("patience"))
