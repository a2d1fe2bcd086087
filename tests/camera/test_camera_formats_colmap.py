"""COLMAP models read and written by recam are what COLMAP itself reads and writes."""

from __future__ import annotations

import shutil
import struct
from pathlib import Path

import numpy as np
import pycolmap
import pytest
from format_samples import SAMPLES, WALK, save_colmap

from recam.camera import CameraSet, Lenses, Poses, read_cameras, write_cameras
from recam.camera.intrinsics import Intrinsics
from recam.errors import CameraFileError, InputError, OutputError

TEXT = SAMPLES / "colmap_text"


def test_text_and_binary_models_as_colmap_reads_them(tmp_path: Path) -> None:
    for folder in (TEXT, save_colmap(tmp_path)):
        model = pycolmap.Reconstruction(str(folder))
        images = sorted(model.images.values(), key=lambda image: int(image.name[12:-4]))
        expected = [image.cam_from_world().inverse().matrix() for image in images]
        ((_, poses),) = read_cameras(folder).cameras.items()
        np.testing.assert_allclose(poses.matrices[:, :3], expected, atol=1e-12)


@pytest.mark.parametrize("name", ["colmap", "colmap-text"])
def test_colmap_reads_what_recam_writes(name: str, tmp_path: Path) -> None:
    lens = Intrinsics(900.0, 890.0, 640.5, 360.5, 1280, 720)
    lenses = Lenses.zoomed(lens, [1, 1, 1, 1, 2])
    cameras = {"left eye": Poses(WALK), "right": Poses(WALK[::-1])}
    sets = CameraSet("none", cameras, False, dict.fromkeys(cameras, lenses))
    write_cameras(tmp_path / "model", sets, name)
    model = pycolmap.Reconstruction(str(tmp_path / "model"))
    found = {image.name: image for image in model.images.values()}
    assert len(found) == 10
    for index, pose in enumerate(WALK):
        image = found[f"left_eye/frame_{index + 1:05d}.png"]
        np.testing.assert_allclose(image.cam_from_world().inverse().matrix(), pose[:3], atol=1e-12)
        assert image.camera is not None
        assert image.camera.model == pycolmap.CameraModelId.PINHOLE
        np.testing.assert_allclose(image.camera.params, lenses.params[index])
    assert model.num_cameras() == 2


def test_a_model_is_found_from_its_files_and_from_its_project(tmp_path: Path) -> None:
    model = tmp_path / "sparse" / "0"
    model.parent.mkdir()
    shutil.copytree(TEXT, model)
    for path in (tmp_path, tmp_path / "sparse", model, model / "images.txt", model / "cameras.txt"):
        assert read_cameras(path).format == "colmap-text", path
    shutil.copytree(TEXT, tmp_path / "sparse" / "1")
    with pytest.raises(CameraFileError, match=r"several COLMAP models \(sparse/0, sparse/1\)"):
        read_cameras(tmp_path)


def _edited(tmp_path: Path, file: str, old: str, new: str) -> Path:
    shutil.copytree(TEXT, tmp_path / "model")
    path = tmp_path / "model" / file
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))
    return tmp_path / "model"


@pytest.mark.parametrize(
    ("file", "old", "new", "reason"),
    [
        (
            "images.txt",
            "1 1 0 0 0 0 0 0 1",
            "1 0.5 0 0 0 0 0 0 1",
            r"line 7 \(.*shot-1.jpg.*not of unit length",
        ),
        ("images.txt", "1 1 0 0 0 0 0 0 1", "1 1 0 0 0 0 0 nan 1", r"line 7 \(.*: the pose holds a number"),
        ("images.txt", "1 1 0 0 0 0 0 0 1", "1 1 0 0 0 0 0 0 7", "its camera 7 is not in the model"),
        ("images.txt", "1 1 0 0 0 0 0 0 1", "1 1 0 0 0 0 0", "line 7: expected IMAGE_ID QW"),
        ("images.txt", "shot-2", "shot-1", "holds the image 'images/shot-1.jpg' twice"),
        ("images.txt", "1190.83 663.95 23056\n", "", "line 10: expected the points of the image before"),
        ("cameras.txt", "PINHOLE", "PINOLE", "line 5: unknown camera model"),
        ("cameras.txt", "1600 1590 961 539", "1600 1590 961", "a PINHOLE camera has 4 parameters, found 3"),
        ("cameras.txt", "1600 1590", "-1600 1590", "no usable lens"),
        ("cameras.txt", "2 PINHOLE 1920", "2 PINHOLE 0", "a picture of 0x1080 cannot be"),
    ],
)
def test_broken_text_models(tmp_path: Path, file: str, old: str, new: str, reason: str) -> None:
    with pytest.raises(CameraFileError, match=reason):
        read_cameras(_edited(tmp_path, file, old, new))


