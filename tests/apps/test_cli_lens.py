"""Lenses and zooms as a user types them: draft, render and show agree on what they mean."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typed import FREE

from recam.apps.cli.lens_options import LensChoice
from recam.camera import CameraPath, Poses
from recam.errors import InputError
from recam.video import Video


def test_every_way_to_say_one_lens_drafts_alike(recam, video_of, tmp_path: Path) -> None:
    drawn = []
    full_frame, other = ("--focal-mm", 36), ("--focal-mm", 24, "--sensor-mm", 24)
    for index, lens in enumerate((("--fov", 53.130102354), ("--focal-px", 64), full_frame, other)):
        output = tmp_path / f"{index}.mp4"
        assert recam("draft", video_of(9), "-c", "pan-left", *lens, "-o", output).code == 0
        drawn.append(Video.load(output).frames)
    for frames in drawn[1:]:
        assert abs(frames.astype(int) - drawn[0]).max() <= 1
    recam("draft", video_of(9), "-c", "pan-left", "-o", tmp_path / "usual.mp4")
    assert abs(Video.load(tmp_path / "usual.mp4").frames.astype(int) - drawn[0]).max() > 10


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--fov", "50", "--focal-px", "70"), ["--fov and --focal-px"]),
        (("--sensor-mm", "24"), ["--sensor-mm needs --focal-mm"]),
        (("--focal-mm", "0"), ["focal_mm", "positive"]),
        (("--focal-px", "nan"), ["fx", "nan"]),
        (("--fov", "0"), ["between 0 and 180"]),
    ],
)
def test_a_lens_that_is_none_is_refused(recam, video_of, tmp_path: Path, only, words, said) -> None:
    words = ("draft", video_of(9), "-c", "pan-left", *words, "-o", tmp_path / "out.mp4")
    recam(*words).refused("recam draft: ", *said)
    only()


def test_a_lens_belongs_to_a_picture() -> None:
    assert LensChoice().lens(64, 48) is None
    assert not LensChoice().given
    lens = LensChoice(focal_mm=36).lens(64, 48)  # on a sensor 36 mm wide
    assert lens is not None
    assert (lens.fx, lens.fy, lens.cx, lens.cy) == (64, 64, 32, 24)
    with pytest.raises(InputError, match="--fov and --focal-mm"):
        LensChoice(fov=50, focal_mm=24)


@pytest.fixture
def zooming(tmp_path: Path) -> Path:
    file = tmp_path / "zoom.json"
    CameraPath(Poses.identity(9), "closer", zoom=np.geomspace(1, 2, 9)).save(file)
    return file


def test_a_draft_shows_a_true_zoom(recam, video_of, zooming: Path, tmp_path: Path) -> None:
    output = tmp_path / "out.mp4"
    assert recam("draft", video_of(9), "-c", zooming, "-o", output).code == 0
    source, drawn = Video.load(video_of(9)).frames[-1], Video.load(output).frames[-1]
    middle = Image.fromarray(source[12:36, 16:48]).resize((64, 48), Image.Resampling.BILINEAR)
    assert abs(drawn.astype(int) - np.asarray(middle)).mean() < 6


def test_a_model_ignores_a_zoom_and_says_so_once(recam, model, video_of, zooming: Path) -> None:
    words = ("render", video_of(9), "-c", zooming, "-m", model(FREE), "--seed", 0, "-o")
    ran = recam(*words, zooming.with_name("plain.mp4"))
    assert ran.code == 0, ran.err
    told = [line for line in ran.err.splitlines() if "zoom" in line]
    assert told == [
        "note: the model takes no lens: the zoom of this path (1x to 2x) is ignored; "
        "--lens-as-dolly approximates it for a subject distance"
    ]


def test_a_zoom_becomes_a_dolly_on_demand(recam, model, video_of, zooming: Path) -> None:
    words = ("render", video_of(9), "-c", zooming, "-m", model(FREE), "--seed", 0, "--json", "-o")
    plain, dolly = (zooming.with_name(f"{name}.mp4") for name in ("plain", "dolly"))
    assert recam(*words, plain).code == 0
    ran = recam(*words, dolly, "--lens-as-dolly", "--subject-distance", "3")
    assert json.loads(ran.out)["notes"][0] == "the zoom of this path became a dolly for a subject 3 m ahead"
    assert (Video.load(plain).frames != Video.load(dolly).frames).any()


def test_show_tells_the_zoom(recam, zooming: Path) -> None:
    table = recam("camera", "show", zooming).out.splitlines()
    assert table[1].endswith("zoom")
    assert (table[2].split()[-1], table[-1].split()[-1]) == ("1.000", "2.000")
    data = json.loads(recam("camera", "show", zooming, "--json").out)
    np.testing.assert_allclose(data["zoom"], np.geomspace(1, 2, 9))
    assert json.loads(recam("camera", "show", "arc-left", "--json").out)["zoom"] is None


def test_show_draws_on_the_footage(recam, video_of, tmp_path: Path, only) -> None:
    output = tmp_path / "where.png"
    ran = recam("camera", "show", "arc-left", "--video", video_of(9), "--focal-mm", "30", "-o", output)
    assert ran.code == 0, ran.err
    assert ran.out.splitlines()[-1] == str(output)
    with Image.open(output) as picture:
        assert picture.width == 1100
    recam("camera", "show", "arc-left", "--video", video_of(9)).refused("-o")
    recam("camera", "show", "arc-left", "--fov", "50").refused("--video")
    recam("camera", "show", "arc-left", "--video", video_of(9), "-o", tmp_path / "a.html").refused(".png")
    recam("camera", "show", "arc-left", "--video", tmp_path / "none.mp4", "-o", output).refused(
        "no such file"
    )
    only("where.png")


def test_show_and_plot_draw_the_same_plot(recam, tmp_path: Path) -> None:
    shown, plotted, small = (tmp_path / name for name in ("shown.png", "plotted.png", "small.png"))
    assert recam("camera", "show", "arc-left", "-o", shown).code == 0
    assert recam("camera", "plot", "arc-left", "-o", plotted).code == 0
    assert shown.read_bytes() == plotted.read_bytes()
    assert recam("camera", "plot", "arc-left", "--size", "small", "-o", small).code == 0
    with Image.open(small) as picture:
        assert picture.size == (360, 240)
    recam("camera", "plot", "arc-left", "--size", "small", "-o", tmp_path / "a.html").refused(".png")


def test_a_dolly_zoom_without_a_lens_is_said_to_stand_still() -> None:
    from recam.apps.cli.lens_options import path_for_model

    driven, notes = path_for_model(CameraPath.preset("dolly-zoom-in", num_frames=9), True, 4.0)
    assert driven.translation_length() < 1e-9
    assert "stands still" in notes[0]
    assert "stands still" not in path_for_model(CameraPath.preset("zoom-in", num_frames=9), True, 4.0)[1][0]
