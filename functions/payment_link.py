"""Stripe's webhook: what became of the pages that callers were sent a link to."""

import asyncio
import json
from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from functions.dependencies import Dependencies
from functions.webhook import Refusal, body_of, refuse
from shared.usecases.payment_link import stripe_says
from shared.wire import stripe_signature

PATH = "/stripe/events"
PAID = "/paid"
"""Where the payer's browser ends."""


def stripe_events(deps: Dependencies) -> Callable[[Request], Awaitable[Response]]:
    """Take an event that Stripe signed; others are refused. What is about no payment of ours is taken, too."""

    async def serve(request: Request) -> Response:
        try:
            body = await body_of(request)
            given = request.headers.getlist(stripe_signature.HEADER)
            secret = deps.stripe_secret
            signed = secret and len(given) == 1
            if not (signed and stripe_signature.is_valid(secret, body, given[0], deps.now().timestamp())):
                raise Refusal(400, "forged")
            event = json.loads(body)
        except Refusal as refusal:
            return refuse(PATH, refusal)
        except ValueError:
            return refuse(PATH, Refusal(400, "json"))
        if isinstance(event, dict):
            await asyncio.to_thread(stripe_says, deps.cashier, event)
        return PlainTextResponse("")

    return serve


async def paid(request: Request) -> Response:
    """To somebody who has paid."""
    return PlainTextResponse("Thank you for your payment. You can close this page.")
