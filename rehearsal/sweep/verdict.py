"""What was promised, and whether it was kept."""

import itertools
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rehearsal.sweep.carrier import Ring
from rehearsal.sweep.company import CAMPAIGNS, REMINDER, Bus, Told
from rehearsal.sweep.rows import Diary, Stores
from shared.core.attempt import Disposition
from shared.core.occasion import Occasion, Tells
from shared.ports.campaigns import Running
from shared.ports.messages import TextMessage
from shared.usecases.chain_finish import ATTEMPT_COMPLETED, CHAIN_COMPLETED
from shared.usecases.opt_out import OPT_OUT_RECORDED

_NEVER_RANG = frozenset({Disposition.NOT_DIALLED, Disposition.UNREACHABLE})


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that was seen of one run."""

    told: Sequence[Told]
    rings: Sequence[Ring]
    texts: Sequence[TextMessage]
    said_stop: set[str]
    bus: Bus
    stores: Stores
    diary: Diary

    @property
    def occasions(self) -> list[Occasion]:
        return [Occasion.read(told.kind, told.detail, told.at) for told in self.told]

    @property
    def numbers(self) -> set[str]:
        return {occasion.number for occasion in self.occasions if occasion.number}


def shortcomings(seen: Evidence) -> tuple[str, ...]:
    """What was promised and not kept; nothing, if all is well."""
    return tuple(
        itertools.chain(_rings(seen), _results(seen), _attempts(seen), _opt_outs(seen), _standing(seen), _texts(seen))
    )


def _rings(seen: Evidence) -> Iterator[str]:
    for key, times in Counter(ring.key for ring in seen.rings).items():
        if times > 1:
            yield f"the telephone rang {times} times for {key}"
    for one, other in itertools.combinations(seen.rings, 2):
        if one.to == other.to and one.at < other.until and other.at < one.until and one.key != other.key:
            yield f"{one.key} and {other.key} rang at once"


def _results(seen: Evidence) -> Iterator[str]:
    """Every event that calls for a chain has one that came to its end and said so."""
    completed = seen.bus.ids(CHAIN_COMPLETED)
    about: set[str] = set()
    for number in seen.numbers:
        for chain_id in seen.stores.chains.chains_of(number):
            kept = seen.stores.chains.chain(chain_id)
            if kept is None or not kept.chain.finished or f"{chain_id}:{CHAIN_COMPLETED}" not in completed:
                yield f"{chain_id} has no recorded end"
            if kept is not None:
                about.add(kept.chain.about)
                calls = kept.chain.attempts - kept.chain.not_dialled
                if calls > CAMPAIGNS[kept.chain.campaign].attempts.most:
                    yield f"{chain_id} made {calls} calls"
    for occasion in seen.occasions:
        if occasion.tells is Tells.BEGINS and occasion.about not in about:
            yield f"{occasion.id} began no chain"


def _attempts(seen: Evidence) -> Iterator[str]:
    told = seen.bus.ids(ATTEMPT_COMPLETED)
    rang = {ring.key for ring in seen.rings}
    for number in seen.numbers:
        for chain_id in seen.stores.chains.chains_of(number):
            for attempt in seen.stores.attempts.attempts(chain_id):
                if attempt.outcome is None or f"{attempt.key}:{ATTEMPT_COMPLETED}" not in told:
                    yield f"{attempt.key} has no recorded outcome"
                elif attempt.outcome.disposition in _NEVER_RANG and attempt.key in rang:
                    yield f"{attempt.key} rang, and counts as {attempt.outcome.disposition}"
    known = {
        attempt.key
        for n in seen.numbers
        for c in seen.stores.chains.chains_of(n)
        for attempt in seen.stores.attempts.attempts(c)
    }
    yield from (f"{key} rang without having been claimed" for key in rang - known)


def _opt_outs(seen: Evidence) -> Iterator[str]:
    recorded = {str(event.detail["called"]) for event in seen.bus.published if event.kind == OPT_OUT_RECORDED}
    for number in seen.said_stop:
        if seen.stores.ledger.person(number).opt_out is None or number not in recorded:
            yield f"the opt-out of {number} was lost"
    for (number, key), at in seen.diary.claimed.items():
        if number in seen.diary.opted_out and at > seen.diary.opted_out[number]:
            yield f"{key} was claimed after the opt-out"


def _standing(seen: Evidence) -> Iterator[str]:
    reminders = {key: at for (_, key), at in seen.diary.claimed.items() if key.startswith(REMINDER)}
    for since, until, running in seen.diary.standing:
        if running is not Running.RUNNING:
            yield from (f"{key} was claimed while {running}" for key, at in reminders.items() if since < at < until)


def _texts(seen: Evidence) -> Iterator[str]:
    """No chain says the same twice, and no two say the same to one person."""
    for (to, body), times in Counter((text.to, text.body) for text in seen.texts).items():
        if times > 1:
            yield f"a text was sent {times} times to {to}: {body}"
