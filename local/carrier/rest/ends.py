"""Who is to be called from which number, and whether the account may."""

from local.carrier.exchange import Exchange
from local.carrier.rest.form import Form, Refused


def ends(form: Form, exchange: Exchange) -> tuple[str, str]:
    """`To` and `From` of an order for a call. Raises Refused."""
    to = form.address("To", 21201, 21211)
    from_ = form.number("From", 21213, 21212)
    if not exchange.owns(from_):
        raise Refused(21210, why="'From' is not a number of this account")
    if code := exchange.refusal(to):
        raise Refused(code)
    most = exchange.account.limits.calls_at_once
    if most is not None and exchange.live >= most:
        raise Refused(10004)
    return to, from_
