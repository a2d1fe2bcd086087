"""Camera paths said in words: grammar, durations, what moves do together, and errors at a character."""

from __future__ import annotations

import itertools
import pickle
import time
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from recam.camera import PRESET_NAMES, PRESETS, CameraPath, Poses
from recam.camera.easing import EASINGS, ease
from recam.camera.expression import canonical, evaluate, parse
from recam.camera.expression.parser import default_amount, options_of
from recam.camera.expression.tree import (
    Hold,
    Move,
    Node,
    Quantity,
    Repeat,
    Reverse,
    Sequence,
    Timed,
    Together,
)
from recam.camera.expression.units import UNITS
from recam.errors import ExpressionError, InputError

QUICK = settings(max_examples=40, deadline=None)
path = CameraPath.from_expression


def assert_same(first: CameraPath, second: CameraPath, tolerance: float = 1e-9) -> None:
    np.testing.assert_allclose(first.extrinsics, second.extrinsics, atol=tolerance)
    np.testing.assert_allclose(first.zooms, second.zooms, rtol=tolerance)


def or_error_inside(text: str, make: Callable[[], CameraPath]) -> CameraPath | None:
    """What ``make`` makes, or None if it raised an error that points into ``text``."""
    error = None
    try:
        return make()
    except ExpressionError as raised:
        error = raised
    assert 0 <= error.position <= len(text)
    assert error.reason
    assert "\n" not in str(error)
    line, caret = error.excerpt().split("\n")
    assert len(caret) <= len(line) + 1
    return None


# --- what is understood -------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [*PRESET_NAMES, "9", "Zoom In", "translate up (with rotation)", "Pan_Left"])
def test_a_preset_s_name_alone_is_that_preset(name: str) -> None:
    assert path(name, 33, strength=0.5, subject_distance=3) == CameraPath.preset(name, 33, 0.5, 3)


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("arc-left( 30 degrees )", "arc-left(30deg)"),
        ("arc-left(30)", "arc-left(30deg)"),
        ("arc left 30°", "arc-left(30deg)"),
        ("ARC_LEFT(50%) over 20 frames", "arc-left(50%) over 20f"),
        ("pan-left then tilt-up", "pan-left, tilt-up"),
        ("pan-left, then tilt-up and then hold 5 frames", "pan-left, tilt-up, hold 5f"),
        ("pan left; tilt up;hold", "pan-left, tilt-up, hold"),
        (
            "orbit-left(30deg) and crane-up(.5m) + zoom-in",
            "orbit-left(30deg) while crane-up(0.5m) while zoom-in",
        ),
        ("pan-left over 2s @ease_in", "pan-left @ease-in over 2s"),
        ("pan-left for 2 seconds", "pan-left over 2s"),
        ("pan-left @speed(a=-2.5)", "pan-left @speed(-2.5)"),
        ("(pan-left)", "pan-left"),
        ("((pan-left, (tilt-up)))", "pan-left, tilt-up"),
        ("pan-left, dolly-in with shake(0.2)", "(pan-left, dolly-in) while handheld(0.2deg)"),
        ("spiral-left(rise=20cm, 90deg)", "spiral-left(90deg, rise=20cm)"),
        ("orbit-left(distance=5, 30deg)", "orbit-left(30deg, distance=5m)"),
        ("9, then 5 over 20f", "arc-left, dolly-in over 20f"),
        ("zoom in 2m, zoom-in 2x", "dolly-in(2m), zoom-in(2x)"),
        ("repeat 2(pan-left,reverse)over 20f", "repeat 2 (pan-left, reverse) over 20f"),
        ("hold", "hold"),
    ],
)
def test_spellings(text: str, same: str) -> None:
    assert canonical(parse(text)) == same
    assert parse(same) == parse(text)


quantities = st.floats(-1e5, 1e5, allow_nan=False)


