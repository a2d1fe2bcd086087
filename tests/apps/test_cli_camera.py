"""``recam camera`` as a user types it."""

from __future__ import annotations

import json

import numpy as np
import pytest

PUBLISHED = (
    *("pan-right", "pan-left", "tilt-up", "tilt-down", "dolly-in"),
    *("dolly-out", "crane-up", "crane-down", "arc-left", "arc-right"),
)


def test_list_names_every_preset_with_its_number(recam) -> None:
    ran = recam("camera", "list")
    assert ran.code == 0
    for number, name in enumerate(PUBLISHED, 1):
        assert any(line.split()[:2] == [str(number), name] for line in ran.out.splitlines()), name
    presets = json.loads(recam("camera", "list", "--json").out)["presets"]
    assert [preset["id"] for preset in presets] == list(range(11))


def test_show_says_where_the_path_goes(recam) -> None:
    ran = recam("camera", "show", "arc-left")
    assert ran.code == 0
    first = ran.out.splitlines()[0]
    assert first.startswith("arc-left: 81 frames, travels 2.058 m")
    last = ran.out.splitlines()[-1].split()
    assert last[0] == "80"
    assert float(last[1]) == pytest.approx(-2 * 80 / 80.5, abs=1e-3)  # arc left goes left, -x
    assert float(last[4]) > 20  # and looks back to the right, at the subject


def test_show_json_is_the_path_itself(recam) -> None:
    data = json.loads(recam("camera", "show", "5", "--num-frames", "9", "--strength", "0.5", "--json").out)
    extrinsics = np.array(data["extrinsics"])
    assert data["name"] == "dolly-in"
    assert extrinsics.shape == (9, 3, 4)
    np.testing.assert_allclose(extrinsics[-1, :, 3], [0, 0, 0.5 * 2 * 80 / 80.5])


@pytest.mark.parametrize("strength", ["nan", "inf", "-inf"])
def test_strength_must_be_finite(recam, strength: str) -> None:
    recam("camera", "show", "arc-left", "--strength", strength).refused(
        "recam camera show: ", "strength", strength
    )


def test_an_unknown_preset_suggests_the_nearest(recam) -> None:
    recam("camera", "show", "ark-left").refused("'ark-left'", "did you mean 'arc-left'")


def test_camera_name_without_a_file_is_refused(recam) -> None:
    recam("camera", "show", "arc-left", "--camera-name", "cam05").refused("--camera-name", "arc-left")
