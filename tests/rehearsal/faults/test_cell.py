import pytest

from rehearsal.faults.cell import LONGEST_MOMENT_MS, Outcome, longest_silence, play
from rehearsal.faults.customer import Heard
from rehearsal.faults.trouble import Kind, Party, Phase


def test_a_party_that_is_only_slow_costs_the_caller_nothing_but_time() -> None:
    cell = play(Party.BOOKINGS, Kind.SLOW, Phase.TOOL)
    assert (cell.outcome, cell.bookings, cell.begun, cell.short) == (Outcome.GOAL, 1, True, False)


@pytest.mark.parametrize(("party", "phase"), [(Party.RECOGNITION, Phase.LISTENING), (Party.VOICE, Phase.SPEAKING)])
def test_c3_an_ear_or_a_voice_that_is_lost_costs_the_caller_nothing_but_the_carriers_own(
    party: Party, phase: Phase
) -> None:
    cell = play(party, Kind.DISCONNECTS, phase)
    assert (cell.outcome, cell.bookings, cell.short) == (Outcome.GOAL, 1, False)


def test_a_model_that_breaks_off_ends_in_a_message_to_people() -> None:
    cell = play(Party.MODEL, Kind.DISCONNECTS, Phase.THINKING)
    assert (cell.outcome, cell.bookings, cell.short) == (Outcome.MESSAGE, 0, False)


@pytest.mark.parametrize("kind", [Kind.FAILS, Kind.STALLS])
def test_c3_with_a_second_model_the_caller_gets_what_they_wanted(kind: Kind) -> None:
    cell = play(Party.MODEL, kind, Phase.THINKING, pairs=True)
    assert (cell.outcome, cell.bookings, cell.stood_in_for, cell.short) == (Outcome.GOAL, 1, True, False)


def test_a_table_of_calls_that_is_gone_from_the_start_sends_the_caller_to_the_fallback() -> None:
    cell = play(Party.CALLS, Kind.FAILS, Phase.GREETING)
    assert (cell.outcome, cell.short) == (Outcome.MESSAGE, False)


def test_silence_is_what_neither_side_fills() -> None:
    heard = Heard(loud_ms=[500, 520, 4_000], ended_ms=4_500)
    assert longest_silence(heard) == (3_480, 520)


def test_a_caller_who_was_asked_for_a_moment_waits_a_while() -> None:
    heard = Heard(loud_ms=[500, 8_000], moments_ms=[500], ended_ms=8_100)
    assert longest_silence(heard) == (500, 0)
    late = Heard(loud_ms=[500, 600 + LONGEST_MOMENT_MS], moments_ms=[500], ended_ms=700 + LONGEST_MOMENT_MS)
    assert longest_silence(late)[0] == 500
