"""The noise floor: camera errors of true videos, one solving for all methods."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from filmed_rows import save_film, save_frames, save_path, score_rows

from recam.camera.moves import pan_tilt
from recam.evaluation.plan import Settings
from recam.video import resize

PAN = pan_tilt(np.linspace(0, 1, 9), pan_degrees=10)
SETTINGS = Settings(pose_frames=5, only=("floor",))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A true video, what two methods made of it, and a true video that cannot be solved."""
    folder = tmp_path_factory.mktemp("floor")
    frames = save_film(folder / "true.mp4", PAN)
    save_path(folder / "pan.json", PAN)
    save_frames(folder / "a.mp4", np.full_like(frames, 40))
    save_frames(folder / "b.mp4", resize(frames[::-1].copy(), 96, 160))
    return folder


def row(method: str, **more: str) -> dict[str, object]:
    fixed: dict[str, object] = {
        "source": "a.mp4",
        "target": "true.mp4",
        "camera": "pan.json",
        "fov_degrees": 62,
    }
    return fixed | {"id": method, "method": method, "generated": f"{method}.mp4"} | more


def test_the_floor_is_the_true_videos_whatever_a_method_made_of_it(folder: Path) -> None:
    records = score_rows(folder, [row("a"), row("b")], SETTINGS)
    first, second = (records[name].found["floor"] for name in "ab")
    assert first == second
    mean = first.values["floor.rotation.mean_degrees"]
    assert mean is not None
    assert 0 < mean < 0.1
    assert first.missing["floor.cam_mc"].reason == "the target does not move"
    assert first.details["kind"] == "rotation"
    assert len(list((folder / "store" / "features" / "poses").rglob("*.npz"))) == 1
    assert len(list((folder / "store" / "found" / "floor").rglob("*.json"))) == 1


def test_a_true_video_that_cannot_be_solved_fails(folder: Path) -> None:
    found = score_rows(folder, [row("b", target="a.mp4")], SETTINGS)["b"].found["floor"]
    statuses = {name.split(".")[1]: missing.status for name, missing in found.missing.items()}
    assert statuses == {"rotation": "failed", "translation": "undefined", "cam_mc": "undefined"}, (
        "it is a pan"
    )
    assert "shows too little to recognise" in found.missing["floor.rotation.mean_degrees"].reason


def test_without_a_true_video_there_is_no_floor(folder: Path) -> None:
    line = {name: value for name, value in row("b").items() if name != "target"}
    found = score_rows(folder, [line], SETTINGS)["b"].found["floor"]
    assert {missing.status for missing in found.missing.values()} == {"lacking"}
