"""``recam render`` as a user types it, on whole models in miniature with random weights."""

from __future__ import annotations

import contextlib
import json
import os
import pickle
import resource
import shutil
import signal
import subprocess
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typed import ENVIRONMENT, FIXED, FREE, RECAM

from recam.video import Video, probe


def test_a_video_is_re_shot(recam, model, video_of, tmp_path: Path) -> None:
    names = ("new.mp4", "both.mp4", "sheet.png")
    new, both, sheet = (tmp_path / name for name in names)
    ran = recam(
        *("render", video_of(9), "--camera", "arc-left", "--prompt", "a square", "--model", model(FREE)),
        *("--seed", 3, "-o", new, "--side-by-side", both, "--contact-sheet", sheet),
    )
    assert ran.code == 0, ran.err
    assert ran.out.splitlines()[0] == f"{new}: arc-left, 9 frames, 48x32, 8 frames/s, seed 3"
    assert (probe(new).num_frames, probe(new).width, probe(new).height, probe(new).fps) == (9, 48, 32, 8)
    assert probe(both).width > 2 * probe(both).height
    with Image.open(sheet) as picture:
        assert picture.width > picture.height
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(names)


def test_json_is_alone_and_seeds_reproduce(recam_process, recam, model, video_of, tmp_path: Path) -> None:
    words = ("render", video_of(9), "-c", "dolly-in", "-m", model(FREE), "--json", "-o")
    ran = recam_process(*words, tmp_path / "a.mp4")
    assert ran.code == 0, ran.err
    data = json.loads(ran.out)
    assert (data["num_frames"], data["width"], data["height"], data["camera"]) == (9, 48, 32, "dolly-in")
    assert recam(*words, tmp_path / "b.mp4", "--seed", data["seed"]).code == 0
    assert recam(*words, tmp_path / "c.mp4", "--seed", data["seed"] + 1).code == 0
    a, b, c = (Video.load(tmp_path / f"{name}.mp4").frames for name in "abc")
    np.testing.assert_array_equal(a, b)
    assert (a != c).any()


def test_the_camera_matters(recam, model, video_of, tmp_path: Path) -> None:
    words = ("render", video_of(9), "-m", model(FREE), "--seed", 0)
    for camera in ("arc-left", "arc-right"):
        assert recam(*words, "-c", camera, "-o", tmp_path / f"{camera}.mp4").code == 0
    left, right = (Video.load(tmp_path / f"arc-{side}.mp4").frames for side in ("left", "right"))
    assert (left != right).any()


def test_a_fixed_model_takes_any_video_and_says_what_it_did(recam, model, video_of, tmp_path: Path) -> None:
    ran = recam("render", video_of(24), "-c", "arc-left", "-m", model(FIXED), "-o", tmp_path / "new.mp4")
    assert ran.code == 0, ran.err
    assert probe(tmp_path / "new.mp4").num_frames == 9
    notes = [line for line in ran.err.splitlines() if line.startswith("note: ")]
    assert any("resized from 64x48 to 48x32" in note for note in notes)
    assert sum("for tests only" in note for note in notes) == 1


def test_a_path_from_a_file(recam, model, video_of, cameras_json: Path, tmp_path: Path) -> None:
    chosen = ("-c", cameras_json, "--camera-name", "cam02", "--source-camera", "cam01")
    output = tmp_path / "new.mp4"
    ran = recam("render", video_of(24), *chosen, "-m", model(FREE), "-o", output, "--json")
    assert json.loads(ran.out)["camera"] == "cam02"
    assert probe(output).num_frames == 9


@pytest.mark.parametrize("settings", [FREE, FIXED], ids=["free", "fixed"])
def test_a_camera_file_that_is_too_short(recam, model, video_of, cameras_json, only, settings) -> None:
    output = cameras_json.with_name("new.mp4")
    chosen = ("-c", cameras_json, "--camera-name", "cam02", "--num-frames", "17")
    ran = recam("render", video_of(24), *chosen, "-m", model(settings), "-o", output)
    ran.refused(str(cameras_json), "9 frames", "17", "recam camera convert")
    only("cameras.json")


