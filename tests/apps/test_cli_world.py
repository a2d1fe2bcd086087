"""``recam world render`` as a user types it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

SMALL = ("--engine", "tiny", "--scenes", "1", "--size", "32", "--frames", "5")


@pytest.mark.gl
def test_a_world_is_rendered_once_and_then_kept(recam, tmp_path: Path) -> None:
    world = tmp_path / "world"
    first = json.loads(recam("world", "render", world, *SMALL, "--json").out)
    assert (first["rendered"], first["kept"]) == (1, 0)
    scene = world / "train" / "f24_aperture5" / "scene0"
    assert len(list((scene / "videos").glob("cam*.mp4"))) == 10
    again = json.loads(recam("world", "render", world, *SMALL, "--json").out)
    assert (again["rendered"], again["kept"]) == (0, 1)
    shown = recam("camera", "show", scene / "cameras" / "camera_extrinsics.json", "--camera-name", "cam01")
    assert shown.out.startswith("cam01: 5 frames")
    recam("world", "render", world, *SMALL, "--seed", "1").refused("other settings", "seed")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--size", "33"), ["--size 33", "multiple of 8"]),
        (("--frames", "6"), ["--frames 6", "4n + 1"]),
        (("--lens", "20", "--engine", "tiny"), ["--lens 20", "24"]),
        (("--lens", "24"), ["--lens", "is not for --engine mujoco"]),
        (("--own-starts",), ["--own-starts", "is not for --engine mujoco"]),
        (("--samples", "4"), ["--samples", "is not for --engine mujoco"]),
        (("--depth", "--engine", "tiny"), ["--depth", "is not for --engine tiny"]),
        (("--engine", "unreal"), ["--engine", "mujoco"]),
        (("--split", "test"), ["--split", "train"]),
        (("--scenes", "0"), ["--scenes 0", "no scene"]),
        (("--scenes", "7:7"), ["--scenes 7:7", "no scene"]),
        (("--scenes", "ten"), ["--scenes ten", "100:200"]),
        (("--scenes", "-3"), ["--scenes"]),
    ],
)
def test_bad_settings_make_no_folder(
    recam, tmp_path: Path, only, words: tuple[str, ...], said: list[str]
) -> None:
    recam("world", "render", tmp_path / "world", *words).refused("recam world render: ", *said)
    only()


def test_a_file_is_no_folder(recam, tmp_path: Path) -> None:
    (tmp_path / "world").write_text("here I am")
    recam("world", "render", tmp_path / "world", *SMALL).refused("is a file")


def test_no_cluster(recam, tmp_path: Path) -> None:
    recam("world", "render", tmp_path / "world", "--ray", "127.0.0.1:1").refused(
        "recam world render: no Ray cluster answers at 127.0.0.1:1", "ray start --head"
    )
    assert not list(tmp_path.rglob("scene*"))