@st.composite
def moves(draw: st.DrawFn) -> Move:
    info = PRESETS[draw(st.sampled_from(PRESET_NAMES))]
    amount = None
    if info.unit and draw(st.booleans()):
        units = {"deg": ("deg", "rad", "%"), "m": ("m", "cm", "mm", "%"), "x": ("x", "%")}[info.unit]
        unit = draw(st.sampled_from(units))
        value = draw(st.floats(0.01, 100)) if unit == "x" else draw(quantities.filter(lambda v: abs(v) < 1e4))
        amount = Quantity(value, unit)
    options = {}
    for name in options_of(info):
        if draw(st.booleans()):
            options[name] = (
                Quantity(float(draw(st.integers(0, 99))))
                if name == "seed"
                else Quantity(draw(st.floats(0.1, 10)), draw(st.sampled_from(("m", "cm"))))
            )
    return Move(info.name, amount, tuple(sorted(options.items())))


durations = st.builds(Quantity, st.floats(1, 50), st.sampled_from(("f", "s", "%")))
easings = st.one_of(st.sampled_from(sorted(EASINGS)), st.just("speed(-2.5)"), st.just("speed(3)"))


def _timed(body: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    eased = body.filter(lambda node: not isinstance(node, Hold) and not _shakes(node))
    return st.one_of(
        st.builds(Timed, body, durations),
        st.builds(Timed, eased, st.none(), easings),
        st.builds(Timed, eased, durations, easings),
    )


def _shakes(node: Node) -> bool:
    return isinstance(node, Move) and node.name == "handheld"


def _compound(inner: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    several = st.lists(inner, min_size=2, max_size=3).map(tuple)
    return st.one_of(
        st.builds(Sequence, several),
        st.builds(Together, several),
        st.builds(Repeat, st.integers(1, 4), inner),
        _timed(inner),
    )


trees = st.recursive(st.one_of(moves(), st.builds(Hold), st.builds(Reverse)), _compound, max_leaves=8)


@settings(max_examples=100, deadline=None)
@given(trees)
def test_what_is_printed_is_read_as_the_same(tree: Node) -> None:
    text = canonical(tree)
    assert parse(text) == tree, text
    assert canonical(parse(text)) == text


@settings(max_examples=80, deadline=None)
@given(trees, st.integers(1, 121), st.floats(-2, 2))
def test_any_expression_gives_rigid_poses_or_an_error_inside_the_text(
    tree: Node, frames: int, strength: float
) -> None:
    text = canonical(tree)
    made = or_error_inside(text, lambda: path(text, frames, fps=12, strength=strength))
    if made is None:
        return
    assert made.num_frames == frames
    np.testing.assert_allclose(made.extrinsics[0], np.eye(3, 4), atol=1e-12)
    assert made.zooms[0] == pytest.approx(1)
    Poses(made.poses.matrices)  # checks that they are finite and rigid
    rotations = made.poses.rotations
    np.testing.assert_allclose(
        rotations @ rotations.transpose(0, 2, 1), np.tile(np.eye(3), (frames, 1, 1)), atol=1e-9
    )


pieces = st.sampled_from(
    [*"()@,;+-%=°.0123456789 ", "then", "while", "with", "over", "hold", "reverse", "repeat", "arc-left",
     "pan left", "zoom-in", "orbit-left", "handheld", "30deg", "2x", "1.5m", "10f", "2s", "speed(2)",
     "ease-in", "distance=2m"]
)  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(
    st.one_of(
        st.text(max_size=60), st.lists(pieces, max_size=14).map(" ".join), st.lists(pieces).map("".join)
    )
)
@example("1e999deg")
@example("arc-left(1e400)")
@example("(" * 3000)
@example("repeat 100 (repeat 100 (repeat 100 (pan-left)))")
@example("pan-left\x00")
@example("²")
@example("zoom-in(1e3x) over 1f, " * 60 + "hold")
@example("hold, " + "reverse, " * 95 + "hold")
@example("(pan-left, tilt-up) @speed(1e6)")
@example("(pan-left, (tilt-up, dolly-in) @speed(-900)) @speed(-900)")
def test_no_text_makes_anything_but_an_error_inside_it(text: str) -> None:
    or_error_inside(text, lambda: path(text, 50, fps=10))


# --- errors ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "at", "words"),
    [
        ("", 0, "empty"),
        ("  ", 0, "empty"),
        ("arc-lft(30deg)", 0, "there is no move 'arc-lft'; did you mean 'arc-left'"),
        ("pan-left, dolly-inn", 10, "did you mean 'dolly-in'"),
        ("arc-left(30dg)", 11, "unknown unit 'dg'; did you mean 'deg'"),
        ("arc-left(30m)", 9, "arc-left takes degrees (deg) or radians (rad), not 30m"),
        ("dolly-in(30deg)", 9, "takes metres"),
        ("zoom-in(2m)", 8, "takes a factor (2x)"),
        ("Zoom In(2x)", 8, "published name of dolly-in, which takes metres; the lens zoom is zoom-in(2x)"),
        ("static(3m)", 7, "takes no amount"),
        ("arc-left(30deg, 20deg)", 16, "one amount"),
        ("arc-left(30deg 20deg)", 15, "expected ',' or ')'"),
        ("arc-left(30deg", 14, "never closed"),
        ("(arc-left", 0, "never closed"),
        ("arc-left)", 8, "closes nothing"),
        ("pan-left dolly-in", 9, "expected ',' or 'then' or 'while' before 'dolly-in'"),
        ("pan-left,, dolly-in", 9, "expected a move"),
        ("pan-left then", 13, "expected a move, such as arc-left(30deg), not the end"),
        ("pan-left @eas-in", 10, "did you mean 'ease-in'"),
        ("pan-left @", 10, "expected an easing"),
        ("ease-in", 0, "is an easing"),
        ("pan-left @ease @ease", 15, "second easing"),
        ("pan-left over 2s over 3s", 17, "second duration"),
        ("pan-left over 20", 14, "needs a unit"),
        ("pan-left over 2m", 14, "a duration is"),
        ("hold 0f", 5, "more than 0"),
        ("hold @ease", 5, "nothing to ease"),
        ("handheld @ease", 9, "takes no easing"),
        ("orbit-left(distanse=2m)", 11, "did you mean 'distance'"),
        ("orbit-left(distance 2m)", 20, "expected '='"),
        ("orbit-left(distance=-2m)", 20, "more than 0"),
        ("orbit-left(distance=2m, distance=3m)", 24, "given twice"),
        ("handheld(seed=1.5)", 14, "whole number"),
        ("pan-left(distance=2m)", 9, "it has none"),
        ("reverse", 0, "nothing right before it"),
        ("pan-left while reverse", 15, "nothing right before it"),
        ("(pan-left, reverse) while dolly-in", 11, "only handheld"),
        ("repeat 1.5 (pan-left)", 7, "whole number"),
        ("repeat 3 pan-left", 9, "expected '('"),
        ("zoom-in(0x)", 8, "between 0.001 and 1000"),
        ("pan-left(1e9deg)", 9, "beyond"),
        ("pan-left, 11", 10, "no preset's number"),
        ("pan-left & tilt-up", 9, "'&' has no meaning"),
        ("arc-left(200deg)", 0, "below 180"),
        ("pan-left, dolly-zoom-in(4m)", 10, "size of a subject"),
        ("dolly-in(4m), orbit-left(30deg)", 14, "sits on the point"),
        ("orbit-left(30deg, distance=3m) while crane-up", 0, "different subjects"),
        ("zoom-in(100x), zoom-in(100x)", 15, "factor of 1000"),
        ("pan-left over 2s", 14, "seconds need the frame rate"),
        ("pan-left over 100f", 0, "takes 100 frames and the path has 81"),
        ("pan-left over 60f, tilt-up over 30f, hold", 19, "more than the 81 frames"),
        ("pan-left over 81f, tilt-up", 19, "left for 1 without a duration"),
        ("pan-left over 0.1%", 14, "less than one frame"),
        ("pan-left over 150%", 14, "at most 100%"),
        ("pan-left with shake, reverse", 19, "nothing can follow; put it last"),
        ("(pan-left with shake then hold), tilt-up", 21, "nothing can follow"),
    ],
)  # fmt: skip
def test_an_error_points_at_the_character(text: str, at: int, words: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        path(text, 81)
    error = caught.value
    assert words in error.reason, error.reason
    assert error.position == at, error.excerpt()
    assert f"at character {at + 1}: " in str(error)
    assert pickle.loads(pickle.dumps(error)).position == at
    assert error.__notes__ == [error.excerpt()]


def test_an_excerpt_of_a_long_text_shows_the_place() -> None:
    text = "pan-left, " * 50 + "oops, " + "pan-left, " * 50 + "hold"
    with pytest.raises(ExpressionError) as caught:
        parse(text)
    line, caret = caught.value.excerpt().split("\n")
    assert line[caret.index("^") :].startswith("oops")
    assert len(line) <= 102


@pytest.mark.parametrize(
    "arguments",
    [{"num_frames": 0}, {"fps": 0.0}, {"strength": np.nan}, {"subject_distance": 0.0}, {"seed": -1}],
)
def test_other_arguments_are_checked(arguments: dict) -> None:
    with pytest.raises(InputError):
        path("pan-left, tilt-up", **arguments)


# --- what it does -----------------------------------------------------------------------------------


def test_the_example_of_the_documentation() -> None:
    made = path("arc-left(30deg) @ease-in-out, then dolly-in(1.5m) over 20f, hold 10f")
    assert made.num_frames == 81
    assert made.name == "arc-left+dolly-in"
    arc_end = CameraPath.preset("arc-left", 2, easing="linear").extrinsics[-1]
    np.testing.assert_allclose(made.extrinsics[50], arc_end, atol=1e-12)  # 81 - 30 = 51 frames: 0 to 50
    forwards = made.poses[50:71].relative_to(made.poses[50])
    np.testing.assert_allclose(
        forwards.translations, np.linspace(0, 1, 21)[:, None] * (0, 0, 1.5), atol=1e-12
    )
    np.testing.assert_allclose(made.extrinsics[71:], made.extrinsics[[70] * 10], atol=1e-12)
    progress = ease("ease-in-out", np.linspace(0, 1, 51))
    np.testing.assert_allclose(made.extrinsics[:51, 0, 3], -2 * progress, atol=1e-12)


def test_orbit_while_rising() -> None:
    made = path("orbit-left(30deg) while crane-up(0.5m)", 41)
    np.testing.assert_allclose(made.extrinsics[-1, :, 3], (-2, -0.5, 4 - 4 * np.cos(np.pi / 6)), atol=1e-12)
    seen = made.poses.invert().matrices @ np.array([0, 0, 4, 1])
    np.testing.assert_allclose(seen[:, :2], 0, atol=1e-12)
    np.testing.assert_allclose(made.poses.rotations[:, 1, 0], 0, atol=1e-12)  # level


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("pan-left(0.5rad)", f"pan-left({90 / np.pi}deg)"),
        ("dolly-in(150cm)", "dolly-in(1.5m)"),
        ("truck-left(250mm)", "truck-left(25cm)"),
        ("arc-left(50%)", "arc-left(15deg)"),
        ("zoom-in(50%)", f"zoom-in({2**0.5!r}x)"),
        ("zoom-in(0.5x)", "zoom-out(2x)"),
        ("pan-left(-20deg) ", "pan-right(20deg)"),
        ("pan-left over 2s, hold", "pan-left over 48f, hold"),
        ("pan-left over 25%, hold", "pan-left over 20f, hold"),
        ("pan-left over 20f, tilt-up over 20f, hold", "(pan-left, tilt-up) over 40f, hold"),
        ("pan-left, tilt-up", "pan-left over 41f, tilt-up over 40f"),
        ("hold 1f, repeat 3 (pan-left(5deg) over 10f), hold", "hold 1f, pan-left(15deg) over 30f, hold"),
        (
            "hold 1f, (orbit-left(40deg) while dolly-in(1m))",
            "hold 1f, ((orbit-left(20deg), orbit-left(20deg)) while dolly-in(1m))",
        ),
        ("pan-left over 50% while dolly-in", "pan-left over 41f while dolly-in over 81f"),
        ("pan-left @speed(0)", "pan-left @linear"),
        ("crane-up while truck-left while orbit-right", "orbit-right + crane-up + truck-left"),
        ("pan-left over 30f", "pan-left over 30f, hold 51f"),
    ],
)
def test_the_same_in_other_words(first: str, second: str) -> None:
    assert_same(path(first, 81, fps=24), path(second, 81, fps=24))


