"""A check that fails or hangs is a finding."""

import threading
from collections.abc import Callable, Iterable, Iterator

from botocore.exceptions import ClientError

from cli.deployed.refusal import Refusal
from cli.doctor.examine import count, examine
from cli.doctor.finding import Check, Finding, Group, State, ok


def check(look: Callable[[], Iterable[Finding]]) -> Check:
    return Check(Group.AWS, "This", look)


def test_the_others_are_told_when_one_hangs() -> None:
    gate = threading.Event()

    def hangs() -> Iterator[Finding]:
        gate.wait(30)
        yield ok("at last")

    try:
        (_, late), (_, well) = examine([check(hangs), check(lambda: [ok("well")])], deadline_s=0.2)
    finally:
        gate.set()

    assert (late[0].state, late[0].told) == (State.WARNING, "This: no answer within 0 s")
    assert well == [ok("well")]


def test_a_refusal_and_aws_errors_become_findings() -> None:
    def refuses() -> list[Finding]:
        raise Refusal("it is not there; put it there")

    def fails() -> list[Finding]:
        raise ClientError({"Error": {"Code": "Throttling", "Message": "slow\ndown"}}, "Look")

    (_, (refused,)), (_, (failed,)) = found = examine([check(refuses), check(fails)])

    assert (refused.state, refused.told, refused.fix) == (State.WRONG, "This: it is not there", "put it there")
    assert (failed.state, failed.told) == (State.WARNING, "This: not looked at: Look: Throttling: slow down")
    assert count(found) == {"wrong": 1, "warning": 1}
