"""Chains, attempts, lines and campaigns in memory; `tests/adapters/test_campaigns_contract.py` keeps it honest.

The ledger is beside it, as the people's rows are in the same table.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from threading import RLock

from shared.core.attempt import AttemptKey, Disposition, Outcome
from shared.core.campaign_health import Tally
from shared.core.chain import Chain
from shared.core.rules.person import Contact
from shared.ports.campaigns import (
    Attempt,
    Basis,
    Claim,
    Day,
    KeptChain,
    OnThePhone,
    Reference,
    Running,
    SentText,
    Standing,
)
from tests.ledger import FakeLedger


@dataclass
class FakeCampaigns:
    """ChainStore, AttemptStore, CampaignRuns and LinePace; threads may share it."""

    ledger: FakeLedger = field(default_factory=FakeLedger)
    _chains: dict[str, KeptChain] = field(default_factory=dict)
    _of_person: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    _references: dict[str, Reference] = field(default_factory=dict)
    _attempts: dict[AttemptKey, Attempt] = field(default_factory=dict)
    _texts: dict[tuple[str, str], SentText] = field(default_factory=dict)
    _phones: dict[str, OnThePhone] = field(default_factory=dict)
    _standings: dict[str, Standing] = field(default_factory=dict)
    _days: dict[tuple[str, date], Day] = field(default_factory=dict)
    _ended: dict[str, list[tuple[datetime, Tally]]] = field(default_factory=lambda: defaultdict(list))
    _slots: dict[str, datetime] = field(default_factory=dict)
    _lines: dict[str, dict[str, datetime]] = field(default_factory=lambda: defaultdict(dict))
    _lock: RLock = field(default_factory=RLock)

    def claimed(self, attempt: Attempt) -> None:
        """An attempt that was claimed before."""
        self._attempts[attempt.key] = attempt

    # --- ChainStore

    def open_chain(self, chain: Chain, reference: Reference) -> bool:
        with self._lock:
            if chain.id in self._chains or not self.save_reference(reference):
                return False
            self._chains[chain.id] = KeptChain(chain, 1)
            self._of_person[chain.number].insert(0, chain.id)
            return True

    def chain(self, chain_id: str) -> KeptChain | None:
        return self._chains.get(chain_id)

    def save(self, chain: Chain, *, version: int) -> bool:
        with self._lock:
            kept = self._chains.get(chain.id)
            if kept is None or kept.version != version:
                return False
            self._chains[chain.id] = replace(kept, chain=chain, version=version + 1)
            return True

    def touch(self, chain_id: str) -> None:
        with self._lock:
            kept = self._chains.get(chain_id)
            if kept is not None:
                self._chains[chain_id] = replace(kept, version=kept.version + 1)

    def keep_token(self, chain_id: str, token: str, *, version: int, until: datetime | None = None) -> bool:
        with self._lock:
            kept = self._chains.get(chain_id)
            if kept is None or kept.version != version:
                return False
            self._chains[chain_id] = replace(kept, token=token)
            return True

    def chains_of(self, number: str) -> Sequence[str]:
        return tuple(self._of_person.get(number, ()))

    def reference(self, about: str) -> Reference:
        return self._references.get(about, Reference(about))

    def save_reference(self, reference: Reference) -> bool:
        with self._lock:
            if self.reference(reference.about).version != reference.version:
                return False
            self._references[reference.about] = replace(reference, version=reference.version + 1)
            return True

    # --- AttemptStore

    def claim_attempt(self, attempt: Attempt, chain: Chain, contact: Contact, basis: Basis, until: datetime) -> Claim:
        with self._lock:
            phone = self.on_the_phone(attempt.to)
            if attempt.key in self._attempts:
                return Claim.TAKEN
            taken = phone.attempt and phone.until is not None and phone.until > attempt.claimed_at
            refused = self._refused(attempt.campaign, attempt.to, chain.id, basis, attempt.claimed_at)
            used = self.day(attempt.campaign, attempt.claimed_at)
            if refused is None and taken:
                refused = Claim.ON_THE_PHONE
            if refused is None and (used.calls >= basis.calls or used.cents + attempt.cents > basis.cents):
                refused = Claim.CEILING
            if refused is not None:
                return refused
            self._attempts[attempt.key] = attempt
            self._phones[attempt.to] = replace(phone, attempt=str(attempt.key), until=until)
            self._write(chain, attempt.to, str(attempt.key), contact)
            day = replace(used, calls=used.calls + 1, cents=used.cents + attempt.cents)
            self._days[attempt.campaign, attempt.claimed_at.date()] = day
            return Claim.CLAIMED

    def claim_text(self, text: SentText, chain: Chain, contact: Contact, basis: Basis) -> Claim:
        with self._lock:
            if (text.chain, text.name) in self._texts:
                return Claim.TAKEN
            refused = self._refused(text.campaign, text.to, chain.id, basis, text.claimed_at)
            used = self.day(text.campaign, text.claimed_at)
            if refused is None and used.cents + text.cents > basis.cents:
                refused = Claim.CEILING
            if refused is not None:
                return refused
            self._texts[text.chain, text.name] = text
            self._write(chain, text.to, f"{text.chain}.{text.name}", contact)
            day = replace(used, texts=used.texts + 1, cents=used.cents + text.cents)
            self._days[text.campaign, text.claimed_at.date()] = day
            return Claim.CLAIMED

    def attempt(self, key: AttemptKey) -> Attempt | None:
        return self._attempts.get(key)

    def attempts(self, chain_id: str) -> Sequence[Attempt]:
        found = [one for one in self._attempts.values() if one.key.chain == chain_id]
        return sorted(found, key=lambda one: one.key.number)

    def texts(self, chain_id: str) -> Sequence[SentText]:
        return [text for (chain, _), text in self._texts.items() if chain == chain_id]

    def placed(self, key: AttemptKey, call_sid: str) -> bool:
        with self._lock:
            attempt = self._attempts.get(key)
            if attempt is None or attempt.call_sid not in ("", call_sid):
                return False
            self._attempts[key] = replace(attempt, call_sid=call_sid)
            return True

    def ended(self, key: AttemptKey, outcome: Outcome, at: datetime) -> bool:
        with self._lock:
            attempt = self._attempts.get(key)
            if attempt is None or attempt.outcome is not None:
                return False
            self._attempts[key] = replace(attempt, outcome=outcome, ended_at=at, facts={})
            self._ended[attempt.campaign].append((at, Tally.of(outcome)))
            if outcome.disposition is Disposition.NOT_DIALLED:
                self.ledger.drop_contact(attempt.to, str(key))
            if outcome.disposition is Disposition.REACHED:
                self.ledger.mark_talked(attempt.to, str(key))
            self.touch(key.chain)
            return True

    def text_sent(self, chain_id: str, name: str, *, message_sid: str = "", error: str = "") -> None:
        with self._lock:
            text = self._texts[chain_id, name]
            self._texts[chain_id, name] = replace(text, message_sid=message_sid, error=error)

    def on_the_phone(self, number: str) -> OnThePhone:
        return self._phones.get(number, OnThePhone())

    def off_the_phone(self, number: str, key: AttemptKey, at: datetime) -> None:
        with self._lock:
            if self.on_the_phone(number).attempt == str(key):
                self._phones[number] = OnThePhone(last_chain=key.chain, last_at=at)

    # --- CampaignRuns

    def standing(self, campaign: str) -> Standing:
        return self._standings.get(campaign, Standing())

    def set_standing(self, campaign: str, standing: Standing) -> bool:
        with self._lock:
            now = self.standing(campaign).running
            stops_twice = standing.running is Running.STOPPED and now is not Running.RUNNING
            if now is Running.CANCELLED or stops_twice:
                return False
            self._standings[campaign] = standing
            return True

    def day(self, campaign: str, at: datetime) -> Day:
        return self._days.get((campaign, at.date()), Day())

    def tally(self, campaign: str, since: datetime, now: datetime) -> Tally:
        first = since.replace(second=0, microsecond=0)
        return Tally.sum(tally for at, tally in self._ended[campaign] if first <= at <= now)

    # --- LinePace

    def take_slot(self, line: str, now: datetime, *, per_second: float) -> datetime:
        with self._lock:
            slot = max(now, self._slots.get(line, now))
            self._slots[line] = slot + timedelta(seconds=1 / per_second)
            return slot

    def take_line(self, line: str, holder: str, now: datetime, until: datetime, *, concurrent: int) -> bool:
        with self._lock:
            held = {who: end for who, end in self._lines[line].items() if end > now}
            self._lines[line] = held
            if holder not in held and len(held) >= concurrent:
                return False
            held[holder] = until
            return True

    def free_line(self, line: str, holder: str) -> None:
        with self._lock:
            self._lines[line].pop(holder, None)

    def _refused(self, campaign: str, number: str, chain_id: str, basis: Basis, at: datetime) -> Claim | None:
        kept, person = self._chains.get(chain_id), self.ledger.person(number)
        if kept is None or kept.version != basis.version:
            return Claim.CHANGED
        if person.opt_out is not None:
            return Claim.OPTED_OUT
        if person.version != basis.history:
            return Claim.HISTORY
        return None if self.standing(campaign).running is Running.RUNNING else Claim.STOPPED

    def _write(self, chain: Chain, number: str, key: str, contact: Contact) -> None:
        self.ledger.add_contact(number, key, contact)
        kept = self._chains[chain.id]
        self._chains[chain.id] = replace(kept, chain=chain, version=kept.version + 1)
