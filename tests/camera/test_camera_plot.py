"""Pictures of paths: left is left, up is up, and what is written opens anywhere."""

from __future__ import annotations

import base64
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from recam.camera import CameraPath, Intrinsics, Poses
from recam.camera.conventions import from_opengl
from recam.camera.plot import describe, plot_axes, plot_path, plot_path_html, plot_small, subject_of
from recam.camera.plot.shapes import camera_outline
from recam.camera.plot.small import _PROGRAMS
from recam.errors import OutputError

ABOVE, SIDE = slice(585, 946), slice(1020, 1381)  # columns of the two flat panels
FIRST, LAST = (68, 1, 84), (253, 231, 37)  # both ends of the colour map viridis


def centre(picture: np.ndarray, columns: slice, colour: tuple[int, int, int]) -> tuple[float, float]:
    """Mean (column, row) of the pixels of one colour in a panel."""
    near = np.abs(picture[:, columns].astype(int) - colour).sum(axis=2) < 40
    assert near.sum() > 10
    rows, found = np.nonzero(near)
    return float(found.mean()), float(rows.mean())


def draw(path: CameraPath, folder: Path) -> np.ndarray:
    plot_path(path, folder / "path.png")
    with Image.open(folder / "path.png") as image:
        assert image.format == "PNG"
        return np.asarray(image.convert("RGB"))


def test_left_is_left_and_forward_is_up_from_above(tmp_path: Path) -> None:
    picture = draw(CameraPath.preset("arc-left", 17), tmp_path)
    assert picture.shape == (625, 1500, 3)
    (first_column, first_row), (last_column, last_row) = (centre(picture, ABOVE, c) for c in (FIRST, LAST))
    assert last_column < first_column - 100
    assert last_row < first_row - 20


def test_up_is_up_from_the_side(tmp_path: Path) -> None:
    picture = draw(CameraPath.preset("crane-up", 9), tmp_path)
    assert centre(picture, SIDE, LAST)[1] < centre(picture, SIDE, FIRST)[1] - 100


def test_page_is_self_contained_and_shows_down_downwards(tmp_path: Path) -> None:
    lens = Intrinsics.from_focal_mm(50, 720, 1280)
    plot_path_html(
        CameraPath(CameraPath.preset("pan-right", 9).poses, "my <path>", lens), tmp_path / "path.html"
    )
    page = (tmp_path / "path.html").read_text(encoding="utf-8")
    assert len(page) > 1_000_000
    assert not re.search(r"<script[^>]+src=", page)
    assert '"autorange":"reversed"' in page
    assert "my <path>: 9 frames" not in page  # escaped, not markup
    assert "9 frames, travels 0.00 m, turns up to 19.9" in page


@pytest.mark.parametrize("name", ["static", "dolly-in"])
def test_one_frame(tmp_path: Path, name: str) -> None:
    draw(CameraPath.preset(name, 1), tmp_path)
    plot_path_html(CameraPath.preset(name, 1), tmp_path / "one.html")
    assert describe(CameraPath.preset(name, 1)) == f"{name}: 1 frame, travels 0.00 m, turns up to 0.0°"


def test_page_plays_the_camera_along_the_path_and_turns(tmp_path: Path) -> None:
    path = CameraPath.preset("arc-left", 81)
    plot_path_html(path, tmp_path / "path.html")
    page = (tmp_path / "path.html").read_text(encoding="utf-8")
    traces, moments = after(page, "Plotly.newPlot("), after(page, "Plotly.addFrames(")
    assert [moment["name"] for moment in (moments[0], moments[-1])] == ["0", "80"]
    assert len(moments) <= 41
    assert traces[-1]["name"] == "the camera now"
    assert {tuple(moment["traces"]) for moment in moments} == {(len(traces) - 1,)}
    eyes = [numbers(moment["data"][0][axis])[0] for moment in moments[::40] for axis in ("x", "z", "y")]
    np.testing.assert_allclose(eyes, path.poses.translations[[0, 80]].ravel(), atol=1e-6)
    for word in ('"label":"play"', '"label":"pause"', "requestAnimationFrame(turn)", "pointerdown"):
        assert word in page
    assert "{plot_id}" not in page


def after(page: str, call: str) -> list[dict[str, Any]]:
    """The first list that a call in the page is given."""
    start = page.index("[", page.rindex(call))
    return json.JSONDecoder().raw_decode(page[start:])[0]


def numbers(values: object) -> np.ndarray:
    """A list of a figure, which plotly may write as base64."""
    if isinstance(values, dict):
        return np.frombuffer(base64.b64decode(values["bdata"]), values["dtype"])
    return np.asarray(values)


def test_a_zoom_narrows_the_drawn_camera_and_is_told(tmp_path: Path) -> None:
    path = CameraPath(Poses.identity(9), "zoom", zoom=np.linspace(1, 3, 9))
    draw(path, tmp_path)
    first, last = (np.ptp(camera_outline(path, frame, 1.0)[:, 0]) for frame in (0, 8))
    assert first == pytest.approx(3 * last)
    assert describe(path) == "zoom: 9 frames, travels 0.00 m, turns up to 0.0°, zooms 1x to 3x"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("arc-left", (0, 0, 4)),
        ("crane-up", (0, 0, 4)),
        ("dolly-in", None),
        ("pan-left", None),
        ("static", None),
    ],
)
def test_the_subject_is_where_the_view_axes_meet(name: str, expected: tuple[float, ...] | None) -> None:
    found = subject_of(CameraPath.preset(name, 17))
    if expected is None:
        assert found is None
    else:
        np.testing.assert_allclose(found, expected, atol=1e-6)


def test_small_pictures_keep_left_and_up(tmp_path: Path) -> None:
    def places(name: str) -> list[tuple[float, float]]:
        plot_small(CameraPath.preset(name, 17), tmp_path / "small.png")
        with Image.open(tmp_path / "small.png") as image:
            assert image.size == (360, 240)
            picture = np.asarray(image.convert("RGB"))
        return [centre(picture, slice(0, 360), colour) for colour in (FIRST, LAST)]

    (first, _), (last, _) = places("arc-left")
    assert last < first - 40
    (_, first), (_, last) = places("crane-up")
    assert last < first - 40
    assert (tmp_path / "small.png").stat().st_size < 40_000


def test_drawn_axes_are_those_that_files_are_read_with(tmp_path: Path) -> None:
    plot_axes(tmp_path / "axes.png")
    with Image.open(tmp_path / "axes.png") as image:
        assert image.size == (960, 320)
    for program, names in _PROGRAMS.items():
        axes = np.array([names[letter][1] for letter in "xyz"]).T  # columns: each axis in ours
        if "OpenGL" in program:
            np.testing.assert_array_equal(axes, from_opengl(np.eye(4)[None]).rotations[0])
        left_handed = np.linalg.det(axes) < 0
        assert left_handed == ("left-handed" in program)


@pytest.mark.parametrize("plot", [plot_path, plot_path_html, plot_small])
def test_names_that_cannot_be_written(tmp_path: Path, plot: object) -> None:
    for file, reason in (
        (tmp_path / "path.xyz", "a name ending in"),
        (tmp_path / "no" / "path.png", "does not exist"),
    ):
        with pytest.raises(OutputError, match=reason):
            plot(CameraPath.preset("static", 1), file)  # type: ignore[operator]
    assert list(tmp_path.iterdir()) == []