def test_moves_compose_in_the_frame_reached_and_look_at_one_subject() -> None:
    made = path("pan-right(90deg) over 10f, dolly-in(2m) over 10f, truck-right(1m) over 10f")
    assert made.num_frames == 30
    np.testing.assert_allclose(made.extrinsics[-1, :, 3], (2, 0, -1), atol=1e-12)
    # After a dolly the orbit is about the same point, which is now 2 m away.
    orbit = path("dolly-in(2m) over 10f, orbit-left(180deg) over 20f")
    np.testing.assert_allclose(orbit.extrinsics[-1, :, 3], (0, 0, 6), atol=1e-12)
    own = path("dolly-in(2m) over 10f, orbit-left(180deg, distance=1m) over 20f")
    np.testing.assert_allclose(own.extrinsics[-1, :, 3], (0, 0, 4), atol=1e-12)
    far = path("dolly-in(2m) over 10f, orbit-left(180deg) over 20f", subject_distance=5)
    np.testing.assert_allclose(far.extrinsics[-1, :, 3], (0, 0, 8), atol=1e-12)


bodies = st.sampled_from(
    ["pan-left(40deg) @ease-in", "orbit-left(70deg)", "crane-up(1m), roll-left(20deg)", "dolly-zoom-in(1m)",
     "(pan-left, tilt-up) while dolly-out(1m)", "orbit-right(50deg) while dolly-in(1m) while zoom-in(3x)",
     "spiral-left @speed(3)", "(truck-left(1m), figure-eight) @smoothstep"]
)  # fmt: skip


