"""``recam world export`` as a user types it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest


def test_scripts_and_tables_for_both_programs(recam, tmp_path: Path) -> None:
    words = ("--scenes", "2:4", "--frames", "5", "--radii", "3,5", "--moves", "pan,arc")
    for to, subject in (("blender", "-1,2,1"), ("unreal", "-120,200,95")):
        said = recam("world", "export", tmp_path / to, "--to", to, "--subject", subject, *words, "--json")
        data = json.loads(said.out)
        assert data["scenes"] == 2
        assert [Path(script).parent.name for script in data["scripts"]] == ["scene2", "scene3"]
        for script in data["scripts"]:
            compile(Path(script).read_text(), script, "exec")
            table = json.loads(Path(script).with_name("cameras.json").read_text())
            assert {move["kind"] for move in table["moves"].values()} <= {"pan", "arc"}
            shown = recam("camera", "show", Path(script).with_name("cameras.csv"), "--camera-name", "cam10")
            assert shown.out.startswith("cam10: 5 frames")
    recam("world", "export", tmp_path / "blender", "--to", "blender", *words).refused(
        "scene2", "exists already"
    )


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--to", "maya"), ["--to", "blender"]),
        (("--to", "unreal", "--scenes", "5:5"), ["--scenes 5:5", "names no scene"]),
        (("--to", "unreal", "--scenes", "some"), ["--scenes some", "100:200"]),
        (("--to", "unreal", "--subject", "1,2"), ["--subject 1,2", "three numbers"]),
        (("--to", "unreal", "--subject", "a,b,c"), ["--subject a,b,c", "commas"]),
        (("--to", "blender", "--moves", "jump"), ["jump", "pan"]),
        (("--to", "blender", "--lens", "20"), ["--lens 20", "24"]),
        (("--to", "blender", "--radii", "0.1"), ["0.5"]),
    ],
)
def test_bad_settings_make_no_folder(recam, tmp_path: Path, words: tuple[str, ...], said: list[str]) -> None:
    recam("world", "export", tmp_path / "rigs", *words).refused("recam world export: ", *said)
    assert not list(tmp_path.iterdir())