def test_names_with_spaces_stay_whole(tmp_path: Path) -> None:
    cameras = read_cameras(_edited(tmp_path, "images.txt", "images/", "my pictures/")).cameras
    assert list(cameras) == ["model"]


@pytest.mark.parametrize(
    ("model", "note"),
    [
        ("OPENCV 1920 1080 1600 1590 961 539 0.1 0 0 0", "distortion (OPENCV) is left out"),
        ("OPENCV_FISHEYE 1920 1080 1600 1590 961 539 0.1 0 0 0", "a OPENCV_FISHEYE camera is no pinhole"),
    ],
)
def test_what_is_left_out_of_a_lens_is_said(tmp_path: Path, model: str, note: str) -> None:
    read = read_cameras(_edited(tmp_path, "cameras.txt", "PINHOLE 1920 1080 1600 1590 961 539", model))
    assert any(note in said for said in read.notes)
    np.testing.assert_allclose(read.cameras["model"].matrices, WALK, atol=1e-12)


@pytest.mark.parametrize(
    ("file", "content", "reason"),
    [
        ("images.bin", struct.pack("<Q", 2**63), "states 9223372036854775808 entries"),
        ("images.bin", b"\x01", "is cut off"),
        ("cameras.bin", struct.pack("<QIiQQ", 1, 1, 99, 10, 10), "camera 0: unknown camera model 99"),
        ("cameras.bin", struct.pack("<QIiQQ", 1, 1, 1, 10, 10), "is cut off"),
        (
            "images.bin",
            struct.pack("<QI7dI", 1, 1, 1, 0, 0, 0, 0, 0, 0, 1) + b"a" * 20,
            "a name without an end",
        ),
        (
            "images.bin",
            struct.pack("<QI7dI", 1, 1, 1, 0, 0, 0, 0, 0, 0, 1) + b"a\0" + struct.pack("<Q", 2**62),
            "is cut off",
        ),
        ("images.bin", struct.pack("<Q", 0) + b"more", "goes on for 4 bytes"),
        ("images.bin", struct.pack("<Q", 0), "holds no images with poses"),
    ],
)
def test_broken_binary_models(tmp_path: Path, file: str, content: bytes, reason: str) -> None:
    model = save_colmap(tmp_path)
    (model / file).write_bytes(content)
    with pytest.raises(CameraFileError, match=reason):
        read_cameras(model)


def test_a_model_without_its_cameras(tmp_path: Path) -> None:
    model = save_colmap(tmp_path)
    (model / "cameras.bin").unlink()
    with pytest.raises(CameraFileError, match=r"cameras.bin: no such file"):
        read_cameras(model)


def test_a_model_replaces_nothing(tmp_path: Path) -> None:
    sets = CameraSet("none", {"a": Poses(WALK)}, False)
    (tmp_path / "kept.txt").write_text("kept")
    with pytest.raises(OutputError, match="not an empty folder"):
        write_cameras(tmp_path, sets, "colmap")
    with pytest.raises(InputError, match="does not say which kind"):
        write_cameras(tmp_path / "poses.txt", sets)
    assert [path.name for path in tmp_path.iterdir()] == ["kept.txt"]
