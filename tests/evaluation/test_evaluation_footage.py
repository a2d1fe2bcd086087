"""Videos under measurement: known by content, held within bounds, refused where no clip is so large."""

from __future__ import annotations

import gc
import os
import weakref
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from clip_folder import write_clip

from recam.errors import VideoFileError
from recam.evaluation import footage
from recam.evaluation.footage import MOST_FRAMES, Reel, same_time
from recam.evaluation.store import Store, content_hash
from recam.video import Video, probe

BYTES = 5 * 32 * 32 * 3


@pytest.fixture
def clips(tmp_path: Path) -> list[Path]:
    return [write_clip(tmp_path / f"{number}.mp4", number) for number in range(3)]


def test_frames_and_facts_are_those_of_the_file(clips: list[Path], tmp_path: Path) -> None:
    reel = Reel(store=Store(tmp_path / "store"))
    shown = reel.footage(clips[0])
    np.testing.assert_array_equal(shown.frames, Video.load(clips[0]).frames)
    assert shown.info == probe(clips[0])
    assert shown.content == content_hash(clips[0])
    assert reel.footage(clips[0]) is shown
    with pytest.raises(ValueError, match="read-only"):
        shown.frames[0] = 0
    again = Reel(store=Store(tmp_path / "store")).footage(clips[0])
    assert again.info == probe(clips[0]), "from the store"


def test_rates_come_back_exact_from_the_store(tmp_path: Path) -> None:
    file = tmp_path / "film.mp4"
    Video.from_frames(np.zeros((5, 32, 32, 3), np.uint8), Fraction(24000, 1001)).save(file)
    store = Store(tmp_path / "store")
    assert Reel(store=store).footage(file).info == Reel(store=store).footage(file).info == probe(file)


def test_as_many_frames_are_held_as_there_is_room_for(clips: list[Path]) -> None:
    reel = Reel(most_bytes=2 * BYTES)
    first, second, third = map(reel.footage, clips)
    _ = first.frames, second.frames
    assert not reel.has_room(third)
    streamed = np.stack(list(third.stream()))
    assert reel.held(third) is None, "there was no room"
    assert reel.held(first) is not None
    np.testing.assert_array_equal(streamed, third.frames)
    assert reel.held(first) is None, "used longest ago"
    reel.release(second)
    assert reel.held(second) is None
    list(first.stream())
    assert reel.held(first) is not None, "there was room"


def test_a_clip_larger_than_all_room_is_still_given(clips: list[Path]) -> None:
    reel = Reel(most_bytes=10)
    assert reel.footage(clips[0]).frames.nbytes == BYTES
    assert len(list(reel.footage(clips[1]).stream())) == 5


@pytest.mark.parametrize(
    ("name", "limit", "said"),
    [
        ("MOST_FRAMES", 4, "5 frames of 32x32 are more than a clip to score may have"),
        ("MOST_BYTES", BYTES - 1, "more than a clip"),
        ("MOST_FILE_BYTES", 100, "has 0 MiB, more than a clip"),
    ],
)
def test_what_is_no_clip_is_refused_before_it_is_decoded(
    clips: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, limit: int, said: str
) -> None:
    monkeypatch.setattr(footage, name, limit)
    with pytest.raises(VideoFileError, match=said):
        _ = Reel(store=Store(tmp_path / "store")).footage(clips[0]).frames


def test_2001_frames_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "long.mp4"
    Video.from_frames(np.zeros((MOST_FRAMES + 1, 16, 16, 3), np.uint8), 30).save(file)
    with pytest.raises(VideoFileError, match="2001 frames of 16x16 are more"):
        _ = Reel().footage(file).info


def test_a_file_that_changes_or_goes_is_noticed(clips: list[Path]) -> None:
    reel = Reel()
    first, second, third = map(reel.footage, clips)
    assert len({clip.content for clip in (first, second, third)}) == 3
    third.check_same()
    with clips[0].open("ab") as file:
        file.write(b"more")
    with pytest.raises(VideoFileError, match="changed while it was measured"):
        first.check_same()
    clips[1].unlink()
    with pytest.raises(VideoFileError, match="went away while it was measured"):
        second.check_same()
    os.replace(write_clip(clips[2].with_name("new.mp4"), 9), clips[2])
    with pytest.raises(VideoFileError, match="changed while"):
        third.check_same()


def test_same_time_goes_by_frames_or_by_seconds() -> None:
    assert same_time(4, 15, 4, 30).tolist() == [0, 1, 2, 3], "as many frames: frame for frame"
    assert same_time(3, 15, 6, 30).tolist() == [0, 2, 4]
    assert same_time(6, 30, 3, 15).tolist() == [0, 0, 1, 2, 2, 2]
    assert same_time(5, 15, 3, 15).tolist() == [0, 1, 2, 2, 2]


def test_a_closed_reel_lets_go_of_its_frames_at_once(tmp_path: Path) -> None:
    """Reel and footage know each other: left to the collector, frames of many clips would pile up."""
    Video.from_frames(np.zeros((3, 16, 16, 3), np.uint8), 8).save(tmp_path / "a.mp4")
    gc.disable()
    try:
        with Reel() as reel:
            frames = weakref.ref(reel.footage(tmp_path / "a.mp4").frames)
            assert frames() is not None
        del reel
        assert frames() is None
    finally:
        gc.enable()
