"""One step of a chain's execution. Each may be done again: the rows say what has been done."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from shared.core.attempt import AttemptKey
from shared.ports import EventBus, FollowUps
from shared.ports.executions import Executions
from shared.ports.messages import Messages
from shared.ports.outbound import Outbound
from shared.usecases.chain import NoSuchChain, Outreach, StepDocument, keep_token
from shared.usecases.chain_call import Orders, call
from shared.usecases.chain_decide import decide
from shared.usecases.chain_finish import finish
from shared.usecases.chain_reconcile import reconcile
from shared.usecases.chain_text import send

LONGEST_S: Final = 86_400
"""After a day of waiting it looks for itself, so that a wake-up that was lost costs a day at most."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Steps:
    """What steps are done with."""

    outreach: Outreach
    bus: EventBus
    follow_ups: FollowUps
    outbound: Outbound
    orders: Orders
    messages: Messages
    text_status_url: str
    executions: Executions


def step(deps: Steps, event: Mapping[str, Any]) -> StepDocument:
    """Do one step of an execution; `event` is as in `cdk/chain.asl.json`. Raises ProviderError, and is then retried."""
    given: Mapping[str, Any] = event["given"]
    name, chain_id = str(event["step"]), str(given["chain"])
    try:
        next_step = _do(deps, name, chain_id, given, str(event.get("token", "")))
    except NoSuchChain:
        log.warning("chain_gone", extra={"kind": name})
        return {"chain": chain_id, "do": "over"}
    return _bounded(next_step)


def _do(deps: Steps, name: str, chain_id: str, given: Mapping[str, Any], token: str) -> StepDocument:
    match name:
        case "decide":
            return decide(deps.outreach, deps.bus, chain_id)
        case "wait":
            return _waiting(deps, given, token)
        case "call":
            called = call(deps.outreach, deps.outbound, deps.orders, AttemptKey.read(given["attempt"]))
            if not called.get("calling"):  # it has to wait for something else than the outcome, and not as long
                deps.executions.wake(token)
                return called
            return _waiting(deps, called, token)
        case "text":
            return send(deps.outreach, deps.messages, chain_id, given["text"], status_url=deps.text_status_url)
        case "reconcile":
            return reconcile(deps.outreach, deps.outbound, AttemptKey.read(given["attempt"]))
        case "finish":
            finish(deps.outreach, deps.bus, deps.follow_ups, chain_id)
            return {"chain": chain_id, "do": "over"}
        case _:
            raise ValueError(f"there is no step {name}")


def _waiting(deps: Steps, next_step: Mapping[str, Any], token: str) -> StepDocument:
    """Leave the token where whoever changes the chain finds it; go on at once if there is nothing to wait for."""
    if next_step["do"] != "wait" or not _kept(deps.outreach, next_step, token):
        deps.executions.wake(token)
    return dict(next_step)


def _kept(outreach: Outreach, next_step: Mapping[str, Any], token: str) -> bool:
    until = outreach.now() + timedelta(seconds=min(next_step["wait_s"], LONGEST_S))
    return keep_token(outreach, next_step["chain"], token, version=next_step["version"], until=until)


def _bounded(next_step: StepDocument) -> StepDocument:
    """Step Functions takes whole seconds, from 1."""
    if next_step["do"] == "wait" and isinstance(wait_s := next_step["wait_s"], int):
        return {**next_step, "wait_s": min(max(wait_s, 1), LONGEST_S)}
    return next_step
