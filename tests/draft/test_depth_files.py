"""Depth maps from files: every kind of file and number, and everything that is not depth."""

from __future__ import annotations

import struct
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from recam.draft import DepthMaps, open_depth
from recam.errors import DepthFileError, InputError, RecamError
from recam.video import Video

HEIGHT, WIDTH = 12, 20
FRAME = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
DEPTH = (2 + np.add.outer(np.arange(HEIGHT) / 20, np.arange(WIDTH) / 40)).astype(np.float32)  # metres


def save_exr(file: Path, values: np.ndarray) -> None:
    height, width = values.shape
    with av.open(str(file), "w", format="image2") as output:
        stream: Any = output.add_stream("exr", rate=1)
        stream.width, stream.height, stream.pix_fmt = width, height, "grayf32le"
        frame = av.VideoFrame(width, height, "grayf32le")
        rows = np.zeros((height, frame.planes[0].line_size // 4), np.float32)
        rows[:, :width] = values
        frame.planes[0].update(rows.tobytes())
        frame.pts = 0
        output.mux(stream.encode(frame))
        output.mux(stream.encode(None))


def save_pfm(file: Path, values: np.ndarray) -> None:
    """Bottom row first, little endian: the layout that MiDaS writes."""
    height, width = values.shape
    file.write_bytes(f"Pf\n{width} {height}\n-1.0\n".encode() + np.flipud(values).astype("<f4").tobytes())


def grey16(file: Path, values: np.ndarray) -> None:
    Image.fromarray(values.astype(np.uint16)).save(file)


FILES: dict[str, tuple[Callable[[Path], object], float | None]] = {
    "d.npy": (lambda file: np.save(file, DEPTH), None),
    "d64.npy": (lambda file: np.save(file, DEPTH[..., None].astype(np.float64)), None),
    "d.npz": (lambda file: np.savez(file, depth=DEPTH, other=np.zeros(3)), None),
    "single.npz": (lambda file: np.savez(file, whatever=DEPTH[None]), None),
    "mm.png": (lambda file: grey16(file, np.round(DEPTH * 1000)), 0.001),
    "mm.npy": (lambda file: np.save(file, np.round(DEPTH * 1000).astype(np.uint16)), 0.001),
    "d.tiff": (lambda file: Image.fromarray(DEPTH).save(file), None),
    "d.pfm": (lambda file: save_pfm(file, DEPTH), None),
    "d.exr": (lambda file: save_exr(file, DEPTH), None),
}


@pytest.mark.parametrize("name", FILES)
def test_a_file_gives_its_metres(name: str, tmp_path: Path) -> None:
    save, scale = FILES[name]
    save(tmp_path / name)
    maps = open_depth(tmp_path / name, "metric", scale)
    assert maps.count == 1
    np.testing.assert_allclose(maps.inverse(0, FRAME), 1 / DEPTH, rtol=6e-4 if scale else 1e-6)
    assert maps.inverse(7, FRAME) is maps.inverse(0, FRAME)  # one for all, read once


@pytest.mark.parametrize("name", ["stack.npy", "stack.npz", "folder"])
def test_one_map_a_frame(name: str, tmp_path: Path) -> None:
    stack = np.stack([DEPTH * factor for factor in (1, 2, 3, *[4] * 8)])
    if name == "folder":
        (tmp_path / name).mkdir()
        for index, depth in enumerate(stack):  # 10 comes after 9, not after 1
            np.save(tmp_path / name / f"map_{index}.npy", depth)
        (tmp_path / name / "notes.txt").write_text("ignored")
    else:
        np.savez(tmp_path / name, depths=stack) if name.endswith("z") else np.save(tmp_path / name, stack)
    maps = open_depth(tmp_path / name, "metric")
    assert maps.count == 11
    for index in (2, 0, 10):
        np.testing.assert_allclose(maps.inverse(index, FRAME), 1 / stack[index], rtol=1e-6)
    maps.check_count(11)
    with pytest.raises(DepthFileError, match="11 depth maps and the video has 9 frames"):
        maps.check_count(9)


def test_a_grey_video_of_depth(tmp_path: Path) -> None:
    levels = [40, 80, 120, 160]
    frames = np.stack([np.full((HEIGHT, WIDTH, 3), level, np.uint8) for level in levels])
    Video.from_frames(frames, 8).save(tmp_path / "depth.mp4", crf=0)
    maps = open_depth(tmp_path / "depth.mp4", "inverse", median=2)
    for index in (0, 1, 3, 2):  # also backwards
        assert maps.inverse(index, FRAME)[0, 0] == pytest.approx(levels[index] / 40 / 2, rel=0.05)


def test_numbers_without_unit_follow_their_median() -> None:
    numbers = np.tile(np.array([1.0, 2.0, 4.0], np.float32), (3, 1)).repeat(4, 0).repeat(4, 1)
    frame = np.zeros((12, 12, 3), np.uint8)
    inverse = DepthMaps(lambda index, frame: numbers, "inverse", median=6).inverse(0, frame)
    np.testing.assert_allclose(1 / inverse[0, [0, 5, 11]], [12, 6, 3])
    relative = DepthMaps(lambda index, frame: numbers, "relative", median=6).inverse(0, frame)
    np.testing.assert_allclose(1 / relative[0, [0, 5, 11]], [3, 6, 12])


def test_the_scale_is_that_of_the_first_map_asked_for() -> None:
    """Or a thing that comes near would push the whole scene away."""
    stack = [DEPTH, DEPTH * 3]
    maps = DepthMaps(lambda index, frame: stack[index], "relative", median=4)
    first, second = maps.inverse(0, FRAME), maps.inverse(1, FRAME)
    np.testing.assert_allclose(first, 3 * second, rtol=1e-5)


def test_unknown_and_far() -> None:
    numbers = DEPTH.copy()
    numbers[0, :4] = (np.nan, 0, -1, np.inf)
    inverse = DepthMaps(lambda index, frame: numbers, "metric").inverse(0, FRAME)
    assert np.isnan(inverse[0, :3]).all()
    assert inverse[0, 3] == 0
    inverse = DepthMaps(lambda index, frame: numbers, "inverse").inverse(0, FRAME)
    assert np.isnan(inverse[0, [0, 3]]).all()
    assert (inverse[0, 1:3] == 0).all()
    relative = DepthMaps(lambda index, frame: numbers, "relative", median=4).inverse(0, FRAME)
    np.testing.assert_allclose(relative[0, 1:3], 1 / 0.2)  # not nearer than 5 % of the median


def test_a_smaller_map_is_enlarged_and_keeps_its_edges_hard() -> None:
    small = np.full((6, 10), 4, np.float32)
    small[:, 5:] = 1
    inverse = DepthMaps(lambda index, frame: small, "metric").inverse(0, FRAME)
    assert inverse.shape == (HEIGHT, WIDTH)
    assert set(np.unique(inverse)) == {0.25, 1.0}


def test_a_steep_floor_stays_a_floor() -> None:
    """Its steps are as large as those of an edge, but it goes on: nothing is hardened."""
    rows = np.mgrid[1:61, :30][0].astype(np.float32)
    frame = np.zeros((60, 30, 3), np.uint8)
    inverse = DepthMaps(lambda index, frame: rows, "inverse", median=4).inverse(0, frame)
    np.testing.assert_allclose(inverse, rows / (30.5 * 4), rtol=1e-5)


def test_metres_that_look_like_millimetres_are_noted() -> None:
    with pytest.warns(UserWarning, match="scale 0.001"):
        DepthMaps(lambda index, frame: DEPTH * 1000, "metric").inverse(0, FRAME)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        DepthMaps(lambda index, frame: DEPTH * 1000, "metric", scale=0.001).inverse(0, FRAME)


def colour(file: Path) -> None:
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (HEIGHT, WIDTH, 3), np.uint8)).save(file)


