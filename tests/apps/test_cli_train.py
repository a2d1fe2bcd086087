"""``recam train`` as a user types it: both stages start, stop and go on, on a world of two scenes."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from recam.video import probe


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from recam.worlds.settings import TinySettings
    from recam.worlds.write import render_world

    folder = tmp_path_factory.mktemp("made") / "world"
    render_world(folder, range(2), TinySettings(size=32, num_frames=5))
    return folder


@pytest.mark.gl
def test_both_stages_stop_and_go_on(recam, world: Path, tmp_path: Path) -> None:
    first = tmp_path / "autoencoder"
    words = ("train", "autoencoder", world, "--out", first, "--max-minutes", "0.01", "--json")
    for _ in range(2):
        ran = recam(*words)
        assert ran.code == 0, ran.err
        assert json.loads(ran.out)["done"] is False
    recam(*words, "--scenes", 1).refused(str(first), "other settings")

    from diffusers import AutoencoderKLWan

    from recam.training.presets import autoencoder_model

    AutoencoderKLWan(**autoencoder_model(base_dim=8)).save_pretrained(
        first / "vae"
    )  # as if stage 1 had ended
    second = tmp_path / "transformer"
    ran = recam(
        *("train", "transformer", world, "--autoencoder", first, "--out", second),
        *("--max-minutes", "0.01", "--json"),
    )
    assert ran.code == 0, ran.err
    assert json.loads(ran.out)["done"] is False
    assert "transformer: " in json.loads(ran.out)["notes"][0]

    exported = tmp_path / "mine"
    words = ("train", "export", second, exported, "--autoencoder", first, "--world", world)
    ran = recam(*words, "--json")
    assert ran.code == 0, ran.err
    assert json.loads(ran.out)["name"] == "mine"
    recam(*words).refused(str(exported), "not an empty folder")
    clip = next((world / "train").rglob("cam01.mp4"))
    new = tmp_path / "new.mp4"
    assert recam("render", clip, "-c", "pan-left", "-m", exported, "--steps", 1, "-o", new).code == 0
    assert (probe(new).num_frames, probe(new).width) == (5, 32)


@pytest.mark.gl
def test_a_bad_beginning_is_one_line(recam, world: Path, tmp_path: Path, only) -> None:
    run = tmp_path / "run"
    words = ("train", "autoencoder", world, "--out", run)
    recam("train", "autoencoder", tmp_path / "none", "--out", run).refused("none", "recam world render")
    recam(*words, "--preset", "giant").refused("--preset giant", "tiny")
    recam(*words, "--max-minutes", "-1").refused("--max-minutes")
    second = ("train", "transformer", world, "--out", run, "--autoencoder")
    recam(*second, tmp_path / "none").refused("--autoencoder", "none", "no such folder")
    recam(*second, world).refused("recam train transformer: ", "vae")
    export = ("train", "export", run, tmp_path / "mine", "--world", world, "--autoencoder", tmp_path / "none")
    recam(*export).refused("RUN", "no such folder")
    only()
    broken = shutil.copytree(world, tmp_path / "world")
    next(broken.rglob("scene1/scene.json")).unlink()
    recam("train", "autoencoder", broken, "--out", run).refused("scene.json")
    (tmp_path / "run").write_text("a file")
    recam(*words).refused(str(run), "is a file")
