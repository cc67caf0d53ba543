"""Who is called when: each at the first minute that is lawful and has a call left in it."""

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from shared.core.rules.decide import decide
from shared.core.rules.law import RULEBOOK
from shared.core.rules.question import Question, Verdict

MINUTE = timedelta(minutes=1)


@dataclass(slots=True)
class Calendar:
    """Minutes are counted from `begins`. `per_minute` is what the line may begin."""

    begins: datetime
    per_minute: int
    calls: Counter[int] = field(default_factory=Counter)
    """By minute."""
    never: Counter[str] = field(default_factory=Counter)
    """Who is never called, by rule."""
    put_off: Counter[str] = field(default_factory=Counter)
    """Who waits, by rule."""
    asked: int = 0
    _full: dict[int, int] = field(default_factory=dict)
    """A minute without a call left: one after it that may have one."""

    def plan(self, question: Question) -> datetime | None:
        """The minute in which they are called; None if never."""
        at = question.now
        while True:
            decision = decide(replace(question, now=at), RULEBOOK)
            self.asked += 1
            if decision.verdict is Verdict.NEVER and decision.decided_by is not None:
                self.never[decision.decided_by.rule] += 1
                return None
            if decision.at is not None and at == question.now and decision.decided_by is not None:
                self.put_off[decision.decided_by.rule] += 1
            lawful = decision.at or at
            minute = self._free(-((self.begins - lawful) // MINUTE))
            planned = self.begins + minute * MINUTE
            if planned == lawful or decide(replace(question, now=planned), RULEBOOK).verdict is Verdict.NOW:
                self._take(minute)
                return planned
            at = planned

    def _free(self, minute: int) -> int:
        """That minute, or the next that has a call left."""
        passed = []
        while minute in self._full:
            passed.append(minute)
            minute = self._full[minute]
        for each in passed:
            self._full[each] = minute
        return minute

    def _take(self, minute: int) -> None:
        self.calls[minute] += 1
        if self.calls[minute] >= self.per_minute:
            self._full[minute] = minute + 1

    def by_hour(self) -> dict[datetime, int]:
        """Calls begun in each hour that has any."""
        hours: Counter[datetime] = Counter()
        for minute, count in self.calls.items():
            hours[(self.begins + minute * MINUTE).replace(minute=0, second=0)] += count
        return dict(sorted(hours.items()))
