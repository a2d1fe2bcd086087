"""Keyframe files: what they say, what they are refused for, and that nothing in them surprises the reader."""

from __future__ import annotations

import json
import re
import resource
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recam.camera import CameraPath
from recam.camera.angles import pan_tilt_roll
from recam.camera.keyframe_file import MAX_BYTES, is_keyframe_file, read_keyframes
from recam.errors import CameraFileError, InputError

EXAMPLE = Path(__file__).parents[2] / "examples" / "keyframes.yaml"

FULL = """
format: recam-keyframes
version: 1
name: all of it
fps: 10
loop: no
interpolation: linear
tension: -0.5
timing: even
lens: {focal_mm: 24, sensor_mm: 23.76, width: 1280, height: 1280}
keys:
  - {seconds: 0, position: [0, 0, 1e0], pan: 10, tilt: -5, roll: +2, zoom: 1.5, hold: 1, easing: ease in}
  - {seconds: 2.0, look_at: [.5, 0, 4], tension: 1, fov: 40}
  - {seconds: 3, quaternion_wxyz: [1, 0, 0, 0], focal_mm: 35, sensor_mm: 23.76}
  - seconds: 4
    matrix: [[1, 0, 0, 7], [0, 1, 0, 0], [0, 0, 1, 0]]
constraints:
  - look_at: [0, 0, 9]
    place: [0.25, 0.75]
    from: 1
    to: 2
    blend: 0.5
  - {distance: {max: 20}, point: [0, 0, 9]}
  - {circle: [0, 0, 9], radius: 6, axis: [0, 1, 0], from: 4}
  - {height: {min: -1, max: 1.5}}
  - {fix: {y: 0}, to: 1}
  - level: yes
"""


def written(folder: Path, text: str | bytes, name: str = "shot.yaml") -> Path:
    file = folder / name
    file.write_bytes(text.encode() if isinstance(text, str) else text)
    return file


def test_every_field_is_read(tmp_path: Path) -> None:
    keys = read_keyframes(written(tmp_path, FULL))
    assert (keys.name, keys.fps, keys.loop, keys.interpolation) == ("all of it", 10, False, "linear")
    assert (keys.tension, keys.timing, keys.own_num_frames) == (-0.5, "even", 41)
    assert keys.lens is not None
    assert keys.lens.fx == pytest.approx(24 / 23.76 * 1280)
    first = keys.keys[0]
    assert (first.position, first.pan, first.tilt, first.roll) == ((0, 0, 1), 10, -5, 2)
    assert (first.zoom, first.hold, first.easing) == (1.5, 1, "ease in")
    poses, zoom = keys.sample()
    assert zoom is not None
    assert zoom[30] == pytest.approx(35 / 24)
    kinds = [type(rule).__name__ for rule in keys.constraints]
    assert kinds == ["LookAt", "KeepDistance", "KeepOnCircle", "KeepHeight", "FixAxis", "KeepLevel"]
    assert (keys.constraints[0].start, keys.constraints[0].end, keys.constraints[0].blend) == (1, 2, 0.5)
    assert poses.translations[0, 1] == 0
    np.testing.assert_allclose(pan_tilt_roll(poses.rotations)[:, 2], 0, atol=1e-9)


def test_json_says_the_same_as_yaml(tmp_path: Path) -> None:
    document = {
        "num_frames": 9,
        "loop": True,
        "keys": [
            {"share": 0, "pan": 0},
            {"share": "50%", "position": [1, 0, 2], "pan": 30, "zoom": 2},
        ],
    }
    yaml = "num_frames: 9\nloop: true\nkeys:\n- {share: 0, pan: 0}\n"
    yaml += "- {share: 50%, position: [1, 0, 2], pan: 30, zoom: 2}\n"
    said = CameraPath.load(written(tmp_path, json.dumps(document), "shot.json"))
    assert said == CameraPath.load(written(tmp_path, yaml))
    assert said.num_frames == 9
    np.testing.assert_allclose(said.extrinsics[4, :, 3], [1, 0, 2])


def test_the_example_is_a_whole_path() -> None:
    path = CameraPath.load(EXAMPLE)
    assert (path.name, path.num_frames) == ("hero-shot", 81)
    assert path.changes_lens
    height = -path.poses.translations[:, 1]
    assert height.max() == pytest.approx(0.55)
    np.testing.assert_array_equal(path.poses.translations[:9], 0)  # the hold
    lens = path.lens(60)
    assert lens is not None
    x, y, depth = (path.poses[60].invert().matrices[0] @ [0, 0, 4, 1])[:3]
    assert lens.fx * x / depth + lens.cx == pytest.approx(832 * 0.3333, abs=1e-6)
    assert lens.fy * y / depth + lens.cy == pytest.approx(240, abs=1e-6)


def test_only_keyframe_files_are_taken_for_some(tmp_path: Path) -> None:
    assert is_keyframe_file(tmp_path / "missing.yml")
    assert is_keyframe_file(written(tmp_path, ' {"name": "a", "keys" : [', "broken.json"))
    assert not is_keyframe_file(written(tmp_path, '{"frames": []}', "a.json"))
    assert not is_keyframe_file(tmp_path / "missing.json")
    assert not is_keyframe_file(tmp_path)


