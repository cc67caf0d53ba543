"""What an operator lets an account do, and what goes wrong for it."""

import aiohttp
import pytest

from local.carrier.limits import Limits
from local.carrier.trouble import LineTrouble, OrderTrouble
from tests.local.carrier.office import Telephony


async def test_limits_are_set_one_by_one(line: Telephony, lab: aiohttp.ClientSession) -> None:
    for order in ({"calls_per_second": 5, "refused": {"+91": 21215}}, {"calls_at_once": 2}):
        async with lab.put("/lab/limits", json=order) as answer:
            assert answer.status == 204
    assert line.carrier.exchange.account.limits == Limits(calls_per_second=5, calls_at_once=2, refused={"+91": 21215})
    async with lab.put("/lab/limits", json={"calls_per_second": None}) as answer:
        assert answer.status == 204
    assert line.carrier.exchange.account.limits.calls_per_second is None


async def test_the_longest_beginning_of_a_number_says_why_it_is_refused() -> None:
    limits = Limits(refused={"+1": 21215, "+1900": 21216})
    assert [limits.refusal(number) for number in ("+19005550100", "+14155550100", "+919812345678")] == [
        21216,
        21215,
        None,
    ]


async def test_trouble_comes_as_ordered_until_it_is_mended(line: Telephony, lab: aiohttp.ClientSession) -> None:
    order = {
        "orders": [{"what": "calls", "answer": "silence", "carried_out": True}],
        "lines": [{"times": 2}],
        "callbacks": [{"fate": "twice", "purpose": "amd"}],
    }
    troubles = line.carrier.exchange.plant.troubles
    async with lab.post("/lab/troubles", json=order) as answer:
        assert answer.status == 204
    assert troubles.orders == [OrderTrouble(what="calls", answer="silence", carried_out=True)]
    assert troubles.lines == [LineTrouble(times=2)]
    assert (troubles.callback("status"), troubles.order("messages")) == (None, None)
    assert [troubles.line() for _ in range(3)] == [503, 503, None]
    async with lab.delete("/lab/troubles") as answer:
        assert answer.status == 204
    assert (troubles.order("calls"), troubles.callback("amd")) == (None, None)


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PUT", "limits", {"calls_per_second": 0}),
        ("PUT", "limits", {"refused": {"91": 21215}}),
        ("POST", "troubles", {"lines": [{"times": 0}]}),
        ("POST", "troubles", {"callbacks": [{"fate": "eaten"}]}),
    ],
)
async def test_a_bad_order_is_refused(lab: aiohttp.ClientSession, method: str, path: str, body: object) -> None:
    async with lab.request(method, f"/lab/{path}", json=body) as answer:
        assert answer.status == 422
