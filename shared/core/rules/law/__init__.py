"""The rules themselves, by jurisdiction. docs/rules.md says what is covered, what is not, and how to add one."""

from shared.core.rules.law import house, india, uk, us, us_state_hours, us_state_limits, us_zones
from shared.core.rules.rule import Rule, Rulebook


def _of_states() -> dict[str, tuple[Rule, ...]]:
    by_state: dict[str, tuple[Rule, ...]] = {}
    for rule in (*us_state_hours.RULES, *us_state_limits.RULES):
        state = rule.id.partition(".")[0].upper()
        by_state[state] = (*by_state.get(state, ()), rule)
    return dict(sorted(by_state.items()))


RULEBOOK = Rulebook(
    rules={"*": house.RULES, "US": us.RULES, **_of_states(), "IN": india.RULES, "GB": uk.RULES},
    zones={**us_zones.ZONES, "IN": ("Asia/Kolkata",), "GB": ("Europe/London",)},
)
"""Everything that is known."""
