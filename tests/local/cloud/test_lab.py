import pytest
from pydantic import ValidationError

from local.cloud.lab import Fault, Faults, Stats


def test_a_fault_happens_as_often_as_it_was_asked_for() -> None:
    faults = Faults()
    faults.add(Fault(service="polly", kind="throttle", times=2))
    assert faults.take("polly", "throttle")
    assert faults.take("polly", "throttle")
    assert faults.take("polly", "throttle") is None


def test_a_fault_waits_for_its_service_and_its_moment() -> None:
    faults = Faults()
    faults.add(Fault(service="polly", kind="reset"))
    assert faults.take("transcribe", "reset") is None
    assert faults.take("polly", "throttle", "delay") is None
    assert faults.take("polly", "delay", "reset") is not None


def test_faults_can_be_called_off() -> None:
    faults = Faults()
    faults.add(Fault(service="transcribe", kind="deaf", ms=100, times=5))
    faults.clear()
    assert faults.coming() == []


def test_the_laboratory_does_not_keep_faults_without_end() -> None:
    faults = Faults()
    for _ in range(1000):
        faults.add(Fault(service="polly", kind="reset"))
    with pytest.raises(ValueError, match="wait already"):
        faults.add(Fault(service="polly", kind="reset"))


@pytest.mark.parametrize("wrong", [{"kind": "explode"}, {"service": "s3"}, {"ms": -1}, {"times": 0}, {"extra": 1}])
def test_a_fault_that_makes_no_sense_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Fault.model_validate({"service": "polly", "kind": "delay"} | wrong)


def test_measurements_are_summed_up_by_name() -> None:
    stats = Stats()
    stats.count("calls")
    stats.count("calls", 2)
    for ms in range(1, 101):
        stats.measure("wait", float(ms))
    assert stats.summary() == {
        "counts": {"calls": 3},
        "ms": {"wait": {"count": 100, "p50": 50.0, "p95": 95.0, "max": 100.0}},
    }