@pytest.mark.parametrize("num_frames", [2, 5, 8])
@pytest.mark.parametrize("settings", [FREE, FIXED], ids=["free", "fixed"])
def test_too_few_frames(recam, model, video_of, tmp_path: Path, only, settings, num_frames: int) -> None:
    output = tmp_path / "new.mp4"
    words = ("render", video_of(num_frames), "-c", "arc-left", "-m", model(settings), "-o", output)
    recam(*words).refused("recam render: ", f"{num_frames} frames", "--fit pad")
    only()
    assert recam(*words, "--fit", "pad").code == 0
    assert probe(output).num_frames == 9


def test_a_count_that_does_not_fit_names_the_nearest(recam, model, video_of, tmp_path: Path, only) -> None:
    words = ("render", video_of(24), "-c", "arc-left", "-m", model(FREE), "-o", tmp_path / "new.mp4")
    recam(*words, "--num-frames", "10").refused("--num-frames 10", "9 or 13", "--fit trim")
    only()
    assert recam(*words, "--num-frames", "10", "--fit", "trim").code == 0
    assert probe(tmp_path / "new.mp4").num_frames == 9


def test_a_trimmed_preset_still_makes_its_whole_move(recam, model, video_of, tmp_path: Path) -> None:
    """A shorter clip must not get the first part of an arc only."""
    from recam.apps.cli.options import CameraChoice
    from recam.apps.cli.render import _clip
    from recam.camera import CameraPath
    from recam.pipeline import RecamPipeline

    pipe = RecamPipeline.from_pretrained(model(FREE))
    source = video_of(8)
    video, path, frames = _clip(source, probe(source), CameraChoice("arc-left"), pipe, None, "trim")
    assert (video.num_frames, frames) == (8, 5)
    np.testing.assert_allclose(path.extrinsics, CameraPath.preset("arc-left", num_frames=5).extrinsics)


def test_a_bad_video_is_refused(recam, model, bad_video, tmp_path: Path, only) -> None:
    file, word = bad_video
    ran = recam("render", file, "-c", "arc-left", "-m", model(FREE), "-o", tmp_path / "out.mp4")
    assert str(file) in ran.refused("recam render: ", word)
    only(*(["bad.mp4"] if file.exists() else []))


def test_one_frame_is_no_video(recam, model, video_of, tmp_path: Path, only) -> None:
    ran = recam("render", video_of(1), "-c", "arc-left", "-m", model(FREE), "-o", tmp_path / "out.mp4")
    ran.refused("frame")
    only()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("-c", "arc-lft"), ["did you mean 'arc-left'"]),
        (("-c", "arc-left", "--strength", "nan"), ["strength", "nan"]),
        (("-c", "arc-left", "--guidance", "nan"), ["--guidance", "nan"]),
        (("-c", "arc-left", "--guidance", "-1"), ["--guidance", "-1"]),
        (("-c", "arc-left", "--steps", "0"), ["--steps"]),
        (("-c", "arc-left", "--fit", "stretch"), ["--fit", "trim"]),
        (("-c", "arc-left", "--height", "33"), ["33"]),
        (("-c", "arc-left", "--device", "cudda"), ["--device cudda"]),
        (("-c", "arc-left", "--dtype", "int8"), ["--dtype"]),
        (("-c", "arc-left", "--side-by-side", "/nowhere/a.mp4"), ["/nowhere", "does not exist"]),
        (("-c", "arc-left", "--contact-sheet", "sheet.jpg"), ["sheet.jpg", ".png"]),
        ((), ["--camera"]),
    ],
)
def test_bad_options_are_one_line(recam, model, video_of, tmp_path: Path, only, words, said) -> None:
    recam("render", video_of(24), "-m", model(FREE), *words, "-o", tmp_path / "out.mp4").refused(*said)
    only()


# Models that are none


def _missing(folder: Path) -> None:
    shutil.rmtree(folder)


def _of_another_model(folder: Path) -> None:
    index = json.loads((folder / "model_index.json").read_text())
    index["transformer"] = ["diffusers", "WanTransformer3DModel"]
    (folder / "model_index.json").write_text(json.dumps(index))


