"""Two people on the telephone, each waiting for the other."""

from collections.abc import Callable, Iterator

import pytest

from cli.handover.people import Actor, Stuck


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def played(said: list[str], *conditions: Callable[[], bool]) -> Iterator[Callable[[], bool]]:
    for number, condition in enumerate(conditions):
        yield condition
        said.append(f"step {number + 1}")


def test_a_step_is_taken_when_what_it_waits_for_has_come_and_one_at_a_time() -> None:
    said, answers = list[str](), {"heard": False}
    actor = Actor("caller", played(said, lambda: answers["heard"], lambda: True), Clock(), 10)
    actor.play()
    assert said == []
    answers["heard"] = True
    actor.play()
    assert (said, actor.done) == (["step 1"], False)
    actor.play()
    assert (said, actor.done) == (["step 1", "step 2"], True)
    actor.play()


def test_who_waits_too_long_is_named_with_their_step() -> None:
    clock = Clock()
    actor = Actor("person", played([], lambda: True, lambda: False), clock, 10)
    clock.now = 11.0
    actor.play()
    clock.now = 21.0
    actor.play()
    clock.now = 21.5
    with pytest.raises(Stuck, match="the person has waited for over 10 s at step 2"):
        actor.play()
