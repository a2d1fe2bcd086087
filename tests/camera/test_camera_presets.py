"""The presets against the published validation file, and what a user may type."""

from __future__ import annotations

import numpy as np
import pytest
from camera_helpers import FIXTURES, load_reference

from recam.camera import PRESET_NAMES, PRESETS, CameraPath, Poses, find_preset
from recam.camera.easing import speed_curve
from recam.camera.presets import PUBLISHED_NAMES as PUBLISHED
from recam.errors import InputError

MORE = [name for name in PRESET_NAMES if name not in PUBLISHED]


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


@pytest.mark.parametrize("name", [name for name in PRESET_NAMES if name != "handheld"])
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
        ("truck-left", "truck-right"),
        ("pedestal-up", "pedestal-down"),
        ("roll-left", "roll-right"),
        ("orbit-left", "orbit-right"),
        ("zoom-in", "zoom-out"),
        ("dolly-zoom-in", "dolly-zoom-out"),
    ],
)
def test_negative_strength_is_the_opposite_preset(name: str, opposite: str) -> None:
    reversed_path = CameraPath.preset(name, 9, strength=-1)
    assert np.allclose(reversed_path.extrinsics, CameraPath.preset(opposite, 9).extrinsics, atol=1e-12)
    assert np.allclose(reversed_path.zooms, CameraPath.preset(opposite, 9).zooms, atol=1e-12)


@pytest.mark.parametrize("name", PRESET_NAMES)
def test_strength_zero_stays(name: str) -> None:
    path = CameraPath.preset(name, 9, strength=0)
    assert np.allclose(path.extrinsics, np.eye(4)[:3], atol=1e-12)
    assert not path.changes_lens


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
        ("ZOOM-IN", "dolly-in"),
        ("zoom-in", "zoom-in"),  # only this spelling is the lens's
        (" zoom-out ", "zoom-out"),
        ("Orbit Left", "orbit-left"),
        ("shake", "handheld"),
        ("vertigo", "dolly-zoom-in"),
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
    assert [PRESETS[name].id for name in PUBLISHED] == list(range(1, 11))
    assert all(PRESETS[name].id == 0 for name in MORE)
    assert all(info.description and info.full_move for info in PRESETS.values())
    assert all(bool(info.amount) == bool(info.unit) for info in PRESETS.values())


# Where the last frame of each further move is: metres (x right, y down, z forward), from its definition.
@pytest.mark.parametrize(
    ("name", "position"),
    [
        ("truck-right", (1, 0, 0)),
        ("truck-left", (-1, 0, 0)),
        ("pedestal-up", (0, -1, 0)),
        ("pedestal-down", (0, 1, 0)),
        ("orbit-left", (-4 * np.sin(np.pi / 4), 0, 4 - 4 * np.cos(np.pi / 4))),
        ("orbit-right", (4 * np.sin(np.pi / 4), 0, 4 - 4 * np.cos(np.pi / 4))),
        ("spiral-left", (-3, -0.5, 4)),  # a quarter round, from 4 m to 3 m, half a metre up
        ("spiral-right", (3, -0.5, 4)),
        ("figure-eight", (0, 0, 0)),
        ("dolly-zoom-in", (0, 0, 1)),
        ("dolly-zoom-out", (0, 0, -1)),
        ("zoom-in", (0, 0, 0)),
        ("roll-left", (0, 0, 0)),
        ("static", (0, 0, 0)),
    ],
)
def test_further_moves_end_where_they_say(name: str, position: tuple[float, float, float]) -> None:
    np.testing.assert_allclose(CameraPath.preset(name).extrinsics[-1, :, 3], position, atol=1e-12)


@pytest.mark.parametrize(("name", "sign"), [("roll-right", 1), ("roll-left", -1)])
def test_roll_right_is_clockwise_seen_from_behind(name: str, sign: int) -> None:
    last = CameraPath.preset(name).extrinsics[-1]
    right_side, up = last[:, 0], -last[:, 1]
    assert right_side[1] == pytest.approx(sign * np.sin(np.radians(15)))  # its right side sinks (+y is down)
    assert up[0] == pytest.approx(sign * np.sin(np.radians(15)))  # its top leans to the right
    assert last[2, 2] == pytest.approx(1)


def test_an_orbit_keeps_its_distance_all_the_way_round() -> None:
    path = CameraPath.preset("orbit-left", 73, amount=360, subject_distance=2.5)
    seen = path.poses.invert().matrices @ np.array([0, 0, 2.5, 1])
    np.testing.assert_allclose(seen, np.tile([0, 0, 2.5, 1], (73, 1)), atol=1e-12)
    np.testing.assert_allclose(path.extrinsics[-1], np.eye(3, 4), atol=1e-12)
    np.testing.assert_allclose(path.extrinsics[36, :, 3], (0, 0, 5), atol=1e-12)  # behind the subject
    assert path.extrinsics[18, 0, 3] == pytest.approx(-2.5)  # to the left first


@pytest.mark.parametrize("name", ["figure-eight", "spiral-left", "spiral-right"])
def test_the_subject_stays_in_the_middle(name: str) -> None:
    path = CameraPath.preset(name, 41)
    seen = path.poses.invert().matrices @ np.array([0, 0, 4, 1])
    np.testing.assert_allclose(seen[:, :2], 0, atol=1e-12)


