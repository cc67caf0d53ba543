"""The account's Pay Connectors, which Twilio has in its console only, and what they have charged."""

from dataclasses import asdict

from aiohttp import web

from local.carrier.cards import Connector
from local.carrier.exchange import Exchange
from local.carrier.lab.orders import read


class CardsLab:
    """Handlers."""

    def __init__(self, exchange: Exchange) -> None:
        self._gateways = exchange.plant.gateways

    def routes(self) -> list[web.RouteDef]:
        return [
            web.put("/lab/connectors/{name}", self.install),
            web.get("/lab/connectors/{name}", self.show),
        ]

    async def install(self, request: web.Request) -> web.Response:
        self._gateways.connectors[request.match_info["name"]] = await read(request, Connector)
        return web.Response(status=204)

    async def show(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        charges = [asdict(charge) for charge in self._gateways.charges if charge.connector == name]
        return web.json_response({"charges": charges})
