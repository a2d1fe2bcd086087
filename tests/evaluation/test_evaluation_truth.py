"""Against the true video: at the same times, at its size, to its end; and the nearest of all true views."""

from __future__ import annotations

import json
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from recam.camera import CameraPath
from recam.evaluation.manifest import read_manifest
from recam.evaluation.measures.truth import LikenessMeasure, NearestViewMeasure
from recam.evaluation.plan import Plan
from recam.evaluation.score import Record, score
from recam.evaluation.store import Store
from recam.video import Video, VideoWriter

FRAMES, SIDE, FPS = 9, 32, 8
PLAN = Plan((LikenessMeasure(), NearestViewMeasure()), (), ())
Scored = Callable[..., Record]


def sliding(step: float, frames: int = FRAMES, side: int = SIDE, every: int = 1) -> np.ndarray:
    """uint8 [F,H,W,3]: soft stripes that slide by ``step`` of the width a frame; every n-th frame of it."""
    x = (np.arange(side) + 0.5) / side
    times = np.arange(0, frames, every)
    waves = 127.5 + 110 * np.sin(2 * np.pi * (2 * x[None] + step * times[:, None]))
    row = np.repeat(waves[:, None, :, None], side, axis=1)
    return np.round(np.repeat(row, 3, axis=3)).astype(np.uint8)


def save(file: Path, frames: np.ndarray, fps: Fraction | int = FPS) -> None:
    with VideoWriter(file, Fraction(fps), frames.shape[2], frames.shape[1], crf=0, threads=1) as writer:
        for frame in frames:
            writer.write(frame)


@pytest.fixture
def scored(tmp_path: Path) -> Scored:
    """Score frames against the true view of one of three paths."""
    views = {"left": -0.02, "right": 0.02, "still": 0.0}
    for name, step in views.items():
        save(tmp_path / f"{name}.mp4", sliding(step))
        CameraPath.preset("static", FRAMES).save(tmp_path / f"{name}.json")

    def run(frames: np.ndarray, fps: Fraction | int = FPS, of: str = "right") -> Record:
        save(tmp_path / "made.mp4", frames, fps)
        lines = [
            {
                "id": f"clip-{name}", "source": "still.mp4", "target": f"{name}.mp4", "preset": name,
                "camera": f"{name}.json", "generated": "made.mp4" if name == of else "still.mp4",
            }
            for name in views
        ]  # fmt: skip
        manifest = tmp_path / "manifest.jsonl"
        manifest.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
        records = score(list(read_manifest(manifest)), PLAN, Store(tmp_path / "store"))
        return next(record for record in records if record.id == f"clip-{of}")

    return run


def test_noise_of_a_known_size_has_its_psnr(scored: Scored) -> None:
    true = sliding(0.02)
    found = scored(np.clip(true.astype(int) + 10, 0, 255).astype(np.uint8)).found["likeness"]
    assert found.values["psnr"] == pytest.approx(20 * np.log10(255 / 10), abs=0.2)
    assert found.details == {
        "frames": FRAMES,
        "psnr_first_quarter": pytest.approx(28.13, abs=0.3),
        "psnr_last_quarter": pytest.approx(28.13, abs=0.3),
    }


def test_every_second_frame_at_half_the_rate_is_compared_at_its_own_time(scored: Scored) -> None:
    half = scored(sliding(0.02, every=2), Fraction(FPS, 2))
    likeness = half.found["likeness"]
    assert likeness.values["psnr"] is None or likeness.values["psnr"] > 45
    assert (likeness.details["frames"], likeness.details["true_frames"]) == (5, FRAMES)
    assert half.found["nearest_view"].values == {"nearest_view": 1.0}
    # The same frames taken for the first five would be another, slower move.
    slow = scored(sliding(0.02, every=2), FPS).found["likeness"]
    assert slow.values["psnr"] is None
    assert slow.missing["psnr"].status == "failed"
    assert "ends at frame 5 of the true one's 9" in slow.missing["psnr"].reason


def test_as_many_frames_at_another_rate_mean_frame_for_frame(scored: Scored) -> None:
    found = scored(sliding(0.02), 24).found["likeness"]
    assert found.values["psnr"] is None or found.values["psnr"] > 45


def test_another_size_is_scaled_and_said_another_shape_refused(scored: Scored) -> None:
    small = scored(sliding(0.02, side=SIDE // 2)).found["likeness"]
    assert small.details["scaled"] == "16x16 to 32x32"
    assert small.values["psnr"] is not None
    assert 20 < small.values["psnr"] < 60
    wide = scored(sliding(0.02)[:, : SIDE // 2])
    for name in ("likeness", "nearest_view"):
        reasons = {missing.reason for missing in wide.found[name].missing.values()}
        assert len(reasons) == 1
        assert "32x16 and the true one 32x32, another shape" in reasons.pop()


def test_a_video_that_goes_on_is_refused(scored: Scored) -> None:
    found = scored(sliding(0.02, frames=2 * FRAMES)).found["likeness"]
    assert "goes on long after the true one's 9 frames" in found.missing["psnr"].reason


@pytest.mark.parametrize(("step", "nearest"), [(0.018, "right"), (-0.03, "left"), (0.001, "still")])
def test_the_nearest_view_is_named_with_chance(scored: Scored, step: float, nearest: str) -> None:
    found = scored(sliding(step)).found["nearest_view"]
    assert found.values["nearest_view"] == float(nearest == "right")
    assert found.details == {"nearest": nearest, "views": 3, "chance": 0.3333}


def test_a_video_equal_to_the_truth_has_no_finite_psnr(scored: Scored, tmp_path: Path) -> None:
    found = scored(Video.load(tmp_path / "right.mp4").frames, of="still").found  # another view: finite
    assert found["likeness"].values["psnr"] is not None
    equal = scored(sliding(0.02)).found["likeness"]
    assert (equal.values["psnr"], equal.missing["psnr"].status) == (None, "undefined")
    assert equal.values["ssim"] == pytest.approx(1)
