"""``recam draft --depth-map`` as a user types it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from recam.video import Video, probe


@pytest.fixture
def wall(tmp_path: Path) -> Path:
    """A wall 4 m away for a video of 64x48: what a draft takes the scene for without a map."""
    file = tmp_path / "wall.npy"
    np.save(file, np.full((48, 64), 4, np.float32))
    return file


def test_a_map_of_the_wall_drafts_as_the_wall_does(recam, video_of, wall: Path, tmp_path: Path) -> None:
    words = ("draft", video_of(9), "-c", "arc-left", "-o")
    assert recam(*words, tmp_path / "plane.mp4").code == 0
    ran = recam(*words, tmp_path / "map.mp4", "--depth-map", wall, "--depth-kind", "metric", "--json")
    assert ran.code == 0, ran.err
    assert json.loads(ran.out)["depth"] == str(wall)
    plane, drawn = (Video.load(tmp_path / f"{name}.mp4").frames.astype(int) for name in ("plane", "map"))
    assert abs(plane - drawn).mean() < 2  # one fades out at the border, the other ends there


def test_the_mask_of_holes_is_as_long_and_large_as_the_draft(recam, video_of, wall, tmp_path: Path) -> None:
    maps = np.repeat(np.load(wall)[None], 9, 0)
    maps[:, 10:30, 20:40] = np.nan
    np.savez(tmp_path / "maps.npz", depth=maps)
    output, holes = tmp_path / "out.mp4", tmp_path / "holes.mp4"
    chosen = ("--depth-map", tmp_path / "maps.npz", "--depth-kind", "metric")
    ran = recam("draft", video_of(9), "-c", "truck-left", *chosen, "--holes", holes, "-o", output)
    assert ran.code == 0, ran.err
    assert str(holes) in ran.out
    assert (probe(holes).num_frames, probe(holes).fps) == (9, probe(output).fps)
    mask = Video.load(holes).frames
    assert set(np.unique(mask)) == {0, 255}
    assert mask[0].max() == 0  # it starts at the source's view
    assert 400 <= (mask[4] == 255).all(-1).sum() < 1500
    plane = ("draft", video_of(9), "-c", "pan-left", "--holes", holes, "-o", output)
    assert recam(*plane).code == 0
    assert Video.load(holes).frames[-1][:, 0].min() == 255  # turning left uncovers the left edge


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--depth-map", "{wall}"), ["--depth-kind metric", "inverse"]),
        (("--depth-kind", "metric"), ["--depth-kind", "--depth-map"]),
        (("--depth-map", "{wall}", "--depth-kind", "inverse", "--depth-scale", "2"), ["no unit"]),
        (("--depth-map", "none.npy", "--depth-kind", "metric"), ["none.npy", "no such file"]),
        (("--depth-map", "nobody/no-such-model"), ["nobody/no-such-model", "hf download"]),
        (("--depth-map", "{video}", "--depth-kind", "inverse"), ["coloured"]),
        (("--depth-map", "{wide}", "--depth-kind", "metric"), ["30x10", "64x48"]),
        (("--depth-map", "{few}", "--depth-kind", "metric"), ["3 depth maps", "9 frames"]),
        (("--holes", "{out}"), ["two names"]),
        (("--holes", "{video}"), ["is the source video"]),
        (("--holes", "holes.png"), [".mp4"]),
    ],
)
def test_what_does_not_fit_is_one_line(
    recam, video_of, wall: Path, tmp_path: Path, words, said, only
) -> None:
    wide, few, out = tmp_path / "wide.npy", tmp_path / "few.npy", tmp_path / "out.mp4"
    np.save(wide, np.ones((10, 30), np.float32))
    np.save(few, np.ones((3, 48, 64), np.float32))
    names = {"wall": wall, "wide": wide, "few": few, "out": out, "video": video_of(9)}
    words = [word.format(**names) for word in words]
    recam("draft", video_of(9), "-c", "arc-left", *words, "-o", out).refused("recam draft: ", *said)
    only("few.npy", "wall.npy", "wide.npy")
