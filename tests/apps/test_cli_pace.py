"""The remaining time of a run of which a part was done before."""

from __future__ import annotations

import pytest

from recam.apps.cli.pace import Pace, in_words


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_what_was_kept_says_nothing_about_the_speed() -> None:
    clock = Clock()
    pace = Pace(1000, clock)
    for _ in range(990):
        pace.add(False)
    assert pace.remaining is None
    assert pace.speed == 0
    clock.now += 10
    pace.add(True, 170)
    assert pace.remaining == pytest.approx(90)
    assert pace.speed == pytest.approx(17)
    clock.now += 4
    assert pace.remaining == pytest.approx(86)  # it counts down between two scenes
    clock.now += 6
    pace.add(True, 170)
    assert pace.remaining == pytest.approx(80)
    clock.now += 1000
    assert pace.remaining == 0  # never below


def test_the_latest_speed_counts() -> None:
    clock = Clock()
    pace = Pace(1000, clock)
    for seconds, count in ((10, 300), (1, 300)):
        for _ in range(count):
            clock.now += seconds
            pace.add(True, 10)
    assert pace.remaining == pytest.approx(400)
    assert pace.speed == pytest.approx(10)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0 s"), (89, "89 s"), (91, "2 min"), (7100, "118 min"), (7300, "2 h 2 min"), (200_000, "2 d 7 h")],
)
def test_in_words(seconds: float, words: str) -> None:
    assert in_words(seconds) == words