@QUICK
@given(bodies, st.integers(4, 30), st.integers(1, 30))
def test_reverse_leads_back_and_inverts(body: str, there: int, back: int) -> None:
    made = (
        path(f"({body}) over {there}f, reverse over {back}f")
        if there > 3
        else path(f"({body}) over 9f, reverse over 9f")
    )
    np.testing.assert_allclose(made.extrinsics[-1], np.eye(3, 4), atol=1e-9)
    assert made.zooms[-1] == pytest.approx(1)
    same = path(f"({body}) over 20f, reverse over 19f")  # 19 steps there, 19 back
    np.testing.assert_allclose(same.extrinsics[20:], same.extrinsics[18::-1], atol=1e-9)


def test_an_eased_reverse_and_a_reverse_under_shake() -> None:
    made = path("dolly-in(1m) over 11f, reverse over 10f @ease-in-quad")
    np.testing.assert_allclose(made.extrinsics[11:, 2, 3], 1 - (np.arange(1, 11) / 10) ** 2, atol=1e-9)
    plain, shaken = path("dolly-in, reverse"), path("dolly-in, reverse with shake(1deg)")
    shake = CameraPath.preset("handheld", amount=1.0)
    assert_same(shaken, CameraPath(plain.poses @ shake.poses))


def test_an_easing_of_a_group_bends_the_time_of_all_in_it() -> None:
    bent, plain = (
        path("(pan-left over 41f, dolly-in) @ease-in-out", 81),
        path("pan-left over 4001f, dolly-in", 8001),
    )
    times = ease("ease-in-out", np.linspace(0, 1, 81)) * 8000
    nearest = np.round(times).astype(int)
    np.testing.assert_allclose(bent.extrinsics, plain.extrinsics[nearest], atol=1e-3)
    np.testing.assert_allclose(bent.extrinsics[-1], plain.extrinsics[-1], atol=1e-9)


