"""Statistics of a world: counts that are right, pictures that are small."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from recam.camera import Poses, write_multicamvideo
from recam.camera.moves import pan_tilt, translate
from recam.data.index import open_index
from recam.errors import DatasetError, InputError
from recam.video import Video
from recam.worlds.statistics import WorldStatistics, collect_statistics
from recam.worlds.statistics_pictures import (
    montage,
    save_charts,
    save_picture,
    save_word_charts,
    scene_montage,
)

FRAMES, SIZE, FPS = 5, 32, 4
TOOL = Path(__file__).parents[2] / "tools" / "world_statistics.py"
CAPTIONS = ("A dog walks in a park.", "A dog walks in a park.", "A man runs on a square at night.")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three scenes of three cameras: a pan of 40 degrees, a truck of 2 m, and a still one."""
    root = tmp_path_factory.mktemp("world")
    (root / "world.json").write_text("{}")
    steps = np.linspace(0, 1, FRAMES)
    cameras = {
        "cam01": pan_tilt(steps, pan_degrees=40.0),
        "cam02": translate(steps, [2.0, 0, 0]),
        "cam03": Poses.identity(FRAMES),
    }
    for number, caption in enumerate(CAPTIONS):
        folder = root / "train" / ("f18_aperture10" if number == 2 else "f24_aperture5") / f"scene{number}"
        (folder / "videos").mkdir(parents=True)
        (folder / "cameras").mkdir()
        for place, name in enumerate(cameras):
            frames = np.zeros((FRAMES, SIZE, SIZE, 3), np.uint8)
            frames[..., number] = 200  # red, green, blue scenes
            frames[:, : 4 * (place + 1)] = 120
            Video.from_frames(frames, FPS).save(folder / "videos" / f"{name}.mp4", crf=4)
        write_multicamvideo(folder / "cameras" / "camera_extrinsics.json", cameras)
        things = [
            {"name": "main", "kind": "character", "words": "a dog", "motion": "walking", "visible": True,
             "attributes": {"species": "dog" if number < 2 else "man", "motion": "walk"}},
            {"name": "event", "kind": "prop", "words": "a ball", "motion": "rolling", "visible": number == 0},
            {"name": "wall", "kind": "structure", "words": "a wall", "motion": "", "visible": True},
        ]  # fmt: skip
        facts = {
            "caption": caption,
            "fps": FPS,
            "subject_distance": 3.0000000001,
            "moves": {"cam01": {"kind": "pan"}, "cam02": {"kind": "truck"}, "cam03": {"kind": "static"}},
            "scene": {
                "environment": "park" if number < 2 else "plaza", "time_of_day": "noon", "subject": "main",
                "attempt": number // 2, "things": things,
            },
        }  # fmt: skip
        (folder / "scene.json").write_text(json.dumps(facts))
    return root


@pytest.fixture(scope="module")
def found(world: Path) -> WorldStatistics:
    return collect_statistics(open_index(world))


def test_counts(found: WorldStatistics) -> None:
    assert (found.scenes, found.videos, found.frames) == (3, 9, 45)
    assert found.environments == Counter(park=2, plaza=1)
    assert found.lenses == Counter(f24_aperture5=2, f18_aperture10=1)
    assert found.distances == {"3": 3}
    assert found.moves == Counter(pan=3, truck=3, static=3)
    assert found.subjects == Counter(dog=2, man=1)
    assert found.events == Counter(rolling=3)
    assert found.attempts == Counter({0: 2, 1: 1})
    assert found.things == [3, 3, 3]
    assert sorted(found.visible) == [2, 2, 3]
    assert found.words["dog"] == 2
    assert "in" not in found.words
    assert sorted(found.caption_words) == [6, 6, 8]
    assert len(found.captions) == 2


def test_moves_are_measured_along_the_path(found: WorldStatistics) -> None:
    assert found.travelled == pytest.approx([2, 2, 2], abs=1e-5)
    assert found.turned == pytest.approx([40, 40, 40], abs=1e-3)
    assert max(found.speeds) == pytest.approx(2.0, abs=1e-5)  # 2 m in the second from frame 0 to frame 4


def test_colours(found: WorldStatistics) -> None:
    third = len(found.hues) // 3
    red, green, blue = found.hues[0] + found.hues[-1], found.hues[third], found.hues[2 * third]
    assert min(red, green, blue) > 0.3  # by and large; codecs move hues a little
    assert 0.04 < min(found.brightness) < max(found.brightness) < 0.7


def test_the_table_says_it_all(found: WorldStatistics) -> None:
    table = found.table()
    assert "| scenes, videos, frames | 3, 9, 45 |" in table
    assert "| camera moves | pan: 3, truck: 3, static: 3 |" in table
    assert "| lens | f18_aperture10: 1, f24_aperture5: 2 |" in table
    assert "| scenes drawn anew (no room for cameras, or a frame of one colour) | 1 |" in table
    assert len({line.count("|") for line in table.splitlines()}) == 1


def test_pictures_are_kept_of_evenly_spread_scenes(world: Path) -> None:
    found = collect_statistics(open_index(world), pictures=2)
    assert sorted(found.pictures) == [0, 2]
    assert found.pictures[0].shape == (SIZE, SIZE, 3)
    with pytest.raises(DatasetError, match="no scenes of val"):
        collect_statistics(open_index(world), "val")


def test_montages_lay_frames_out_in_order(world: Path) -> None:
    red, blue = (np.zeros((8, 8, 3), np.uint8) for _ in range(2))
    red[..., 0], blue[..., 2] = 255, 255
    sheet = montage([red, blue, red], columns=2, side=16)
    assert sheet.shape == (34, 34, 3)
    assert [tuple(sheet[y, x]) for y, x in ((8, 8), (8, 26), (26, 8))] == [
        (255, 0, 0),
        (0, 0, 255),
        (255, 0, 0),
    ]
    with pytest.raises(InputError, match="at least one"):
        montage([], 2)
    scene = open_index(world).scene("train/f24_aperture5/scene0")
    assert scene_montage(scene, moments=2, side=16).shape == (34, 52, 3)


def test_saved_pictures_are_small(tmp_path: Path, found: WorldStatistics) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (300, 300, 3), np.uint8)
    path = save_picture(noise, tmp_path / "noise.png", 60_000)
    assert path.stat().st_size <= 60_000
    assert Image.open(path).width > 150
    for save in (save_charts, save_word_charts):
        path = save(found, tmp_path / f"{save.__name__}.png")
        assert path.stat().st_size < 300_000
        pixels = np.asarray(Image.open(path).convert("L"))
        assert min(pixels.shape) > 600
        assert pixels.std() > 10  # bars and words on white


def test_the_tool_makes_the_page(world: Path, tmp_path: Path) -> None:
    words = [
        sys.executable,
        str(TOOL),
        str(world),
        "--out",
        str(tmp_path / "out"),
        "--table",
        str(tmp_path / "p.md"),
    ]
    subprocess.run([*words, "--scene", "2"], check=True, capture_output=True)
    page = (tmp_path / "p.md").read_text()
    assert "A man runs on a square at night." in page
    for name in ("scenes", "cameras", "histograms", "words"):
        assert f"(images/world-statistics-{name}.png)" in page
        assert (tmp_path / "out" / f"world-statistics-{name}.png").stat().st_size > 500
    wrong = subprocess.run([*words, "--scene", "7"], capture_output=True, text=True, check=False)
    assert wrong.returncode == 2
    assert "has no scene7" in wrong.stderr
