"""What the service is told of its agents."""

from dataclasses import replace

from streaming.wiring import with_siblings
from tests.agents import SMALL


def test_s9_an_agents_other_languages_are_known_and_one_with_a_line_of_its_own_is_itself() -> None:
    english, hindi = replace(SMALL, file="desk"), replace(SMALL, file="desk_hi", language="hi-IN")
    both = replace(english, siblings=(hindi,))
    own = replace(hindi, siblings=(english,))

    assert with_siblings({"desk": both}) == {"desk_hi": hindi, "desk": both}
    assert with_siblings({"desk": both, "desk_hi": own}) == {"desk": both, "desk_hi": own}
