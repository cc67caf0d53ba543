"""Calls in progress: the record that streaming writes, and what webhooks and the queue of finished calls make of it."""

import json
from collections.abc import Callable, Mapping
from functools import partial
from typing import Final

from functions.finished_calls import Publisher, publish
from rehearsal.sweep.clock import Clock
from rehearsal.sweep.company import LINE
from rehearsal.sweep.effects import Effects
from rehearsal.sweep.rows import Stores
from shared.core.attempt import Assignment, AttemptKey
from shared.core.call_status import CallStatus
from shared.core.rules.person import OptOut
from shared.core.ways_out import OPT_OUT
from shared.ports import EventBus, LogEntry, NewCall, Unavailable
from shared.usecases.answer_outbound import Outgoing
from shared.usecases.end_outbound import end_outbound
from tests.fakes import FakeCallStore
from tests.payments import FakePayments

CALLBACK_TRIES: Final = 3
"""Of a status callback (`#rc=3` in its URL)."""
QUEUE_TRIES: Final = 40
PUBLISHED_S: Final = 60.0
"""After its end a call is published."""

type Deliver = Callable[[Callable[[], object], int], None]
"""Have this message handled, more than once, each copy with so many tries."""


class Talks:
    """What comes of calls that were picked up, and of those that were not."""

    def __init__(self, clock: Clock, effects: Effects, stores: Stores, bus: EventBus, deliver: Deliver) -> None:
        self._clock, self._stores, self._deliver = clock, stores, deliver
        self._record = FakeCallStore()
        self._calls = effects.of(self._record, "calls")
        outgoing = self._outgoing = Outgoing(stores.attempts, stores.ledger)
        self._publisher = Publisher(
            store=self._calls,
            bus=bus,
            transcript=lambda sid: {},
            now=clock.now,
            payments=FakePayments(),
            outgoing=outgoing,
            chains=stores.chains,
        )

    def picked_up(self, key: AttemptKey, sid: str, number: str) -> None:
        """The webhook that answers."""
        self._deliver(partial(self._answer, key, sid, number), CALLBACK_TRIES)

    def says(self, sid: str, kind: str, **data: str) -> bool:
        """The streaming service writes down what was found out; False for a call that nobody answered."""
        if self._record.get(sid) is None:
            return False
        return self._record.append(sid, [LogEntry(f"said-{kind}", kind, self._clock.now(), data)])

    def opts_out(self, sid: str, number: str) -> bool:
        """And has it on file at once, once; False for a call that nobody answered."""
        if not self.says(sid, OPT_OUT, by="said"):
            return False
        said = OptOut(self._clock.now(), "said", sid)
        self._deliver(lambda: self._stores.ledger.opt_out(number, said), 1)
        return True

    def over(self, key: AttemptKey, sid: str, status: CallStatus, talked_s: int) -> None:
        """The carrier's last status; a call that has a record is published."""
        ended = partial(self._ended, key, sid, status, talked_s)
        self._deliver(ended, CALLBACK_TRIES)
        if self._record.finish(sid, str(status), self._clock.now()):
            self._record.advance_status(sid, status, self._clock.now())
            self._clock.after(
                PUBLISHED_S, partial(self._deliver, partial(self._publish, {"call_sid": sid}), QUEUE_TRIES)
            )

    def _answer(self, key: AttemptKey, sid: str, number: str) -> None:
        now = self._clock.now()
        if not self._stores.attempts.placed(key, sid):
            return
        call = NewCall(sid, "AC1", number, LINE, "reminder", now, "hash", now, assignment=Assignment(str(key)))
        self._calls.create(call)

    def _ended(self, key: AttemptKey, sid: str, status: CallStatus, talked_s: int) -> None:
        if self._stores.attempts.placed(key, sid):
            end_outbound(self._calls, self._outgoing, key, sid, status, self._clock.now(), talked_s=talked_s)

    def on_file(self, number: str) -> None:
        """The table's stream brings that somebody has opted out."""
        self._deliver(partial(self._publish, {"opted_out": number}), QUEUE_TRIES)

    def _publish(self, work: Mapping[str, str]) -> None:
        message = {
            "messageId": "1",
            "body": json.dumps(work),
            "attributes": {"ApproximateReceiveCount": "1"},
        }
        if publish(self._publisher, {"Records": [message]})["batchItemFailures"]:
            raise Unavailable("the queue delivers it again")
