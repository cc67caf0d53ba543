"""What to say and do next, given what the caller said.

Text in, moves out; of sound, timers and turns it knows nothing (`shared.core.call` does). Tasks are carried out by
`shared.core.errands`; every kind of not getting on ends at people, by `shared.core.ways_out`. A call that the agent
makes begins with finding out who has picked up (`shared.core.opening`).
"""

import json
from collections.abc import Mapping, Sequence
from copy import copy
from datetime import datetime
from typing import Self, assert_never

from shared.core import paying
from shared.core.actions import Record
from shared.core.agent import LANGUAGE, Agent, Route, Slot, SlotKind
from shared.core.attempt import Assignment
from shared.core.conversation import Conversation
from shared.core.errands import Errands
from shared.core.events import HeardWord, JsonValue
from shared.core.identity import Through
from shared.core.informed import informed
from shared.core.journal import Journal
from shared.core.languages.telephone import says
from shared.core.lines import Line, fixed
from shared.core.moves import ChangeTo, Move, Say, Think, ToolCall
from shared.core.opening import Answer, Opening
from shared.core.payment import Settled
from shared.core.prompt import CHANGE_LANGUAGE, CLAIMS, END_CALL, STOP_CALLING, TRANSFER, system_message, tool_specs
from shared.core.redaction import CARD, SECURITY_CODE, is_card
from shared.core.slots import yes_or_no
from shared.core.transfer import Returned
from shared.core.transfer_events import Why
from shared.core.ways_out import ASKED, WaysOut

WITHHELD = "•••"
"""Stands in the record for what is said when a secret is asked for."""
_TYPED = (SlotKind.DIGITS, SlotKind.PHONE, SlotKind.NUMBER)
_SAID, _BY_KEY = "said", "key"


