"""As much of DynamoDB as the streaming service needs of it under load: every write succeeds, every call is there.

Conditions are not evaluated and nothing is kept: the cost of asking is measured, not the table.
"""

from typing import Any

from bench.load import TOKEN
from shared.usecases.stream_token import hash_token

_AT = "2026-01-01T00:00:00.000000+00:00"


def answer(operation: str, request: dict[str, Any]) -> dict[str, Any]:
    """The response body of one operation."""
    if operation == "Query":
        return {"Items": []}
    if operation not in ("GetItem", "UpdateItem"):
        return {}
    row = _row(request["Key"]["pk"]["S"].removeprefix("call#"))
    return {"Item": row} if operation == "GetItem" else {"Attributes": row}


def _row(call_sid: str) -> dict[str, Any]:
    """A call that rings, with its stream accepted for the first time."""
    texts = {
        "account_sid": "AC" + "0" * 32,
        "caller": "+15550100001",
        "called": "+15550100002",
        "agent": "bench",
        "status": "in-progress",
        "created_at": _AT,
        "token_hash": hash_token(TOKEN),
        "token_expires_at": _AT,
        "pk": f"call#{call_sid}",
        "sk": "state",
    }
    return {name: {"S": text} for name, text in texts.items()} | {"streams": {"N": "1"}}
