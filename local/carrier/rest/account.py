"""The account itself: what it is, what it still has to spend, and the profiles it was approved for."""

from datetime import UTC, datetime
from email.utils import format_datetime

from aiohttp import web

from local.carrier.exchange import Exchange
from local.carrier.record import API_VERSION
from local.carrier.rest.lists import meta_page


class AccountApi:
    """Handlers; the credentials, and the account if the path names one, have been checked."""

    def __init__(self, exchange: Exchange) -> None:
        self._account = exchange.account
        self._plant = exchange.plant

    async def fetch(self, request: web.Request) -> web.Response:
        sid, created = self._plant.account_sid, format_datetime(self._account.created)
        uri = f"/{API_VERSION}/Accounts/{sid}"
        return web.json_response(
            {
                "sid": sid,
                "owner_account_sid": sid,
                "friendly_name": "Switchboard",
                "status": self._account.status,
                "type": self._account.kind,
                "auth_token": self._plant.auth_token,
                "date_created": created,
                "date_updated": created,
                "uri": f"{uri}.json",
                "subresource_uris": {"balance": f"{uri}/Balance.json", "calls": f"{uri}/Calls.json"},
            }
        )

    async def balance(self, request: web.Request) -> web.Response:
        return web.json_response(
            {"account_sid": self._plant.account_sid, "balance": self._account.balance, "currency": "USD"}
        )

    async def profiles(self, request: web.Request) -> web.Response:
        """Trust Hub's customer profiles, all of them approved."""
        status = request.query.get("Status", "twilio-approved")
        wanted = self._account.profiles if status == "twilio-approved" else {}
        now = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
        results: list[dict[str, object]] = [
            {
                "sid": sid,
                "account_sid": self._plant.account_sid,
                "policy_sid": policy,
                "friendly_name": "Company",
                "status": "twilio-approved",
                "email": "owner@example.test",
                "status_callback": None,
                "valid_until": None,
                "date_created": now,
                "date_updated": now,
                "url": f"{self._plant.api_url}/v1/CustomerProfiles/{sid}",
                "links": {},
                "errors": None,
            }
            for sid, policy in wanted.items()
        ]
        return meta_page(request, "results", results)