def test_a_figure_eight_crosses_its_start_and_goes_to_both_sides() -> None:
    positions = CameraPath.preset("figure-eight", 81, amount=0.8).poses.translations
    np.testing.assert_allclose(positions[40], 0, atol=1e-12)
    assert positions[:, 0].max() == pytest.approx(0.8)
    assert positions[:, 0].min() == pytest.approx(-0.8)
    assert np.abs(positions[:, 1]).max() == pytest.approx(0.4)


def test_a_zoom_multiplies_evenly_and_stays_in_place() -> None:
    path = CameraPath.preset("zoom-in", 5, amount=4)
    np.testing.assert_allclose(path.zooms, [1, 2**0.5, 2, 2**1.5, 4])
    np.testing.assert_array_equal(path.extrinsics, np.tile(np.eye(3, 4), (5, 1, 1)))
    np.testing.assert_allclose(CameraPath.preset("zoom-in", 5, strength=0.5).zooms[-1], 2**0.5)
    assert not CameraPath.preset("dolly-in").changes_lens


@pytest.mark.parametrize("name", ["dolly-zoom-in", "dolly-zoom-out"])
def test_a_dolly_zoom_keeps_the_subject_s_size(name: str) -> None:
    path = CameraPath.preset(name, 9, amount=1.5, subject_distance=3, easing="ease-in-out")
    distance = 3 - path.extrinsics[:, 2, 3]
    np.testing.assert_allclose(path.zooms / distance, 1 / 3)
    assert abs(np.log(path.zooms[-1])) > 0.3


def test_amount_easing_and_speed_go_all_the_way() -> None:
    turned = CameraPath.preset("pan-right", amount=35)
    assert turned.max_rotation_degrees() == pytest.approx(35)
    assert CameraPath.preset("pan-right", easing="linear").max_rotation_degrees() == pytest.approx(20)
    positions = CameraPath.preset("dolly-in", 41, speed=-2, amount=1).extrinsics[:, 2, 3]
    np.testing.assert_allclose(positions, speed_curve(np.linspace(0, 1, 41), -2), atol=1e-12)
    eased = CameraPath.preset("truck-left", 5, easing="smoothstep").extrinsics[:, 0, 3]
    np.testing.assert_allclose(eased, [0, -0.15625, -0.5, -0.84375, -1])


def test_options_and_durations() -> None:
    path = CameraPath.preset("spiral-left", seconds=2, fps=24, options={"rise": 2, "closer": 0})
    assert path.num_frames == 48
    np.testing.assert_allclose(path.extrinsics[-1, :, 3], (-4, -2, 4), atol=1e-12)


def test_a_shake_is_smooth_seeded_and_starts_at_the_source() -> None:
    path = CameraPath.preset("handheld", 1200, fps=24, amount=0.5)
    np.testing.assert_allclose(path.extrinsics[0], np.eye(3, 4), atol=1e-12)
    assert path == CameraPath.preset("handheld", 1200, fps=24)
    assert path != CameraPath.preset("handheld", 1200, fps=24, seed=1)
    # The same seconds show the same shake at any frame rate and length.
    half = CameraPath.preset("handheld", 100, fps=12)
    np.testing.assert_allclose(half.extrinsics, path.extrinsics[:200:2], atol=1e-12)
    forward = path.poses.rotations[:, :, 2]
    for turned in (
        np.degrees(np.arctan2(forward[:, 0], forward[:, 2])),
        np.degrees(np.arcsin(-forward[:, 1])),
    ):
        assert turned.std() == pytest.approx(0.5, rel=0.15)
        # 1/f noise between 0.3 and 5 Hz: what changes from frame to frame is a small part of it
        assert np.diff(turned).std() < 0.4 * turned.std()
    assert path.poses.translations[:, 0].std() == pytest.approx(0.01, rel=0.2)


@pytest.mark.parametrize(
    ("name", "arguments", "message"),
    [
        ("pan-left", {"amount": float("nan")}, "amount must be a finite number"),
        ("zoom-in", {"amount": 0}, "factor above 0"),
        ("zoom-in", {"amount": -2}, "factor above 0"),
        ("pan-left", {"easing": "linear", "speed": 1}, "not both"),
        ("pan-left", {"easing": "bouncy"}, "unknown easing"),
        ("pan-left", {"speed": float("inf")}, "finite"),
        ("pan-left", {"options": {"rise": 1}}, "no option 'rise'"),
        ("spiral-left", {"options": {"height": 1}}, "it has rise, closer"),
        ("spiral-left", {"options": {"closer": 4}}, "reaches the subject"),
        ("dolly-zoom-in", {"amount": 4}, "keep the size of a subject"),
        ("handheld", {"easing": "linear"}, "takes neither easing nor speed"),
        ("handheld", {"seed": -1}, "seed must be 0 or more"),
        ("handheld", {"fps": 0}, "fps must be"),
        ("pan-left", {"seconds": 1}, "seconds with fps"),
        ("pan-left", {"seconds": 1, "fps": 24, "num_frames": 3}, "seconds with fps"),
        ("pan-left", {"seconds": 0.001, "fps": 24}, "no whole frame"),
        ("arc-left", {"amount": 180}, "180 degrees"),
    ],
)
def test_bad_values_are_refused(name: str, arguments: dict, message: str) -> None:
    with pytest.raises(InputError, match=message):
        CameraPath.preset(name, **arguments)


@pytest.mark.parametrize(
    ("said", "meant"), [("rise", "crane-up"), ("Push In", "dolly-in"), ("slide_left", "truck-left")]
)
def test_words_that_people_say_are_answered_with_the_move_they_mean(said: str, meant: str) -> None:
    with pytest.raises(InputError, match=f"did you mean '{meant}'"):
        find_preset(said)
