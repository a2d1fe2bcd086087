"""The presets against the published validation file, and what a user may type."""

from __future__ import annotations

import numpy as np
import pytest
from camera_helpers import FIXTURES, load_reference

from recam.camera import PRESET_NAMES, PRESETS, CameraPath, Poses, find_preset
from recam.errors import InputError

PUBLISHED = [name for name in PRESET_NAMES if name != "static"]


def assert_same_path(ours: Poses, theirs: Poses) -> None:
    assert np.linalg.norm(ours.translations - theirs.translations, axis=1).max() < 1e-4
    assert ours.relative_to(theirs).rotation_angle_degrees().max() < 0.005


@pytest.mark.parametrize("name", PUBLISHED)
def test_preset_equals_published_reference(name: str) -> None:
    reference = load_reference("multicamvideo_val_relative.safetensors")[f"cam{find_preset(name).id:02d}"]
    assert len(reference) == 61
    assert_same_path(CameraPath.preset(name).poses[:61], Poses(reference))


@pytest.mark.parametrize("name", PUBLISHED)
def test_preset_equals_published_file_on_all_81_frames(name: str) -> None:
    file = FIXTURES / "multicamvideo_val_extrinsics.json"
    published = CameraPath.load(file, camera=f"cam{find_preset(name).id:02d}")
    assert published.num_frames == 81
    assert_same_path(CameraPath.preset(name).poses, published.poses)


# What the picture shows decides the sign: x right, y down, z forward.
@pytest.mark.parametrize(
    ("name", "axis", "sign"),
    [("pan-right", 0, 1), ("pan-left", 0, -1), ("tilt-up", 1, -1), ("tilt-down", 1, 1)],
)
def test_turns_look_where_they_say(name: str, axis: int, sign: int) -> None:
    last = CameraPath.preset(name).extrinsics[-1]
    view_direction = last[:, 2]
    assert sign * view_direction[axis] > 0.1
    assert np.allclose(last[:, 3], 0)


@pytest.mark.parametrize(
    ("name", "axis", "sign"),
    [
        ("dolly-in", 2, 1),
        ("dolly-out", 2, -1),
        ("crane-up", 1, -1),
        ("crane-down", 1, 1),
        ("arc-left", 0, -1),
        ("arc-right", 0, 1),
    ],
)
def test_moves_go_where_they_say(name: str, axis: int, sign: int) -> None:
    position = CameraPath.preset(name).extrinsics[-1, :, 3]
    assert np.argmax(np.abs(position)) == axis
    assert sign * position[axis] > 0.9


@pytest.mark.parametrize("name", ["crane-up", "crane-down", "arc-left", "arc-right"])
@pytest.mark.parametrize("distance", [4.0, 2.5])
def test_subject_stays_in_the_middle_of_the_picture(name: str, distance: float) -> None:
    path = CameraPath.preset(name, num_frames=9, subject_distance=distance)
    subject = np.array([0, 0, distance, 1])
    seen = path.poses.invert().matrices @ subject
    assert np.allclose(seen[:, :2], 0, atol=1e-12)
    assert (seen[:, 2] > 0).all()


@pytest.mark.parametrize("name", PRESET_NAMES)
@pytest.mark.parametrize("num_frames", [1, 2, 9, 81, 161])
def test_any_frame_count_covers_the_same_range(name: str, num_frames: int) -> None:
    path = CameraPath.preset(name, num_frames)
    assert path.num_frames == num_frames
    assert np.allclose(path.poses.matrices[0], np.eye(4), atol=1e-12)
    if num_frames > 1:
        assert np.allclose(path.extrinsics[-1], CameraPath.preset(name).extrinsics[-1], atol=1e-12)


@pytest.mark.parametrize(
    ("name", "opposite"),
    [
        ("pan-right", "pan-left"),
        ("tilt-up", "tilt-down"),
        ("dolly-in", "dolly-out"),
        ("crane-up", "crane-down"),
        ("arc-left", "arc-right"),
    ],
)
def test_negative_strength_is_the_opposite_preset(name: str, opposite: str) -> None:
    reversed_path = CameraPath.preset(name, 9, strength=-1)
    assert np.allclose(reversed_path.extrinsics, CameraPath.preset(opposite, 9).extrinsics, atol=1e-12)


@pytest.mark.parametrize("name", PRESET_NAMES)
def test_strength_zero_stays(name: str) -> None:
    assert np.allclose(CameraPath.preset(name, 9, strength=0).extrinsics, np.eye(4)[:3], atol=1e-12)


def test_strength_scales_angles_and_metres() -> None:
    assert CameraPath.preset("pan-right", strength=0.5).max_rotation_degrees() == pytest.approx(
        10 * 80 / 80.5
    )
    assert CameraPath.preset("dolly-in", strength=1.5).translation_length() == pytest.approx(3 * 80 / 80.5)
    assert CameraPath.preset("pan-left", strength=6, num_frames=2).max_rotation_degrees() == pytest.approx(
        120 * 80 / 80.5
    )


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        (9, "arc-left"),
        ("9", "arc-left"),
        ("01", "pan-right"),
        ("Zoom In", "dolly-in"),
        ("zoom_out", "dolly-out"),
        ("TRANSLATE UP (with rotation)", "crane-up"),
        ("translate down", "crane-down"),
        ("Arc Right with rotation", "arc-right"),
        (" Pan_Left ", "pan-left"),
        ("static", "static"),
    ],
)
def test_aliases(typed: str | int, name: str) -> None:
    assert find_preset(typed).name == name
    assert CameraPath.preset(typed, 5).name == name


@pytest.mark.parametrize(
    ("typed", "suggestion"), [("arc-lft", "arc-left"), ("zoomin", "dolly-in"), ("Pan", "pan-")]
)
def test_unknown_preset_suggests_the_nearest(typed: str, suggestion: str) -> None:
    with pytest.raises(InputError, match=f"did you mean '{suggestion}"):
        CameraPath.preset(typed)


@pytest.mark.parametrize("typed", ["", "11", "-1", "qqq"])
def test_unknown_preset_lists_all(typed: str) -> None:
    with pytest.raises(InputError, match=r"unknown camera preset.*pan-right.*static"):
        CameraPath.preset(typed)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_strength_must_be_finite(value: float) -> None:
    with pytest.raises(InputError, match="strength must be a finite number"):
        CameraPath.preset("static", strength=value)


@pytest.mark.parametrize("value", [0.0, -4.0, float("nan"), float("inf")])
def test_subject_distance_must_be_positive(value: float) -> None:
    with pytest.raises(InputError, match="subject_distance must be a positive number"):
        CameraPath.preset("pan-right", subject_distance=value)


def test_arc_through_the_subject_is_refused() -> None:
    with pytest.raises(InputError, match="below strength 6"):
        CameraPath.preset("arc-left", strength=6)


def test_no_frames_is_refused() -> None:
    with pytest.raises(InputError, match="at least one frame"):
        CameraPath.preset("pan-right", 0)


def test_registry_is_complete() -> None:
    assert sorted(info.id for info in PRESETS.values()) == list(range(11))
    assert all(info.description and info.full_move for info in PRESETS.values())