def test_shares_may_be_percentages(tmp_path: Path) -> None:
    text = "keys: [{{share: {0}, hold: {1}}}, {{share: {2}}}]\n"
    text += "constraints: [{{level: true, from: {1}, blend: {0}}}]\n"
    plain, percent = (
        read_keyframes(written(tmp_path, text.format(*numbers)))
        for numbers in (("0", "0.2", "1"), ("0%", "20%", "100%"))
    )
    assert plain.keys[0].hold == percent.keys[0].hold == 0.2
    assert plain.keys[1].share == percent.keys[1].share == 1
    assert plain.constraints == percent.constraints


def test_options_of_camera_files_are_refused(tmp_path: Path) -> None:
    file = written(tmp_path, "keys: [{pan: 3}]")
    with pytest.raises(InputError, match="holds keyframes"):
        CameraPath.load(file, camera="cam01")


REFUSED = {
    "keys: [{pan: 3}, {pan: x}]": "key 2: pan must be a number, not 'x'",
    "keys: [{pann: 3}]": "key 1 has an unknown entry 'pann'; did you mean 'pan'?",
    "keys: [{position: [1, 2]}]": "key 1: position must be 3 numbers (x, y, z in metres), not [1.0, 2.0]",
    "keys: [{position: 5}]": "key 1: position must be a list, not '5'",
    "keys: [{frame: 3}, {frame: 2}]": "key 2 (frame 2) does not come after key 1 (frame 3)",
    "keys: [{share: 140%}]": "key 1: share must be between 0 and 1",
    "keys: [{zoom: 50%}]": "key 1: zoom must be a number",
    "keys: [{pan: 1:30}]": "key 1: pan must be a number, not '1:30'",
    "keys: [{pan: .nan}]": "key 1: pan must be a number",
    "keys: [{position: [0, 0, 1e999]}]": "key 1: position must be 3 numbers",
    "keys: [3]": "key 1 must hold entries like 'name: value', not '3'",
    "keys: {frame: 3}": "keys must be a list",
    "keys: []": "at least one key",
    "frames: 3": "the file has an unknown entry 'frames'",
    "name: x": "holds no keys",
    "[1, 2]": "the file must hold entries like",
    "hello": "the file must hold entries like",
    "version: 2\nkeys: [{pan: 1}]": "version must be 1, not '2'",
    "loop: maybe\nkeys: [{pan: 1}]": "loop must be true or false",
    "num_frames: 2.5\nkeys: [{pan: 1}]": "num_frames must be a whole number",
    "num_frames: 99999999\nkeys: [{pan: 1}]": "num_frames must be a whole number",
    "lens: {fov: 60}\nkeys: [{pan: 1}]": "lens: needs one of fov, focal_mm and focal_px",
    "lens: {fov: 190, width: 9, height: 9}\nkeys: [{pan: 1}]": "lens: an angle of view must lie between",
    "interpolation: cubic\nkeys: [{pan: 1}]": "interpolation must be smooth or linear",
    "constraints: [{aim: 3}]\nkeys: [{pan: 1}]": "constraint 1 must hold one of look_at,",
    "constraints: [{level: true, height: 2}]\nkeys: [{pan: 1}]": "constraint 1 must hold one of",
    "constraints: [{level: true, too: 2}]\nkeys: [{pan: 1}]": "constraint 1 has an unknown entry 'too'",
    "constraints: [{distance: 3}]\nkeys: [{pan: 1}]": "constraint 1 (distance): needs point",
    "constraints: [{fix: {w: 3}}]\nkeys: [{pan: 1}]": "constraint 1 (fix): fix has an unknown entry 'w'",
    "constraints: [{look_at: [0, 0]}]\nkeys: [{pan: 1}]": "constraint 1 (look_at): look_at must be 3 numbers",
    "keys: [{pan: 1}]\nkeys: []": "line 2: the entry 'keys' is given twice",
    "keys: &a [1, *a ]": "line 1: *a is a YAML alias",
    "keys: [": "is broken YAML",
    "keys:\n\t- pan": "is broken YAML",
    "a: 1\n---\nb: 2": "line 2: a second document starts",
    "? [1]\n: 2": "line 1: the name of an entry must be a text",
    "[" * 30: "is nested too deeply",
    "keys: [{frame: 1e9}]": "key 1: frame must be a finite number of at most a million",
    "keys: [{pan: 1}]\nconstraints: [{circle: [0, 0, 4], radius: 1, axis: [0, 1e300, 0]}]": "axis must be 3",
    "keys: [{frame: 1, hold: 5%}]": "key 1: hold cannot be a percentage",
    "keys: [{seconds: 0}]\nfps: 9\nconstraints: [{level: true, to: 5%}]": "constraint 1: to cannot be a",
    "keys: [{zoom: 1e-9}]": "key 1: a focal length of 1e-09 times the source's is no lens",
    "keys: [{frame: 9e5}]": "a path has at most 100000 frames",
    "keys: [" + "{pan: 1}, " * 1001 + "]": "holds 1001 keys, more than 1000",
    "": "is empty",
    "# only a comment": "is empty",
    "\x00": "neither text nor",
}


