"""Verified SIFT matches: a copy has many, a shifted view nearly as many, another scene none."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pytest

from recam.evaluation.case import Case, Job
from recam.evaluation.footage import Reel
from recam.evaluation.manifest import Row
from recam.evaluation.matching import (
    SiftRules,
    count_verified,
    fit_longer_side,
    fit_size,
    moments,
    sift_finder,
)
from recam.evaluation.measures import matches
from recam.evaluation.measures.matches import FIGURE, SiftMeasure
from recam.evaluation.plan import Settings
from recam.evaluation.store import Store
from recam.video import Video

RULES = SiftRules(side=208)


def texture(seed: int, height: int, width: int) -> np.ndarray:
    """uint8 [H,W,3]: blocks of several sizes, as rich in corners as a photograph."""
    rng = np.random.default_rng(seed)
    picture = np.zeros((height, width, 3))
    for size in (4, 8, 16):
        grey = rng.random((-(-height // size), -(-width // size), 3))
        picture += np.kron(grey, np.ones((size, size, 1)))[:height, :width]
    return (picture / 3 * 255).astype(np.uint8)


def clip(path: Path, seed: int, frames: int = 3, step: int = 3, fps: int = 8, start: int = 0) -> Path:
    """A camera that slides over a texture, ``step`` pixels a frame."""
    wide = texture(seed, 160, 400)
    slid = [wide[:, start + step * index :][:, :208] for index in range(frames)]
    Video.from_frames(np.stack(slid), fps).save(path)
    return path


def case(folder: Path, source: Path, generated: Path, pace: tuple[int, int] | None = None) -> Case:
    row = Row("a", source, generated, None, "truck-right", "", "", None, None, "", "", None, None, pace)
    return Case(Job(row, {}), Reel(), Store(folder / "store"))


def test_a_copy_matches_and_another_scene_does_not(tmp_path: Path) -> None:
    source = clip(tmp_path / "source.mp4", seed=1)
    found = {
        name: SiftMeasure(RULES).measure(case(tmp_path, source, generated))
        for name, generated in {
            "copy": source,
            "moved": clip(tmp_path / "moved.mp4", seed=1, step=9),
            "other": clip(tmp_path / "other.mp4", seed=2),
        }.items()
    }
    values = {name: float(one.values[FIGURE.name] or 0) for name, one in found.items()}
    assert values["copy"] > values["moved"] > 50
    assert values["other"] == 0
    assert found["copy"].details["frames"] == [0, 1, 2]
    assert np.mean(found["moved"].details["matches"]) == values["moved"]


def test_the_same_clips_give_the_same_number(tmp_path: Path) -> None:
    source = clip(tmp_path / "source.mp4", seed=1)
    moved = clip(tmp_path / "moved.mp4", seed=1, step=9)
    first, again = (SiftMeasure(RULES).measure(case(tmp_path, source, moved)) for _ in range(2))
    assert first == again


def test_a_blank_frame_counts_as_no_match(tmp_path: Path) -> None:
    source = clip(tmp_path / "source.mp4", seed=1)
    Video.from_frames(np.full((3, 160, 208, 3), 90, np.uint8), 8).save(tmp_path / "blank.mp4")
    found = SiftMeasure(RULES).measure(case(tmp_path, source, tmp_path / "blank.mp4"))
    assert found.values == {FIGURE.name: 0.0}
    assert not found.missing


def test_size_of_the_pictures_does_not_decide() -> None:
    find = sift_finder(RULES)
    picture = texture(3, 160, 256)
    small = fit_size(picture, 128, 80)
    large = fit_size(small, 512, 320)
    counts = [count_verified(find(small), find(other), RULES) for other in (small, large)]
    assert counts[1] > 0.7 * counts[0] > 0
    assert fit_longer_side(large, 256).shape == (160, 256, 3)
    assert fit_longer_side(texture(3, 20, 400), 200).shape == (64, 200, 3)  # as SIFT needs it


def test_matches_that_no_camera_explains_are_not_counted() -> None:
    find = sift_finder(RULES)
    features = find(texture(4, 160, 256))
    rng = np.random.default_rng(0)
    torn = type(features)(
        rng.permutation(features.points), features.descriptors, features.weights
    )  # fmt: skip
    assert count_verified(features, features, RULES) > 100
    assert count_verified(features, torn, RULES) < 0.3 * count_verified(features, features, RULES)


def test_moments_are_of_the_same_time(tmp_path: Path) -> None:
    slow = clip(tmp_path / "slow.mp4", seed=1, frames=5, fps=5)
    fast = clip(tmp_path / "fast.mp4", seed=1, frames=10, fps=10)
    by_rate = case(tmp_path, fast, slow)
    assert [tuple(moment) for moment in moments(by_rate.source_frames, 3)] == [(0, 0), (2, 4), (4, 8)]
    assert [moment.generated for moment in moments(by_rate.source_frames, 100)] == [0, 1, 2, 3, 4]


def test_a_manifest_may_say_which_frames_a_method_read(tmp_path: Path) -> None:
    """A method that reads the first five frames and writes another rate."""
    source = clip(tmp_path / "source.mp4", seed=1, frames=10, fps=10, step=12)
    generated = clip(tmp_path / "generated.mp4", seed=1, frames=5, fps=30, step=12)
    wrong = case(tmp_path, source, generated)
    right = case(tmp_path, source, generated, pace=(0, 1))
    assert wrong.source_frames.tolist() == [0, 0, 1, 1, 1]
    assert right.source_frames.tolist() == [0, 1, 2, 3, 4]
    assert case(tmp_path, source, generated, pace=(2, 3)).source_frames.tolist() == [2, 5, 8, 9, 9]
    measure = SiftMeasure(RULES, moments=3)
    values = [measure.measure(one).values[FIGURE.name] or 0.0 for one in (wrong, right)]
    assert values[1] > 1.1 * values[0]
    assert wrong.key("x", ("source",)) != right.key("x", ("source",))


def test_source_features_are_found_once_for_many_clips(tmp_path: Path) -> None:
    matches._HELD.clear()
    source = clip(tmp_path / "source.mp4", seed=1)
    measure = SiftMeasure(RULES, moments=1)
    for step in (0, 9):
        generated = clip(tmp_path / f"{step}.mp4", seed=1, step=step)
        measure.measure(case(tmp_path, source, generated))
    assert len(matches._HELD) == 1
    for seed in (5, 6):
        other = clip(tmp_path / f"s{seed}.mp4", seed=seed)
        measure.measure(case(tmp_path, other, source))
    assert len(matches._HELD) == 2  # memory does not grow with the sources


def test_the_key_tells_settings_apart() -> None:
    keys = {SiftMeasure(rules).key for rules in (SiftRules(), SiftRules(seed=1), SiftRules(side=320))}
    assert len(keys | {SiftMeasure(SiftRules(), moments=3).key}) == 4


def test_without_pycolmap_the_figure_is_skipped(monkeypatch: pytest.MonkeyPatch) -> None:
    assert [measure.name for measure in matches.offer(Settings()).measures] == ["sift"]
    find = importlib.util.find_spec
    monkeypatch.setattr(matches, "find_spec", lambda name: None if name == "pycolmap" else find(name))
    offer = matches.offer(Settings())
    assert not offer.measures
    assert offer.skipped[0].figures == (FIGURE,)
    assert "recam[sfm]" in offer.skipped[0].how