class Dialogue:
    """One call's conversation in text. `now` is the line's local time, with its zone, when the stream began.

    `assignment` is what the agent calls somebody for; None when it is called.
    """

    def __init__(self, agent: Agent, call_sid: str, now: datetime, assignment: Assignment | None = None) -> None:
        self._earlier = None if assignment is None else assignment.earlier
        self.agent = agent = agent if assignment is None else informed(agent, assignment).as_left(self._earlier)
        self._now = now
        self._journal = Journal()
        self.ways_out = WaysOut(agent, self._journal, now)
        self._errands = Errands(agent, call_sid, now.date(), self._journal, self.ways_out)
        self._words: tuple[HeardWord, ...] = ()
        self._secret = False
        """Whether what was said last is for nobody else's eyes."""
        self.opening: Opening | None = None
        """How a call that the agent makes begins."""
        if assignment is not None and agent.outbound is not None:
            self.opening = Opening.of(agent, agent.outbound, assignment.facts, self._journal)

    def fork(self) -> Self:
        """The same, to be carried on apart: what becomes of it does not touch this one."""
        other = copy(self)
        other._journal = self._journal.fork()
        other.ways_out = self.ways_out.fork(other._journal)
        other._errands = self._errands.fork(other._journal, other.ways_out)
        other.opening = self.opening and self.opening.fork(other._journal)
        return other

    @property
    def conversation(self) -> Conversation:
        """What was said and heard so far."""
        return self._journal.conversation

    @property
    def expecting(self) -> SlotKind | None:
        """The kind of answer now waited for; None while anything may be said."""
        kind = self.opening.expecting if self.opening is not None else None
        return kind or self._errands.agenda.expecting

    @property
    def slot(self) -> Slot | None:
        """The slot now waited for."""
        slot = self.opening.slot if self.opening is not None else None
        return slot or self._errands.agenda.slot

    @property
    def patience_ms(self) -> int:
        """How long silence lasts before something is done about it."""
        patience = self.opening.patience_ms if self.opening is not None else None
        return patience or self.agent.limits.silence_ms

    @property
    def _unknown(self) -> Opening | None:
        """Where it is still to be found out who is there."""
        return self.opening if self.opening is not None and self.opening.open else None

    def take_notes(self) -> list[Record]:
        """The lines for the call's record since the last time."""
        notes = list(self._journal.notes)
        self._journal.notes.clear()
        return notes

    def greet(self) -> Say:
        """The first words, all of them fixed: they never wait for a model. Whoever was called may speak first."""
        if self.opening is not None:
            return Say(())
        texts = (fixed(self.agent.greeting), fixed(self.agent.disclosure, protected=True), fixed(self.agent.question))
        return Say(tuple(line for line in texts if line.text))

    @property
    def begun(self) -> bool:
        """Whether the caller has said anything yet. Until then a lost stream may have cost them the greeting."""
        return any(message["role"] == "user" for message in self.conversation.messages)

    def go_on(self) -> Say:
        """After a lost stream: excuse it, and repeat what was asked, were it only how to help."""
        question = self._question()
        if not question and self._errands.agenda.progress is None:
            question = (fixed(self.agent.question),)
        return Say(tuple(line for line in (fixed(self.agent.phrases.cut_off), *question) if line.text))

    def back(self, returned: Returned) -> Move:
        """The caller is back from people: say what became of it, for the model knows it too."""
        route = self.agent.route(returned.route)
        asked, became = json.dumps({"to": returned.route}), json.dumps({"status": str(returned.why)})
        self.conversation.tool_used(f"{TRANSFER}-{len(self.conversation.messages)}", TRANSFER, asked, became)
        anything_else = Say((fixed(self.agent.phrases.anything_else),))
        match returned.why:
            case Why.GIVEN_BACK:
                went_on = self._errands.heard_elsewhere(returned.heard, fixed(self.agent.phrases.back))
                return went_on or (self._with_you_again() if self._errands.question() else anything_else)
            case Why.FINISHED:
                return anything_else
            case Why.ASKED_BACK | Why.CALLED_OFF:
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

    def back_from_paying(self, settled: Settled) -> Move:
        """The caller is back from paying: say what became of it, for the model knows it too."""
        return paying.came_back(self._errands, settled) or self.go_on()

    def heard(self, text: str, words: tuple[HeardWord, ...] = ()) -> Move:
        """The caller has finished an utterance. A plain yes or no to what was read back needs no model."""
        self.ways_out.caller_spoke()
        self._words, self._secret = words, self.opening is not None and self.opening.is_secret
        self.conversation.caller_said(self.shown(text))
        self._journal.tool_called(None)
        if self.opts_out(text):
            return self.opt_out(_SAID)
        if CARD in text or SECURITY_CODE in text:
            return self.ways_out.no_card_numbers(self._errands.question())
        found = None if self._unknown is None else self._unknown.heard(text)
        if found is not None:
            return self._opened(found)
        if self._errands.awaits_agreement and (answer := yes_or_no(text, self.agent.speaks)) is not None:
            return self._errands.agreed(answer)
        system = system_message(self.agent, self._now, self._errands.agenda.progress, self._about)
        return Think((system, *self.conversation.messages), tool_specs(self.agent, outbound=self.opening is not None))

    @property
    def _about(self) -> Mapping[str, str] | None:
        """What a call of ours is about."""
        return None if self.opening is None else self.opening.said

    def shown(self, text: str) -> str:
        """What the caller said last, as it may be written down."""
        return WITHHELD if self._secret else text

    # --- whom the agent has called

    def opts_out(self, text: str) -> bool:
        """Whether somebody who was called says that they do not want to be."""
        return self.opening is not None and says(self.agent.speaks.telephone.opt_out, text)

    def opts_out_by(self, key: str) -> bool:
        """The same by a key, unless a number is being typed."""
        outbound = self.agent.outbound if self.opening is not None else None
        typing = self.slot is not None and self.slot.kind in _TYPED
        return outbound is not None and key == outbound.opt_out_key and not typing

    def opt_out(self, by: str = _BY_KEY) -> Say:
        """It counts at once, and for good."""
        self._journal.answered(status="opted-out")
        return self.ways_out.opted_out(by, self.agent.outbound.opted_out if self.agent.outbound else "")

    def gives_away(self, text: str) -> bool:
        """Whether a machine is talking while the agent does."""
        return self._unknown is not None and self._unknown.gives_away(text)

    def answered_by(self, verdict: str) -> Move | None:
        """The carrier has found out who picked up, as it thinks."""
        answer = None if self._unknown is None else self._unknown.answered_by(verdict)
        return None if answer is None else self._opened(answer)

    def _opened(self, answer: Answer) -> Move:
        opening = self.opening
        if opening is None or not isinstance(answer, Through):
            return Say(()) if isinstance(answer, Through) else answer
        task, lines = self.agent.task(opening.outbound.begins_with), (*answer.before, *opening.begin())
        if self._earlier is not None:
            self.conversation.follow(self._earlier.get("messages"))
            return self._errands.call_back(self._earlier, *lines)
        return Say(lines) if task is None else self._errands.begin(task, *lines)

    def _claimed(self, opening: Opening, text: str, calls: Sequence[ToolCall]) -> Move:
        """The model has told what somebody said of who they are."""
        named = next((call.name for call in calls), "")
        return self._opened(opening.told(CLAIMS.get(named), text))

    def _question(self) -> tuple[Line, ...]:
        """What is still open, to be asked once more."""
        return (self.opening.question() if self.opening is not None else ()) or self._errands.question()

    def replied(self, text: str, calls: Sequence[ToolCall]) -> Move | None:
        """The model has finished: it has said `text`, and named these tools. None when there is nothing to add."""
        self.ways_out.model_replied()
        if any(call.name == STOP_CALLING for call in calls):
            return self.opt_out(_SAID)
        if self._unknown is not None:
            return self._claimed(self._unknown, text, calls)
        wanted = [call for call in calls if call.name != END_CALL] or list(calls[:1])
        question = self._question()
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
        if self.opening is not None:
            self.opening.change_to(self.agent)

    def returned(self, result: Mapping[str, JsonValue]) -> Move:
        """The tool asked for by `Use` has answered."""
        return self._errands.returned(result) or self.ways_out.not_understood(())

    def model_failed(self, reason: str) -> Say:
        return self.ways_out.model_failed(reason, self._question())

    def silence(self) -> Move:
        """The caller has said nothing for a while."""
        answer = None if self._unknown is None else self._unknown.silence()
        return self.ways_out.silence(self._question()) if answer is None else self._opened(answer)

    def unheard(self) -> Move:
        """The caller has spoken, and recognition made no words of it."""
        self.ways_out.caller_spoke()
        answer = None if self._unknown is None else self._unknown.silence()
        return self._not_understood() if answer is None else self._opened(answer)

    def keyed(self, digits: str) -> Move:
        """An entry on the keypad: something asked for, or 0 for people."""
        self.ways_out.caller_spoke()
        if is_card(digits, self.slot):
            return self.ways_out.no_card_numbers(self._errands.question())
        answer = None if self._unknown is None else self._unknown.keyed(digits)
        if answer is not None:
            return self._opened(answer)
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
        return self.ways_out.not_understood(self._question())

    def _named_route(self, call: ToolCall) -> Route | None:
        return self.agent.route(str(call.read().get("to", ""))) if call.name == TRANSFER else None

    def snapshot(self) -> dict[str, JsonValue]:
        """Where the conversation stands, as JSON values."""
        return {
            "messages": self.conversation.snapshot(),
            **self._errands.snapshot(),
            LANGUAGE: self.agent.language,
            "patience": self.ways_out.snapshot(),
            **({"opening": self.opening.snapshot()} if self.opening is not None else {}),
        }

    def restore(self, snapshot: Mapping[str, JsonValue]) -> None:
        """Take up a snapshot made by an earlier stream of the same call."""
        self._become(str(snapshot.get(LANGUAGE)))
        self._journal.conversation = Conversation.restore(snapshot.get("messages"))
        self._errands.restore(snapshot)
        self.ways_out.restore(snapshot.get("patience"))
        if self.opening is not None:
            self.opening.restore(snapshot.get("opening"))
