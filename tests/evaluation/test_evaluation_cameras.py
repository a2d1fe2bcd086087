"""The measure of camera errors: external poses, tied starts, what has no figure and why, what is kept."""

from __future__ import annotations

import pickle
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest
from filmed_rows import LENS, save_film, save_frames, save_path, score_rows

from recam.camera import CameraPath, Poses
from recam.camera.moves import arc, pan_tilt
from recam.evaluation.measure import Missing
from recam.evaluation.measures import cameras, floor
from recam.evaluation.plan import Settings, make_plan
from recam.evaluation.pose_solve import Taking
from recam.evaluation.store import Store

COUNT, TAKEN = 13, 7
STEPS = np.linspace(0, 1, COUNT)
PAN = pan_tilt(STEPS, pan_degrees=12)
ARC = arc(STEPS, 30, 4.0)
SETTINGS = Settings(pose_frames=TAKEN, only=("cameras",))
ROW = {"source": "pan.mp4", "generated": "pan.mp4", "camera": "pan.json", "fov_degrees": 62}


@pytest.fixture(scope="module")
def filmed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A pan that can be solved, a blank clip that cannot, and their paths."""
    folder = tmp_path_factory.mktemp("filmed")
    frames = save_film(folder / "pan.mp4", PAN)
    save_frames(folder / "late.mp4", frames[4:])
    save_frames(folder / "one.mp4", frames[:1])
    save_frames(folder / "blank.mp4", np.full_like(frames, 90))
    save_path(folder / "pan.json", PAN)
    save_path(folder / "arc.json", ARC)
    return folder


def save_external(folder: Path, poses: Poses) -> dict[str, str]:
    """The path as three estimators would write it, in worlds and units of their own; files by format."""
    world = pan_tilt(np.array([1.0]), pan_degrees=130, tilt_degrees=20).matrices[0].copy()
    world[:3, 3] = (3, -2, 7)
    c2w = world @ poses.matrices
    c2w[:, :3, 3] *= 0.3
    (folder / "vipe" / "pose").mkdir(parents=True)
    np.savez(folder / "vipe" / "pose" / "clip.npz", data=c2w.astype(np.float32), inds=np.arange(len(poses)))
    np.savez(folder / "clip_droid.npz", cam_c2w=c2w.astype(np.float32), intrinsic=LENS.matrix)
    w2c = np.linalg.inv(c2w)[:, :3].astype(np.float32)
    np.savez(folder / "predictions.npz", extrinsic=w2c, intrinsic=np.tile(LENS.matrix, (len(poses), 1, 1)))
    return {"vipe": "vipe", "megasam": "clip_droid.npz", "vggt": "predictions.npz"}


def test_poses_of_another_estimator_are_taken_instead_of_solving(filmed: Path, tmp_path: Path) -> None:
    shutil.copytree(filmed, tmp_path, dirs_exist_ok=True)
    files = save_external(tmp_path, ARC)
    rows = [
        ROW | {"id": name, "generated": "blank.mp4", "camera": "arc.json", "poses": file}
        for name, file in files.items()
    ]
    for record in score_rows(tmp_path, rows, SETTINGS).values():
        found = record.found["cameras"]
        assert not found.missing
        assert (found.details["method"], found.details["frames"]) == ("external", TAKEN)
        assert all(value is not None and abs(value) < 0.01 for value in found.values.values())
        if record.id != "vipe":  # whose lens lies in another file
            assert found.details["focal"]["file"]["degrees"] == pytest.approx(62)


def test_a_spread_of_poses_counts_as_the_same_frames_would(filmed: Path, tmp_path: Path) -> None:
    """Of every frame, of every second, or of the frames that are taken: the same sums."""
    shutil.copytree(filmed, tmp_path, dirs_exist_ok=True)
    half = arc(0.5 * STEPS, 30, 4.0)
    for name, chosen in (("all", slice(None)), ("second", slice(None, None, 2)), ("fewer", slice(0, 9))):
        np.savez(tmp_path / f"{name}.npz", c2w=half.matrices[chosen])
    row = ROW | {"generated": "blank.mp4", "camera": "arc.json"}
    records = score_rows(
        tmp_path,
        [row | {"id": name, "poses": f"{name}.npz"} for name in ("all", "second", "fewer")],
        SETTINGS,
    )
    whole, second, fewer = (records[name].found["cameras"] for name in ("all", "second", "fewer"))
    assert whole.values == second.values
    assert whole.values["rotation.mean_degrees"] == pytest.approx(7.5, abs=0.2)  # half of 30, on average
    assert {missing.status for missing in fewer.missing.values()} == {"failed"}
    assert "holds 9 poses and the video has 13 frames" in fewer.missing["cam_mc"].reason


def test_tied_to_the_source_a_late_start_is_an_error_of_every_frame(filmed: Path) -> None:
    """The clip shows frames 4 to 12 of a pan of 1 degree a frame, and the whole pan was asked for."""
    save_path(filmed / "late.json", pan_tilt(np.linspace(0, 1, 9), pan_degrees=8))
    rows = [ROW | {"id": "late", "generated": "late.mp4", "camera": "late.json"}]
    free = score_rows(filmed, rows, SETTINGS)["late"].found["cameras"]
    tied_settings = Settings(pose_frames=TAKEN, only=("cameras",), prepend_source=True)
    tied = score_rows(filmed, rows, tied_settings)["late"].found["cameras"]
    assert free.values["rotation.mean_degrees"] == pytest.approx(0, abs=0.1)
    assert tied.values["rotation.mean_degrees"] == pytest.approx(4, abs=0.1)
    assert tied.values["rotation.sum_radians"] == pytest.approx(TAKEN * np.radians(4), abs=0.02)
    assert tied.values["rotation.pairs_degrees"] == pytest.approx(0, abs=0.1)
    assert (free.details["registered"], tied.details["registered"]) == (TAKEN, TAKEN + 1)
    assert tied.details["frames"] == TAKEN


def test_a_tied_external_file_has_the_source_in_front(filmed: Path) -> None:
    np.savez(filmed / "tied.npz", c2w=np.concatenate([np.eye(4)[None], PAN.matrices]))
    np.savez(filmed / "free.npz", c2w=PAN.matrices)
    rows = [ROW | {"id": name, "poses": f"{name}.npz"} for name in ("tied", "free")]
    settings = Settings(pose_frames=TAKEN, only=("cameras",), prepend_source=True)
    records = score_rows(filmed, rows, settings)
    tied, free = (records[name].found["cameras"] for name in ("tied", "free"))
    assert tied.values["rotation.mean_degrees"] == pytest.approx(0, abs=1e-5)
    assert "the source's first frame in front" in free.missing["cam_mc"].reason


def test_what_cannot_be_told_says_why(filmed: Path) -> None:
    CameraPath.preset("zoom-in", COUNT).save(filmed / "zoom.json")
    rows = [
        ROW | {"id": "zoom", "camera": "zoom.json"},
        ROW | {"id": "one", "generated": "one.mp4"},
        ROW | {"id": "blank", "generated": "blank.mp4"},
    ]
    found = {name: record.found["cameras"] for name, record in score_rows(filmed, rows, SETTINGS).items()}
    reasons = {name: one.missing["rotation.mean_degrees"] for name, one in found.items()}
    assert reasons["zoom"].status == "undefined"
    assert "the path changes the lens" in reasons["zoom"].reason
    assert (reasons["one"].status, reasons["one"].reason) == (
        "failed", "a clip of one frame has no camera path"
    )  # fmt: skip
    assert reasons["blank"].status == "failed"
    assert all(set(one.values.values()) == {None} for one in found.values())


def test_an_unknown_lens_is_found_and_said(filmed: Path) -> None:
    row = {name: value for name, value in ROW.items() if name != "fov_degrees"}
    found = score_rows(filmed, [row | {"id": "unknown"}], SETTINGS)["unknown"].found["cameras"]
    assert found.details["focal"]["given"] is None
    assert found.details["focal"]["used"]["degrees"] == pytest.approx(62, abs=4)
    assert found.values["rotation.mean_degrees"] == pytest.approx(0, abs=0.3)


def test_poses_are_kept_by_content_and_all_that_matters(filmed: Path) -> None:
    """What was solved once is not solved again for another path, and is for another lens."""
    score_rows(filmed, [ROW | {"id": "first"}], SETTINGS, "kept")
    (kept,) = (filmed / "kept" / "features" / "poses").rglob("*.npz")
    store = Store(filmed / "kept")
    arrays = store.features("poses", kept.stem)
    assert arrays is not None
    mark = arrays | {"poses": np.tile(np.eye(4), (TAKEN, 1, 1))}  # nobody would find this
    store.keep_features("poses", kept.stem, mark)
    rows = [
        ROW | {"id": "other path", "camera": "arc.json"},
        ROW | {"id": "other lens", "fov_degrees": 63},
    ]
    records = score_rows(filmed, rows, SETTINGS, "kept")
    marked = records["other path"].found["cameras"].values["rotation.mean_degrees"]
    assert marked == pytest.approx(ARC.rotation_angle_degrees()[::2].mean())
    again = records["other lens"].found["cameras"].values["rotation.mean_degrees"]
    assert again is not None
    assert again < 0.3


def test_settings_are_part_of_the_key_and_measures_travel() -> None:
    changes = (Settings(), Settings(pose_frames=20), Settings(seed=1), Settings(prepend_source=True))
    measures = [module.offer(setting).measures[0] for setting in changes for module in (cameras, floor)]
    assert len({measure.key for measure in measures}) == len(measures)
    assert pickle.loads(pickle.dumps(measures)) == measures
    assert "source" in measures[-1].inputs
    assert "source" not in measures[0].inputs


def test_figures_say_what_they_are() -> None:
    plan = make_plan(Settings(pose_frames=33, only=("cameras", "floor")))
    by_name = {figure.name: figure for figure in plan.figures}
    assert len(by_name) == 18
    assert "33 frames" in by_name["rotation.sum_radians"].about
    assert "blind to direction" in by_name["translation.umeyama_over_extent"].title
    assert by_name["floor.cam_mc"].about.startswith("The estimator's own error")
    assert {figure.better for figure in plan.figures} == {"lower"}


def test_without_pycolmap_what_to_install_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pycolmap", None)
    plan = make_plan(Settings())
    skipped = [entry for entry in plan.skipped if "pycolmap" in entry.needs]
    assert {figure.name for entry in skipped for figure in entry.figures} >= {"cam_mc", "floor.cam_mc"}
    assert {entry.how for entry in skipped} == {"pip install 'recam[sfm]'"}
    assert "cameras" not in [measure.name for measure in plan.measures]


@pytest.mark.parametrize(("preset", "status"), [("pan-left", "undefined"), ("dolly-in", "failed")])
def test_a_camera_not_found_fails_no_translation_that_would_be_undefined(preset: str, status: str) -> None:
    figures = cameras.camera_figures(Taking(21, 0, False))
    found = cameras.without_camera(figures, CameraPath.preset(preset, 21), False, "no\nmodel")
    assert found.missing["rotation.mean_degrees"] == Missing("failed", "no model")
    assert found.missing["translation.metres"].status == status
    assert found.missing["cam_mc"].status == status
    assert set(found.missing) == set(found.values) == {figure.name for figure in figures}