@QUICK
@given(st.lists(st.one_of(st.none(), st.integers(1, 12)), min_size=1, max_size=6), st.integers(1, 120))
def test_durations_add_up_to_the_path(parts: list[int | None], frames: int) -> None:
    text = ", ".join("pan-left(1deg)" if part is None else f"pan-left(1deg) over {part}f" for part in parts)
    if len(parts) == 1:
        text += ", hold 1f"
    said = sum(part or 1 for part in parts) + (len(parts) == 1)
    if said > frames:
        with pytest.raises(ExpressionError):
            path(text, frames)
        return
    done = evaluate(text, frames)
    spans = [child.frames for child in done.plan.children]
    assert spans[0][0] == 0
    assert all(after[0] == before[1] + 1 for before, after in itertools.pairwise(spans))
    for part, (first, last) in zip(parts, spans, strict=False):
        assert part is None or last - first + 1 == part
    if None in parts:
        assert spans[-1][1] == frames - 1
        open_ones = [
            last - first + 1 for part, (first, last) in zip(parts, spans, strict=False) if part is None
        ]
        assert max(open_ones) - min(open_ones) <= 1


def test_strength_seed_and_zoom() -> None:
    assert_same(path("pan-left(10deg), dolly-in(1m)", strength=-2), path("pan-right(20deg), dolly-out(2m)"))
    made = path("zoom-in(2x) over 10f, zoom-in(3x) over 10f, reverse over 10f")
    np.testing.assert_allclose(made.zooms[[0, 9, 19, 29]], [1, 2, 6, 2])
    assert path("pan-left, shake over 10f", seed=1) != path("pan-left, shake over 10f", seed=2)
    assert path("pan-left with shake(seed=3)", seed=1) == path("pan-left with shake(seed=3)", seed=2)
    assert path("hold").name == "static"


