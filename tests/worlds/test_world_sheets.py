"""Contact sheets: pages as their scenes come in, the same however they came."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from hand_made_world import HandMade
from recam.worlds.write import render_world

SMALL = HandMade(size=16, num_frames=1)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("sheets") / "world"
    seen: list[tuple[int, list[str]]] = []
    render_world(
        out,
        range(53),
        SMALL,
        on_scene=lambda done: seen.append((done.number, sorted(p.name for p in (out / "sheets").glob("*")))),
        sheets=True,
    )
    assert dict(seen)[48] == []
    assert dict(seen)[49] == ["train-000000.png"]  # as soon as its last scene is there
    return out


def _pages(out: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (out / "sheets").iterdir()}


def test_pages(world: Path) -> None:
    assert sorted(_pages(world)) == ["train-000000.png", "train-000050.png"]
    with Image.open(world / "sheets" / "train-000000.png") as page:
        first = np.asarray(page)
    with Image.open(world / "sheets" / "train-000050.png") as page:
        last = np.asarray(page)
    assert first.shape[0] > 9 * last.shape[0]  # ten rows of five scenes, one row of three
    assert first.shape[1] / last.shape[1] == pytest.approx(5 / 3, rel=0.02)
    # Two cameras, so two pictures of 80 pixels; then the empty half of the cell, then words.
    corner = last[6:86, 6:166]
    assert corner.std() > 30
    assert np.ptp(last[6:86, 170:320].reshape(-1, 3), axis=0).max() == 0
    assert last[90:120, 6:320].max() > 200


def test_pages_in_pieces(world: Path, tmp_path: Path) -> None:
    """Twelve scenes, then the others, backwards, without sheets, and then a run that has nothing to do."""
    out = tmp_path / "world"
    render_world(out, range(12), SMALL, sheets=True)
    partial = _pages(out)
    assert list(partial) == ["train-000000.png"]
    render_world(out, reversed(range(53)), SMALL)
    assert _pages(out) == partial
    render_world(out, range(53), SMALL, sheets=True)
    assert _pages(out) == _pages(world)


def test_pages_that_are_there_are_left(world: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in (world / "sheets").iterdir()}
    render_world(world, range(53), SMALL, sheets=True)
    assert {path: path.stat().st_mtime_ns for path in (world / "sheets").iterdir()} == before


def test_a_damaged_page_is_made_anew(world: Path) -> None:
    whole = _pages(world)
    page = world / "sheets" / "train-000050.png"
    page.write_bytes(page.read_bytes()[:30])
    render_world(world, range(53), SMALL, sheets=True)
    assert _pages(world) == whole


def test_a_video_that_cannot_be_read_is_named_on_the_page(tmp_path: Path) -> None:
    out = tmp_path / "world"
    render_world(out, range(2), SMALL)
    path = out / "train" / "f24_aperture5" / "scene0" / "videos" / "cam01.mp4"
    path.write_bytes(b"x" * path.stat().st_size)
    assert render_world(out, range(2), SMALL, sheets=True).kept == 2
    with Image.open(out / "sheets" / "train-000000.png") as page:
        cell = np.asarray(page)[6:86, 6:86]
    assert np.ptp(cell.reshape(-1, 3), axis=0).max() == 0


def test_no_scene_makes_no_page(tmp_path: Path) -> None:
    report = render_world(tmp_path / "world", [0], HandMade(black=(0,)), sheets=True)
    assert list(report.failed) == [0]
    assert not (tmp_path / "world" / "sheets").exists()
