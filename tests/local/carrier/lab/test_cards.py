"""The account's Pay Connectors, as an operator sets them."""

import aiohttp

from tests.local.carrier.office import Telephony


async def test_the_lab_sets_a_connector_and_shows_what_it_charged(line: Telephony, lab: aiohttp.ClientSession) -> None:
    async with lab.put("/lab/connectors/main", json={"answers": "decline"}) as reply:
        assert reply.status == 204
    assert line.carrier.exchange.plant.gateways.connectors["main"].answers == "decline"
    async with lab.put("/lab/connectors/main", json={"answers": "maybe"}) as reply:
        assert reply.status == 422
    async with lab.get("/lab/connectors/main") as reply:
        assert await reply.json() == {"charges": []}
