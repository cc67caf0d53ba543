"""What the tables' streams bring: lines of calls are kept in their lists, and every open page is told what is new.

The lists must be right: what cannot be written raises, and Lambda brings the event again. What is new is told once, as
well as can be: a page that missed something reads everything again when it connects.
"""

import json
import logging
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import asdict
from time import monotonic
from typing import Any, assert_never

from functions.desk import shown
from functions.desk.dependencies import Dependencies
from functions.desk.socket import gone
from shared.adapters.dynamodb_desk.connections import Connection
from shared.adapters.dynamodb_desk.people import at_desk
from shared.adapters.dynamodb_desk.stream import (
    CallChanged,
    Change,
    FollowUpChanged,
    FormChanged,
    Logged,
    PersonChanged,
    Reviewed,
    TransferChanged,
    changes,
)
from shared.ports import ProviderError

MOST_BYTES = 96 * 1024
"""Of one message: less than API Gateway takes."""

log = logging.getLogger(__name__)

type News = Mapping[str, Any]


def push(deps: Dependencies, event: Mapping[str, Any], senders: Executor) -> None:
    """Keep and tell what one event of a stream brings. Raises ProviderError when it could not be kept."""
    found = list(changes(event))
    for change in found:
        _keep(deps, change)
    if not found or not (connections := deps.connections.listening()):
        return
    told = [
        (json.dumps(news, ensure_ascii=False), call_sid) for change in found for news, call_sid in _news(deps, change)
    ]
    waiting = [(connection, message) for connection in connections for message in messages(_for(connection, told))]
    began = monotonic()
    list(senders.map(lambda item: _send(deps, *item), waiting))
    if waiting:
        log.info("pages_told", extra={"messages": len(waiting), "duration_ms": round(1_000 * (monotonic() - began))})


def _keep(deps: Dependencies, change: Change) -> None:
    """Keep the lists of calls as they should be."""
    match change:
        case CallChanged(line):
            deps.calls.keep(line)
        case TransferChanged(line):
            deps.transfers.keep(line)
        case Reviewed(call_sid, review) if review.summary:
            deps.calls.confirm(call_sid, review.created_at, review.summary)


def _news(deps: Dependencies, change: Change) -> Iterator[tuple[News, str | None]]:
    """What is told of a change, and the call that one has to watch to be told; None tells everybody."""
    match change:
        case Logged(call_sid, lines):
            kept = [line for line in lines if line["kind"] not in shown.HIDDEN]
            if kept:
                yield {"kind": "lines", "call_sid": call_sid, "lines": kept}, call_sid
        case FormChanged(call_sid, task):
            yield {"kind": "form", "call_sid": call_sid, "task": shown.under_way(task)}, call_sid
        case CallChanged(line):
            yield {"kind": "call", "call": shown.call(line)}, None
        case Reviewed(call_sid, review):
            yield {"kind": "review", "call_sid": call_sid, "review": asdict(review)}, call_sid
        case PersonChanged(row):
            yield {"kind": "person", "person": shown.person(at_desk(row, deps.now()))}, None
        case TransferChanged(line):
            yield {"kind": "transfer", "transfer": asdict(line)}, None
        case FollowUpChanged(follow_up):
            yield {"kind": "follow-up", "follow_up": shown.follow_up(follow_up)}, None
        case _:
            assert_never(change)


def _for(connection: Connection, told: Sequence[tuple[str, str | None]]) -> list[str]:
    return [news for news, call_sid in told if call_sid in (None, connection.watching)]


def messages(news: Sequence[str]) -> Iterator[bytes]:
    """As few messages as hold the news, each JSON, in order."""
    texts, size = list[str](), 0
    for text in news:
        length = len(text.encode())
        if texts and size + length > MOST_BYTES:
            yield _message(texts)
            texts, size = [], 0
        texts.append(text)
        size += length + 1
    if texts:
        yield _message(texts)


def _message(texts: Sequence[str]) -> bytes:
    return f'{{"news":[{",".join(texts)}]}}'.encode()


def _send(deps: Dependencies, connection: Connection, message: bytes) -> None:
    try:
        if not deps.send(connection.id, message):
            gone(deps, connection.id)
    except ProviderError as error:
        log.warning("desk_not_told", extra={"error": type(error).__name__, "bytes": len(message)})
