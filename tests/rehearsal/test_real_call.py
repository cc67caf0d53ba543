from pathlib import Path

from rehearsal.real_call import expected
from rehearsal.scenario import read

SCENARIO = Path(__file__).parents[2] / "scenarios" / "interrupts.yaml"


def test_in_real_time_a_call_is_held_to_what_was_said_and_done_and_not_to_the_machines_clock() -> None:
    scenario = read(SCENARIO)
    assert scenario.expect.heard_gap_ms is not None

    judged = expected(scenario)
    assert judged.heard_gap_ms is None
    assert judged == scenario.expect.model_copy(update={"heard_gap_ms": None, "caller_heard_as": None})
