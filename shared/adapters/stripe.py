"""PaymentLinks over Stripe Checkout: a page of Stripe's at which one sum is paid, once.

`POST /v1/checkout/sessions` with an Idempotency-Key, which makes a repeat the same session (kept for 24 hours at
least). Sources: Stripe's API reference, "Create a Checkout Session" and "Idempotent requests".
"""

import http.client
import json
from typing import Final
from urllib.parse import urlencode, urlsplit

from shared.ports import Refused, Throttled, Unavailable
from shared.ports.payments import LinkOrder

API_URL: Final = "https://api.stripe.com"
TIMEOUT_S: Final = 2.5
"""Of one step: the caller hears nothing meanwhile."""
PAYMENT: Final = "payment"
"""Under this name Stripe's metadata hold the payment's id."""


class StripeCheckout:
    """`api_key` is a secret or restricted one (`sk_...`, `rk_...`); `url` another address than Stripe's. Blocks."""

    def __init__(self, api_key: str, *, url: str = API_URL) -> None:
        self._api_key = api_key
        parts = urlsplit(url)
        self._secure, self._host, self._path = parts.scheme == "https", parts.netloc, parts.path.rstrip("/")

    def create(self, order: LinkOrder) -> str:
        form = {
            "mode": "payment",
            "client_reference_id": order.payment_id,
            f"metadata[{PAYMENT}]": order.payment_id,
            f"payment_intent_data[metadata][{PAYMENT}]": order.payment_id,
            "line_items[0][quantity]": "1",
            "line_items[0][price_data][currency]": order.amount.currency,
            "line_items[0][price_data][unit_amount]": str(order.amount.minor),
            "line_items[0][price_data][product_data][name]": order.description,
            "success_url": order.success_url,
        }
        headers = {
            "Authorization": f"Bearer {self._api_key}",
            "Content-Type": "application/x-www-form-urlencoded",
            "Idempotency-Key": order.payment_id,
        }
        connect = http.client.HTTPSConnection if self._secure else http.client.HTTPConnection
        connection = connect(self._host, timeout=TIMEOUT_S)
        try:
            connection.request("POST", f"{self._path}/v1/checkout/sessions", urlencode(form), headers)
            response = connection.getresponse()
            answer = json.loads(response.read())
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise Unavailable(f"Stripe does not answer: {type(error).__name__}") from None
        finally:
            connection.close()
        if response.status == 429:
            raise Throttled("Stripe: 429")
        if response.status >= 400:
            raise (Unavailable if response.status >= 500 else Refused)(f"Stripe: {response.status}")
        page = answer.get("url") if isinstance(answer, dict) else None
        if not isinstance(page, str) or not page.startswith("https://"):
            raise Unavailable("Stripe answers without the address of the page")
        return page