def test_every_preset_can_be_said_with_its_amount() -> None:
    for info in PRESETS.values():
        if info.name == "handheld" or not info.unit:
            continue
        said = path(f"{info.name}({default_amount(info)})", 9)
        assert_same(said, CameraPath.preset(info.name, 9, amount=info.amount))


def test_units_are_what_the_grammar_says() -> None:
    assert all(unit.written in UNITS for unit in UNITS.values())


@pytest.mark.parametrize(
    "text",
    [
        "hold, " + "reverse, " * 95 + "hold",
        ", ".join(["pan-left @ease"] * 99),
        "repeat 3 (repeat 3 ((pan-left @ease, reverse @ease) @ease-in-out) @ease-in-out) @ease-in",
        " while ".join(f"tilt-up(1deg) over {frames}f" for frames in range(2, 90)),
    ],
)
def test_the_longest_texts_take_seconds_at_most(text: str) -> None:
    started = time.process_time()
    path(text, 401)
    assert time.process_time() - started < 10  # a quarter of it on a machine that is not busy


def test_too_many_moves_and_easings_are_refused() -> None:
    with pytest.raises(ExpressionError, match="more than 100 moves"):
        path("repeat 11 (repeat 10 (pan-left))")
    with pytest.raises(ExpressionError, match="more than 4 easings"):
        path("((((pan-left @ease, hold) @ease, hold) @ease, hold) @ease, hold) @ease")
    with pytest.raises(ExpressionError, match="100000 are possible"):
        path("hold 1000000f")
