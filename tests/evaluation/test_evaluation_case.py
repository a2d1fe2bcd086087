"""A row opened: its cameras, its lens, and what names it in the store."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from clip_folder import change_row, clip_folder, reasons_of

from recam.camera import CameraPath, Poses, write_multicamvideo
from recam.errors import CameraFileError, InputError
from recam.evaluation.case import Case, Job
from recam.evaluation.footage import Reel
from recam.evaluation.manifest import Row, read_manifest
from recam.evaluation.store import Store


@pytest.fixture
def manifest(tmp_path: Path) -> Path:
    manifest = clip_folder(tmp_path / "clips", sources=1, clips=2)
    still = np.tile(np.eye(4), (9, 1, 1))
    drive = CameraPath.preset("dolly-in", 9).poses
    write_multicamvideo(manifest.parent / "cameras.json", {"cam01": Poses(still), "cam02": drive})
    return manifest


def row_of(manifest: Path) -> Row:
    row = next(iter(read_manifest(manifest)))
    assert isinstance(row, Row)
    return row


def case_of(row: Row, **views: Path) -> Case:
    store = Store(row.source.parent / "store")
    return Case(Job(row, views), Reel(store=store), store)


def test_a_path_is_the_files_where_there_is_one(manifest: Path) -> None:
    assert case_of(row_of(manifest)).path.num_frames == 5
    change_row(manifest, 0, camera="cameras.json", camera_name="cam02", preset="arc-left")
    path = case_of(row_of(manifest)).path
    np.testing.assert_allclose(
        path.extrinsics[:, :3, 3], CameraPath.preset("dolly-in", 9).extrinsics[:5, :3, 3], atol=1e-5
    )


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda text: text.replace("1 0 0 0", "nan 0 0 0", 1), "frame"),
        (lambda text: text[: len(text) // 2], "JSON"),
        (lambda text: json.dumps(dict(list(json.loads(text).items())[:3])), "3 frames"),
        (lambda text: "{}", "cameras.json"),
    ],
    ids=["not finite", "cut", "too few frames", "empty"],
)
def test_bad_cameras_are_rows_with_their_reason(manifest: Path, spoil, said: str, tmp_path: Path) -> None:
    change_row(manifest, 0, camera="cameras.json", camera_name="cam02")
    file = manifest.parent / "cameras.json"
    text = file.read_text()
    assert reasons_of(manifest, tmp_path / "store") == {}
    file.write_text(spoil(text))
    assert file.read_text() != text
    reasons = reasons_of(manifest, tmp_path / "store")
    assert set(reasons) == {"0-0"}
    assert said in reasons["0-0"]
    assert str(tmp_path) not in reasons["0-0"]


def test_a_camera_that_the_file_lacks_is_named(manifest: Path, tmp_path: Path) -> None:
    change_row(manifest, 0, camera="cameras.json", camera_name="cam09")
    change_row(manifest, 1, preset="no-such-move")
    reasons = reasons_of(manifest, tmp_path / "store")
    assert "cam09" in reasons["0-0"]
    assert "no-such-move" in reasons["0-1"]


def test_keys_follow_contents_and_not_names(manifest: Path, tmp_path: Path) -> None:
    change_row(manifest, 0, camera="cameras.json", camera_name="cam02", caption="a man")
    row = row_of(manifest)
    inputs = ("generated", "source", "camera", "caption")
    key = case_of(row).key("m 1", inputs)
    shutil.copytree(manifest.parent, tmp_path / "other")
    assert case_of(row_of(tmp_path / "other" / "manifest.jsonl")).key("m 1", inputs) == key
    assert case_of(row).key("m 1", inputs[::-1]) == key
    others = [
        case_of(row).key("m 2", inputs),
        case_of(row).key("m 1", inputs[:3]),
        case_of(replace(row, caption="a woman")).key("m 1", inputs),
        case_of(replace(row, camera_name="cam01")).key("m 1", inputs),
        case_of(replace(row, generated=row.source)).key("m 1", inputs),
    ]
    assert len({key, *others}) == 6
    assert case_of(replace(row, fov_degrees=50.0)).key("m 1", inputs) == key, "it does not depend on it"


def test_features_are_extracted_once_a_content(manifest: Path) -> None:
    class Means:
        name, key = "means", "means 1"
        calls = 0

        def extract(self, frames: np.ndarray, fps: float) -> dict[str, np.ndarray]:
            self.calls += 1
            return {"mean": frames.mean((1, 2, 3)), "fps": np.array(fps)}

    means, case = Means(), case_of(row_of(manifest))
    first = case.features(case.generated, means)
    copy = case.row.generated.with_name("copy.mp4")
    shutil.copy(case.row.generated, copy)
    again = case_of(replace(case.row, generated=copy))
    second = again.features(again.generated, means)
    assert means.calls == 1
    np.testing.assert_array_equal(first["mean"], second["mean"])
    assert first["fps"] == 15


def test_a_changed_file_is_not_kept_under_its_old_content(manifest: Path) -> None:
    change_row(manifest, 0, camera="cameras.json", camera_name="cam02")
    case = case_of(row_of(manifest))
    case.open()
    case.check_same()
    with (manifest.parent / "cameras.json").open("a") as file:
        file.write("\n")
    with pytest.raises(CameraFileError, match="changed while it was measured"):
        case.check_same()
    (manifest.parent / "cameras.json").unlink()
    with pytest.raises(CameraFileError, match="no such file"):
        case.check_same()
    with pytest.raises(CameraFileError, match="no such file"):
        case_of(case.row).open()


def test_a_lens_of_another_shape_than_the_video_is_unknown(manifest: Path) -> None:
    row = row_of(manifest)
    assert case_of(row).lens is None
    wide = case_of(replace(row, fov_degrees=90.0)).lens
    assert wide is not None
    assert wide.fx == pytest.approx(16)
    sensor = case_of(replace(row, focal_mm=23.76)).lens
    assert sensor is not None
    assert sensor.fx == pytest.approx(32)


def test_a_path_shorter_than_the_video_is_refused(manifest: Path) -> None:
    CameraPath.preset("arc-left", 4).save(manifest.parent / "short.json")
    change_row(manifest, 0, camera="short.json")
    with pytest.raises(InputError, match="4 frames"):
        _ = case_of(row_of(manifest)).path