def _of_another_size(folder: Path) -> None:
    config = json.loads((folder / "transformer" / "config.json").read_text())
    (folder / "transformer" / "config.json").write_text(json.dumps(config | {"num_layers": 3}))


def _without_weights(folder: Path) -> None:
    for file in (folder / "vae").glob("*.safetensors"):
        file.unlink()


def _cut_weights(folder: Path) -> None:
    (file,) = (folder / "transformer").glob("*.safetensors")
    file.write_bytes(file.read_bytes()[:1000])


def _broken_index(folder: Path) -> None:
    (folder / "model_index.json").write_text('{"_class_name": "Recam')


class Trap:
    """Unpickling it would run a command."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple:
        return os.system, (f"touch {self.mark}",)


def _pickle_only(folder: Path) -> None:
    for file in (folder / "transformer").glob("*.safetensors"):
        file.unlink()
    (folder / "transformer" / "diffusion_pytorch_model.bin").write_bytes(
        pickle.dumps(Trap(folder.parent / "opened"))
    )


SPOILT = (
    *(_missing, _of_another_model, _of_another_size, _without_weights),
    *(_cut_weights, _broken_index, _pickle_only),
)


@pytest.mark.parametrize("spoil", SPOILT)
def test_a_model_that_is_none_is_refused(recam, model, video_of, tmp_path: Path, only, spoil) -> None:
    folder = shutil.copytree(model(FREE), tmp_path / "model")
    spoil(folder)
    words = ("render", video_of(9), "-c", "arc-left", "-m", folder, "-o", tmp_path / "out.mp4")
    recam(*words).refused("recam render: ", str(folder))
    only(*(["model"] if folder.exists() else []))


def test_a_file_or_a_word_is_no_model(recam, video_of, tmp_path: Path) -> None:
    words = ("render", video_of(9), "-c", "arc-left", "-o", tmp_path / "out.mp4", "-m")
    file = tmp_path / "step20000.ckpt"
    file.write_bytes(b"weights")
    recam(*words, file).refused("recam checkpoint convert")
    recam(*words, "tinny").refused("tinny", "tiny")


def test_what_the_machine_cannot_run_is_refused_with_the_figure(
    recam, model, video_of, tmp_path, only
) -> None:
    long = model({**FREE, "name": "endless", "num_inference_steps": 10**13})
    ran = recam(
        "render", video_of(9), "-c", "arc-left", "-m", long, "--device", "cpu", "-o", tmp_path / "out.mp4"
    )
    ran.refused("endless", "hours", "recam draft")
    only()


# Interrupted, and a full disk


def test_an_interrupted_render_leaves_nothing(model, video_of, tmp_path: Path, only) -> None:
    """In a terminal, where the bar tells when the model is at work."""
    slow = model({**FREE, "name": "slow", "num_inference_steps": 100_000})
    words = ["render", str(video_of(9)), "-c", "arc-left", "-m", str(slow), "-o", str(tmp_path / "out.mp4")]
    terminal, its_end = os.openpty()
    environment = ENVIRONMENT | {"TERM": "xterm", "COLUMNS": "120"}
    with subprocess.Popen(
        [*RECAM, *words], stdout=subprocess.PIPE, stderr=its_end, env=environment
    ) as process:
        os.close(its_end)
        shown = b""
        while b"rendering steps" not in shown:
            shown += os.read(terminal, 4096)
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=300)
    with contextlib.suppress(OSError):  # a terminal that nobody writes to any more ends with an error
        while more := os.read(terminal, 4096):
            shown += more
    os.close(terminal)
    assert process.returncode == 130, shown
    assert out == b""
    assert b"recam render: interrupted; no unfinished file was left behind" in shown.splitlines()[-1]
    assert b"Traceback" not in shown
    only()


def _full_disk() -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (1024, 1024))


def test_a_full_disk_leaves_nothing(recam_process, model, video_of, tmp_path: Path, only) -> None:
    output = tmp_path / "out.mp4"
    words = ("render", video_of(9), "-c", "arc-left", "-m", model(FREE), "-o", output)
    recam_process(*words, preexec_fn=_full_disk).refused("recam render: ", str(output))
    only()
