"""Where everything stands, each write of which may be struck: rows in memory, or DynamoDB's own behind the adapters."""

import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from botocore.exceptions import EndpointConnectionError

from rehearsal.sweep.effects import Effects
from shared.adapters.dynamodb_campaigns import (
    DynamoDbAttempts,
    DynamoDbChains,
    DynamoDbPace,
    DynamoDbRuns,
    table_spec,
)
from shared.adapters.dynamodb_ledger import DynamoDbLedger
from shared.core.rules.person import Contact, OptOut
from shared.ports.campaigns import AttemptStore, CampaignRuns, ChainStore, LinePace, Running
from shared.ports.ledger import Ledger
from shared.wire.dynamodb_values import decode_row
from tests.campaigns import FakeCampaigns
from tests.ledger import FakeLedger

type Now = Callable[[], datetime]
type MakeStore = Callable[[FakeLedger], FakeCampaigns]

_PERSON, _CONTACT, _OPT_OUT = "person#", "contact#", "opt-out"
_numbers: Final = itertools.count()


@dataclass(frozen=True, slots=True)
class Stores:
    chains: ChainStore
    attempts: AttemptStore
    runs: CampaignRuns
    pace: LinePace
    ledger: Ledger


@dataclass(slots=True)
class Diary:
    """When it was written, for good: that somebody opted out, and each call and text that was claimed."""

    now: Now
    opted_out: dict[str, datetime] = field(default_factory=dict)
    """By number."""
    claimed: dict[tuple[str, str], datetime] = field(default_factory=dict)
    """By number, and the attempt's or text's key."""
    on_file: Callable[[str], object] = lambda number: None
    """The table's stream: told the number of who opted out, once, when that is written."""
    standing: list[tuple[datetime, datetime, Running]] = field(default_factory=list)
    """How the campaign of reminders stood from when to when, as far as that is certain; the last is open."""

    def opts_out(self, number: str) -> None:
        if number not in self.opted_out:
            self.opted_out[number] = self.now()
            self.on_file(number)

    def stands(self, begun: datetime, running: Running) -> None:
        """It does from now on; what stood before did until then."""
        if self.standing:
            since, _, before = self.standing.pop()
            self.standing.append((since, begun, before))
        self.standing.append((self.now(), datetime.max.replace(tzinfo=UTC), running))


@dataclass(frozen=True, slots=True)
class Rows:
    """`struck` for the product, `plain` for whoever looks on."""

    struck: Stores
    plain: Stores
    diary: Diary


type MakeRows = Callable[[Effects, Now], Rows]


def in_memory(effects: Effects, now: Now, make_store: MakeStore = FakeCampaigns) -> Rows:
    """Every method of a store is an effect."""
    diary = Diary(now)
    ledger = _Dated(diary)
    store = make_store(ledger)
    watched = effects.of(store, "rows")
    struck = Stores(watched, watched, watched, watched, effects.of(ledger, "ledger"))
    return Rows(struck, Stores(store, store, store, store, ledger), diary)


def in_dynamodb(client: Any, effects: Effects, now: Now) -> Rows:
    """Every request of the adapters is an effect. `client` is boto3's."""
    table = f"campaigns-{next(_numbers)}"
    client.create_table(**table_spec(table))
    diary = Diary(now)
    return Rows(_stores(_Client(client, effects, diary), table), _stores(client, table), diary)


def _stores(client: Any, table: str) -> Stores:
    at = (client, table)
    return Stores(DynamoDbChains(*at), DynamoDbAttempts(*at), DynamoDbRuns(*at), DynamoDbPace(*at), DynamoDbLedger(*at))


class _Dated(FakeLedger):
    def __init__(self, diary: Diary) -> None:
        super().__init__()
        self._diary = diary

    def opt_out(self, number: str, opt_out: OptOut) -> bool:
        self._diary.opts_out(number)
        return super().opt_out(number, opt_out)

    def add_contact(self, number: str, key: str, contact: Contact) -> bool:
        self._diary.claimed.setdefault((number, key), self._diary.now())
        return super().add_contact(number, key, contact)


class _Client:
    """boto3's client, each of whose requests is an effect that may fail as the network does."""

    def __init__(self, client: Any, effects: Effects, diary: Diary) -> None:
        self._client, self._effects, self._diary = client, effects, diary

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._client, name)

        def request(*args: Any, **fields: Any) -> Any:
            def done() -> Any:
                answer = method(*args, **fields)
                self._note(fields.get("TransactItems") or [{"Put": fields}])
                return answer

            return self._effects.do(f"dynamodb.{name}", done, _unreachable)

        return request

    def _note(self, changes: list[Mapping[str, Any]]) -> None:
        for change in changes:
            row = decode_row(change.get("Put", {}).get("Item", {}))
            number, sk = str(row.get("pk", "")).removeprefix(_PERSON), str(row.get("sk", ""))
            if sk == _OPT_OUT:
                self._diary.opts_out(number)
            elif sk.startswith(_CONTACT):
                self._diary.claimed.setdefault((number, sk.removeprefix(_CONTACT)), self._diary.now())


def _unreachable() -> Exception:
    error: Exception = EndpointConnectionError(endpoint_url="https://dynamodb.test")
    return error