BROKEN: dict[str, tuple[Callable[[Path], object], str]] = {
    "none.npy": (lambda file: None, "no such file"),
    "empty.npy": (lambda file: file.write_bytes(b""), "cannot be read"),
    "text.png": (lambda file: file.write_text("hello"), "cannot be read"),
    "cut.npy": (
        lambda file: (np.save(file, DEPTH), file.write_bytes(file.read_bytes()[:300])),
        "cannot be read",
    ),
    "objects.npy": (lambda file: np.save(file, np.array([None, {}]), allow_pickle=True), "cannot be read"),
    "words.npy": (lambda file: np.save(file, np.array(["a", "b"])), "no numbers"),
    "flat.npy": (lambda file: np.save(file, DEPTH.ravel()), r"holds \[240\]"),
    "five.npy": (lambda file: np.save(file, np.zeros((2, 2, 2, 2, 2))), "holds"),
    "named.npz": (lambda file: np.savez(file, a=DEPTH, b=DEPTH), "holds a, b; call the depth"),
    "header.npy": (
        lambda file: file.write_bytes(b"\x93NUMPY\x01\x00\x10\x00{'descr': ((((( \n"),
        "cannot be read",
    ),
    "bad.npz": (lambda file: file.write_bytes(b"PK\x03\x04 no"), "cannot be read"),
    "colour.png": (colour, "coloured"),
    "palette.png": (lambda file: Image.fromarray(FRAME).quantize(4).save(file), "palette"),
    "bad.exr": (lambda file: file.write_bytes(struct.pack("<II", 20000630, 2) + b"x"), "cannot be read"),
    "bad.mp4": (lambda file: file.write_text("no video"), "neither a depth map"),
    "folder": (lambda file: file.mkdir(), "holds no depth map"),
    "black.png": (lambda file: Image.fromarray(FRAME[..., 0]).save(file), "no usable depth"),
    "wide.npy": (lambda file: np.save(file, DEPTH[:5]), "20x5, another shape than the video's 20x12"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_no_depth_is_named(name: str, tmp_path: Path) -> None:
    make, reason = BROKEN[name]
    make(tmp_path / name)
    with pytest.raises(DepthFileError, match=reason) as caught:
        open_depth(tmp_path / name, "inverse").inverse(0, FRAME)
    assert str(tmp_path / name) in str(caught.value)


def test_a_folder_of_two_kinds_is_refused(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", DEPTH)
    grey16(tmp_path / "a.png", DEPTH)
    with pytest.raises(DepthFileError, match=r"\.npy and \.png"):
        open_depth(tmp_path, "metric")


def test_a_map_that_is_missing_on_the_way_is_named(tmp_path: Path) -> None:
    for index in range(3):
        np.save(tmp_path / f"{index}.npy", DEPTH)
    maps = open_depth(tmp_path, "metric")
    (tmp_path / "1.npy").unlink()
    with pytest.raises(DepthFileError, match=r"1\.npy: no such file"):
        maps.inverse(1, FRAME)


def test_whole_numbers_need_a_scale_and_others_kinds_have_none(tmp_path: Path) -> None:
    grey16(tmp_path / "d.png", DEPTH * 1000)
    with pytest.raises(InputError, match=r"0\.001 for millimetres"):
        open_depth(tmp_path / "d.png", "metric")
    with pytest.raises(InputError, match="has no unit"):
        open_depth(tmp_path / "d.png", "inverse", 0.001)
    with pytest.raises(InputError, match="scale of depth must be a positive"):
        open_depth(tmp_path / "d.png", "metric", -1.0)
    with pytest.raises(InputError, match="unknown kind of depth 'near'"):
        open_depth(tmp_path / "d.png", "near")  # type: ignore[arg-type]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from([".png", ".npy", ".npz", ".pfm", ".exr", ".tif"]),
    st.one_of(st.binary(max_size=200), st.tuples(st.integers(0, 400), st.integers(0, 255))),
)
def test_only_our_errors_come_out_of_any_bytes(
    tmp_path: Path, suffix: str, change: bytes | tuple[int, int]
) -> None:
    """Random bytes, and good files with one byte changed."""
    file = tmp_path / f"any{suffix}"
    if isinstance(change, bytes):
        file.write_bytes(change)
    else:
        {
            ".png": lambda: grey16(file, DEPTH * 1000), ".npy": lambda: np.save(file, DEPTH),
            ".npz": lambda: np.savez(file, DEPTH), ".pfm": lambda: save_pfm(file, DEPTH),
            ".exr": lambda: save_exr(file, DEPTH), ".tif": lambda: Image.fromarray(DEPTH).save(file),
        }[suffix]()  # fmt: skip
        content = bytearray(file.read_bytes())
        content[change[0] % len(content)] = change[1]
        file.write_bytes(bytes(content))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            inverse = open_depth(file, "inverse").inverse(0, FRAME)
        except RecamError:
            return
    assert inverse.shape == FRAME.shape[:2]
