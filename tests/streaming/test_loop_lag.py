from streaming.loop_lag import LoopLag


def test_r6_of_a_minute_the_latest_tick_counts() -> None:
    lag = LoopLag(0.1)
    for at in (5.0, 5.1, 5.36, 5.46, 5.57):
        lag.tick(at)

    assert lag.worst_ms() == 160
    assert lag.worst_ms() == 0


def test_a_tick_is_late_by_what_it_exceeds_its_interval_not_by_what_came_before() -> None:
    lag = LoopLag(0.1)
    for at in (0.0, 1.1, 1.2):
        lag.tick(at)
    lag.worst_ms()
    lag.tick(1.3)

    assert lag.worst_ms() == 0