@pytest.mark.parametrize("text", REFUSED)
def test_a_flaw_is_named_with_file_key_and_field(tmp_path: Path, text: str) -> None:
    file = written(tmp_path, text)
    with pytest.raises(
        CameraFileError, match=re.escape(f"{file}: ") + ".*" + re.escape(REFUSED[text])
    ) as caught:
        CameraPath.load(file)
    assert "\n" not in str(caught.value)


def test_bytes_folders_and_other_files_are_refused(tmp_path: Path) -> None:
    for content, words in ((b"\xff\xfe\x00", "text"), (b"\x89PNG\r\n", "a picture"), (b"{", "broken YAML")):
        with pytest.raises(CameraFileError, match=words):
            read_keyframes(written(tmp_path, content))
    with pytest.raises(CameraFileError, match="not a keyframe file"):
        read_keyframes(tmp_path)
    with pytest.raises(CameraFileError, match="no such file"):
        read_keyframes(tmp_path / "none.yaml")


def only_our_errors(file: Path) -> None:
    try:
        path = CameraPath.load(file)
    except InputError:
        return
    assert np.isfinite(path.extrinsics).all()


@given(content=st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_any_bytes_give_our_errors_only(tmp_path: Path, content: bytes) -> None:
    only_our_errors(written(tmp_path, content))


@given(
    cuts=st.lists(st.tuples(st.integers(0, len(FULL)), st.integers(0, 12), st.sampled_from(
        ["", "-", "[", "]", "{", ":", ": ", "\n", "nan", "1e400", "9" * 30, "0", "-1", "true", "*a", "&a ",
         "!!int ", "\t", "#", "'", "\x85", "\ud7ff", "seconds: 1", "? "])), min_size=1, max_size=3)
)  # fmt: skip
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_a_changed_file_gives_a_path_or_our_errors(tmp_path: Path, cuts: list[tuple[int, int, str]]) -> None:
    text = FULL
    for start, length, new in cuts:
        text = text[:start] + new + text[start + length :]
    only_our_errors(written(tmp_path, text))


values: Any = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5),
    st.lists(st.floats(-10, 10), max_size=4), st.lists(st.lists(st.integers(-2, 2), max_size=4), max_size=4),
    st.sampled_from([[0, 0, 4], [0, 0, 0], 10**400, 1e308, -1e308, 5e-324, "1e3", "50%", {}]),
)  # fmt: skip


@given(
    keys=st.lists(
        st.dictionaries(
            st.sampled_from(["frame", "position", "look_at", "pan", "roll", "zoom", "hold", "matrix"]),
            st.floats(-100, 100) | st.lists(st.floats(-9, 9), min_size=3, max_size=3) | values,
            max_size=3,
        ),
        max_size=3,
    ),
    more=st.dictionaries(
        st.sampled_from(["num_frames", "fps", "loop", "tension", "lens", "constraints", "timing"]),
        values,
        max_size=2,
    ),
)  # fmt: skip
@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_any_json_gives_a_path_or_our_errors(tmp_path: Path, keys: list[Any], more: dict[str, Any]) -> None:
    only_our_errors(written(tmp_path, json.dumps({"keys": keys, **more}), "shot.json"))


HOSTILE = {
    "a long list": "keys: [" + "1," * (MAX_BYTES // 2 - 10) + "]",
    "many keys": "keys:\n" + "- {pan: 1}\n" * (MAX_BYTES // 12),
    "names": "".join(f"k{i}: 1\n" for i in range(MAX_BYTES // 12)),
    "deep": "keys: " + "[" * (MAX_BYTES - 10),
    "quotes": "keys: " + '"' * (MAX_BYTES - 10),
    "one text": "keys: " + "x" * (MAX_BYTES - 10),
    "a megabyte": "keys: [" + "{pan: 1}, " * 100_000 + "]",
}


def test_hostile_files_cost_little(tmp_path: Path) -> None:
    files = [written(tmp_path, text, f"{i}.yaml") for i, text in enumerate(HOSTILE.values())]
    files += [written(tmp_path, '{"keys": [' + "[" * 200_000, "deep.json")]
    program = (
        "import sys, time, resource\n"
        "from recam.camera import CameraPath\n"
        "from recam.errors import InputError\n"
        "import yaml\n"
        "for file in sys.argv[1:]:\n"
        "    start = time.process_time()\n"
        "    try: CameraPath.load(file)\n"
        "    except InputError: pass\n"
        "    print(time.process_time() - start)\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program, *map(str, files)],
        capture_output=True, text=True, check=True, timeout=120,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (4 * 2**30, 4 * 2**30)),
    )  # fmt: skip
    *seconds, peak = map(float, ran.stdout.split())
    empty = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=120
    )
    assert max(seconds) < 1.0, dict(zip([*HOSTILE, "deep.json"], seconds, strict=True))
    assert peak - float(empty.stdout) < 200 * 1024  # kilobytes
