"""A task under way: which slots are filled, and what has to happen next.

The model passes on what it understood, in any order and amount; each value is validated here, and the next step follows
from what is still missing. Nothing is done before the caller has agreed to what was read back.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Self

from shared.core.agent import Slot, SlotKind, Task
from shared.core.certainty import certainty
from shared.core.checkout import Checkout
from shared.core.events import HeardWord, JsonValue
from shared.core.lines import Line, filled
from shared.core.slots import Accepted, accept, narrowed, say, say_to_check, yes_or_no
from shared.core.steps import Ask, Check, Fetch, Run, Settle, Step

CONFIRMATION = "confirmed"
"""The name under which the caller's agreement is waited for, and the model passes it on."""
CHECKED = "checked"
"""The same, for a single value that was heard badly."""
CANCELLED = "cancelled"
"""The name under which the model passes on that the caller does not want this any more."""
SECRETS = "secrets"
"""The name under which a snapshot has the values of secret slots."""
WORTH_CHECKING = 0.5
"""Of the certainty a slot asks for: below it a value is more likely wrong than right, and reading it back a waste."""
OPTIONS_SAID = 3
"""More than three at once is more than an ear keeps."""


@dataclass(slots=True)
class Progress:
    """Where one task stands. Values are canonical; `proposed` are words not yet checked against the options."""

    task: Task
    values: dict[str, str] = field(default_factory=dict)
    proposed: dict[str, str] = field(default_factory=dict)
    options: dict[str, tuple[str, ...]] = field(default_factory=dict)
    preferred: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """The options left when the caller named a part of the day."""
    waiting_for: str | None = None
    confirmed: bool = False
    rejected: str | None = None
    unsure: str | None = None
    """The slot whose words in the last utterance were heard badly."""
    checking: str | None = None
    """The slot whose value the caller is asked to agree to, because it was heard badly."""
    doubted: set[str] = field(default_factory=set)
    """Slots that were asked again because their words were heard badly; a second time the value is read back."""
    tries: int = 0
    """How often in a row the slot waited for was asked."""
    refused: int = 0
    """How often the tool said no."""
    checkout: Checkout | None = None
    """What is to be paid, once that is known."""

    def fork(self) -> Self:
        """The same, to be changed apart."""
        return replace(
            self,
            values=dict(self.values),
            proposed=dict(self.proposed),
            options=dict(self.options),
            preferred=dict(self.preferred),
            doubted=set(self.doubted),
            checkout=self.checkout and self.checkout.fork(),
        )

    def snapshot(self) -> dict[str, JsonValue]:
        """Where the task stands, as JSON values. What is not for people is apart, under SECRETS."""
        return {
            "task": self.task.name,
            "values": {name: value for name, value in self.values.items() if not self.is_secret(name)},
            SECRETS: {name: value for name, value in self.values.items() if self.is_secret(name)},
            "proposed": dict(self.proposed),
            "options": {slot: list(values) for slot, values in self.options.items()},
            "preferred": {slot: list(values) for slot, values in self.preferred.items()},
            "waiting_for": self.waiting_for,
            "rejected": self.rejected,
            "unsure": self.unsure,
            "checking": self.checking,
            "doubted": sorted(self.doubted),
            "tries": self.tries,
            "refused": self.refused,
            "checkout": None if self.checkout is None else self.checkout.snapshot(),
        }

    @classmethod
    def restore(cls, task: Task, kept: Mapping[str, JsonValue], today: date) -> Self:
        """Take up a snapshot; its values are validated again. An agreement that was not acted on is asked for anew."""
        progress = cls(task)
        said = (_texts(kept.get(name)) for name in ("proposed", "values", SECRETS))
        progress.fill({slot: value for texts in said for slot, value in texts.items()}, today)
        for slot, listed in _lists(kept.get("options")).items():
            progress.offer(slot, listed, today)
        progress.preferred = {slot: tuple(listed) for slot, listed in _lists(kept.get("preferred")).items()}
        names = (kept.get(name) for name in ("waiting_for", "rejected", "unsure"))
        progress.waiting_for, progress.rejected, progress.unsure = (str(name) if name else None for name in names)
        checking, doubted = kept.get("checking"), kept.get("doubted")
        progress.checking = str(checking) if checking in progress.values else None
        progress.doubted = {str(slot) for slot in doubted} if isinstance(doubted, list) else set()
        progress.tries, progress.refused = (_count(kept.get(name)) for name in ("tries", "refused"))
        progress.checkout = Checkout.restore(kept.get("checkout")) if task.pay else None
        return progress

    def fill(self, arguments: Mapping[str, JsonValue], today: date, words: Sequence[HeardWord] = ()) -> None:
        """Take over what the caller said; a value that will not do is asked again, a changed one read back again.

        `words` are the utterance's, with their confidence: a slot says how sure it has to be (S6). A value of which
        we are less sure is read back, one of which we know next to nothing asked again, once.
        """
        changed = False
        self.rejected = self.unsure = None
        for slot in self.task.slots:
            said = arguments.get(slot.name)
            if not isinstance(said, str | int | float) or not str(said).strip():
                continue
            sure = certainty(words, str(said))
            if sure < slot.sure_from * WORTH_CHECKING and slot.name not in self.doubted:
                self.doubted.add(slot.name)
                self.unsure = slot.name
                continue
            changed |= self._propose(slot, str(said), today)
            if slot.name in self.values:
                self.checking = slot.name if sure < slot.sure_from else None
        agreed = arguments.get(CONFIRMATION)
        if isinstance(agreed, str):
            agreed = yes_or_no(agreed, self.task.speaks)
        if changed:
            self.waiting_for = self.checkout = None
        elif isinstance(agreed, bool) and self.waiting_for in (CONFIRMATION, CHECKED):
            self.agree(agreed)

    def agree(self, agreed: bool) -> None:
        """The caller's answer to what was read back."""
        if self.checking is not None:
            name, self.checking = self.checking, None
            self.doubted.add(name)
            if not agreed:
                self._forget(name)
                self.rejected = self.waiting_for = name
            return
        if self.checkout is not None:
            self.checkout.agreed = agreed
            return
        self.confirmed = agreed
        self.rejected = None if agreed else CONFIRMATION

    def offer(self, slot_name: str, options: Sequence[str], today: date) -> None:
        """The values possible for a slot are known; what the caller proposed is checked against them."""
        self.options[slot_name] = tuple(options)
        slot = self.slot(slot_name)
        said = self.proposed.pop(slot_name, None)
        if slot is not None and said is not None and options:
            self._propose(slot, said, today)

    def ask_anew(self, slot_names: Sequence[str]) -> None:
        """Forget these slots, and the options that depended on them."""
        for name in slot_names:
            self._forget(name)
        self.confirmed = False

    def next(self) -> Step:
        """What has to happen now."""
        if self.checking is not None and self.checking not in self.values:
            self.checking = None
        if self.checking is not None:
            self.tries = self.tries + 1 if self.waiting_for == CHECKED else 0
            self.waiting_for = CHECKED
            return self.check()
        if self.checkout is not None:
            return self._settle(self.checkout)
        missing = self._missing()
        if missing is not None and missing.options_from is not None and missing.name not in self.options:
            before = self.task.slots[: self.task.slots.index(missing)]
            known = {**self.task.given, **{slot.name: self.values[slot.name] for slot in before}}
            return Fetch(missing.name, missing.options_from, known)
        if missing is None and (self.task.confirm is None or self.confirmed):
            self.waiting_for = None
            return Run(self.task.run, {**self.values, **self.task.given})
        name = CONFIRMATION if missing is None else missing.name
        self.tries = self.tries + 1 if self.waiting_for == name else 0
        self.waiting_for = name
        return Ask(name, self._line(missing, again=self.rejected == name or (self.tries > 0 and self.unsure != name)))

    def _settle(self, checkout: Checkout) -> Ask | Settle:
        """The caller's answer about paying, or the question for it."""
        assert self.task.pay is not None
        if checkout.agreed is not None:
            agreed, checkout.agreed, self.waiting_for = checkout.agreed, None, None
            return Settle(agreed)
        self.tries = self.tries + 1 if self.waiting_for == CONFIRMATION else 0
        self.waiting_for = CONFIRMATION
        return Ask(CONFIRMATION, checkout.question(self.task.pay, self.task.speaks, self.spoken()))

    def check(self) -> Check:
        """The value that is read back by itself."""
        slot = self.slot(self.checking)
        assert slot is not None
        return Check(slot.name, say_to_check(slot.kind, self.values[slot.name], self.task.speaks))

    def question(self) -> Line | None:
        """The question now open, as it was first asked; None while a single value is checked."""
        if self.waiting_for in (None, CHECKED):
            return None
        return self._line(self.slot(self.waiting_for), again=False)

    @property
    def offered(self) -> tuple[str, ...]:
        """The values named aloud for the slot waited for: at most three, from early to late."""
        slot = self.slot(self.waiting_for)
        if slot is None:
            return ()
        return _spread(self.preferred.get(slot.name) or self.options.get(slot.name) or tuple(slot.choices))

    def spoken(self) -> dict[str, str]:
        """The values as they are said, with what is offered for the slot waited for."""
        language, known = self.task.speaks, [slot for slot in self.task.slots if slot.name in self.values]
        spoken = {**self.task.said}
        spoken |= {slot.name: say(slot.kind, self.values[slot.name], language) for slot in known}
        slot = self.slot(self.waiting_for)
        if slot is not None and self.offered:
            spoken["options"] = language.listing([say(slot.kind, value, language) for value in self.offered])
        return spoken

    def slot(self, name: str | None) -> Slot | None:
        return next((slot for slot in self.task.slots if slot.name == name), None)

    def is_secret(self, name: str) -> bool:
        slot = self.slot(name)
        return slot is not None and slot.secret

    @property
    def expecting(self) -> SlotKind | None:
        """The kind of answer now waited for."""
        if self.waiting_for in (CONFIRMATION, CHECKED):
            return SlotKind.YES_NO
        slot = self.slot(self.waiting_for)
        return None if slot is None else slot.kind

    def _missing(self) -> Slot | None:
        return next((slot for slot in self.task.slots if slot.name not in self.values), None)

    def _line(self, slot: Slot | None, *, again: bool) -> Line:
        if self.checkout is not None and self.task.pay is not None:
            return self.checkout.question(self.task.pay, self.task.speaks, self.spoken())
        if slot is None:
            return filled(self.task.confirm or "", self.spoken())
        return filled(slot.ask_again if again and slot.ask_again else slot.ask, self.spoken())

    def _propose(self, slot: Slot, said: str, today: date) -> bool:
        if slot.options_from is not None and slot.name not in self.options:
            self.proposed[slot.name] = said
            return True
        heard = accept(
            slot,
            said,
            language=self.task.speaks,
            today=today,
            options=self.options.get(slot.name, ()),
            offered=self.offered,
        )
        if not isinstance(heard, Accepted):
            self.preferred[slot.name] = narrowed(slot.kind, said, self.task.speaks, self.options.get(slot.name, ()))
            self.rejected = None if self.preferred[slot.name] else slot.name
            if not self.rejected:
                return True
            if slot.name in self.values and self.waiting_for == slot.name:
                del self.values[slot.name]
            return False
        if self.values.get(slot.name) == heard.value:
            return False
        self._forget_later(slot)
        self.values[slot.name] = heard.value
        self.confirmed = False
        return True

    def _forget(self, name: str) -> None:
        self.values.pop(name, None)
        self.proposed.pop(name, None)
        slot = self.slot(name)
        if slot is not None:
            self.options.pop(name, None)
            self.preferred.pop(name, None)
            self._forget_later(slot)

    def _forget_later(self, changed: Slot) -> None:
        """Options depend on the slots before them: when one changes, they are listed anew and the choice re-checked."""
        later = self.task.slots[self.task.slots.index(changed) + 1 :]
        for slot in later:
            if slot.options_from is not None:
                self.options.pop(slot.name, None)
                self.preferred.pop(slot.name, None)
                kept = self.values.pop(slot.name, None)
                if kept is not None:
                    self.proposed[slot.name] = kept


def _spread(options: Sequence[str]) -> tuple[str, ...]:
    """A few of the options, from early to late."""
    if len(options) <= OPTIONS_SAID:
        return tuple(options)
    return tuple(options[round(i * (len(options) - 1) / (OPTIONS_SAID - 1))] for i in range(OPTIONS_SAID))


def _count(kept: object) -> int:
    return int(kept) if isinstance(kept, int | float) else 0


def _texts(kept: object) -> dict[str, str]:
    return {str(slot): str(value) for slot, value in kept.items()} if isinstance(kept, Mapping) else {}


def _lists(kept: object) -> dict[str, list[str]]:
    if not isinstance(kept, Mapping):
        return {}
    return {str(slot): [str(value) for value in listed] for slot, listed in kept.items() if isinstance(listed, list)}
