"""Pictures of paths: left is left, up is up, and what is written opens anywhere."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from recam.camera import CameraPath, Intrinsics
from recam.camera.plot import describe, plot_path, plot_path_html
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


@pytest.mark.parametrize("plot", [plot_path, plot_path_html])
def test_names_that_cannot_be_written(tmp_path: Path, plot: object) -> None:
    for file, reason in (
        (tmp_path / "path.xyz", "a name ending in"),
        (tmp_path / "no" / "path.png", "does not exist"),
    ):
        with pytest.raises(OutputError, match=reason):
            plot(CameraPath.preset("static", 1), file)  # type: ignore[operator]
    assert list(tmp_path.iterdir()) == []
