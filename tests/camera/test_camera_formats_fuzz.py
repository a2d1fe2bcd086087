"""Whatever a file holds, reading it gives cameras or one of recam's errors, in bounded time and memory.

More examples: RECAM_FUZZ=2000 python -m pytest tests/camera/test_camera_formats_fuzz.py
"""

from __future__ import annotations

import io
import os
import random
import shutil
import struct
import subprocess
import sys
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from camera_helpers import FIXTURES
from format_samples import FILES, MADE, SAMPLES
from hypothesis import given, settings
from hypothesis import strategies as st

from recam.camera import FORMATS, CameraPath, read_cameras
from recam.errors import RecamError

EXAMPLES = int(os.environ.get("RECAM_FUZZ", "25"))
STARTS = (
    b"",
    b"{",
    b"[[",
    b"PK\x03\x04",
    b"\x93NUMPY",
    b"1 2 3 4 5 6 7 8\n",
    b"frame,x_m,y_m,z_m\n",
    b"\xef\xbb\xbf",
)


def survives(path: Path) -> None:
    """Read ``path`` by content and as every format; only our errors may come out, of one line."""
    for name in (None, *(known.name for known in FORMATS)):
        said, cameras = "", {}
        try:
            cameras = read_cameras(path, name).cameras
        except RecamError as error:
            said = str(error)
        assert "\n" not in said
        assert len(said) < 1000
        assert all(np.isfinite(poses.matrices).all() for poses in cameras.values())


@given(start=st.sampled_from(STARTS), body=st.binary(max_size=400))
@settings(deadline=None, max_examples=4 * EXAMPLES)
def test_any_bytes(tmp_path_factory: pytest.TempPathFactory, start: bytes, body: bytes) -> None:
    file = tmp_path_factory.getbasetemp() / "any.bin"
    file.write_bytes(start + body)
    survives(file)


WORDS = st.sampled_from(
    [
        "0",
        "1",
        "-1",
        "nan",
        "inf",
        "1e308",
        "-1e999",
        "1" * 5000,
        "1_0",
        "0x1",
        "",
        "#",
        "\x00",
        "\ud7ff",
        "٣",
        "[",
        '"',
    ]
)


@given(
    rows=st.lists(st.lists(WORDS, min_size=6, max_size=20), min_size=1, max_size=5),
    between=st.sampled_from([" ", ",", "\t"]),
)
@settings(deadline=None, max_examples=2 * EXAMPLES)
def test_any_table(tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]], between: str) -> None:
    file = tmp_path_factory.getbasetemp() / "any.txt"
    file.write_text("\n".join(between.join(row) for row in rows), encoding="utf-8")
    survives(file)


KEYS = st.sampled_from(
    [
        *(
            "format",
            "version",
            "name",
            "convention",
            "lens",
            "num_frames",
            "frames",
            "zoom",
            "frame0",
            "frame1",
        ),
        *(
            "cam01",
            "transform_matrix",
            "file_path",
            "fl_x",
            "w",
            "h",
            "camera_angle_x",
            "fx",
            "fy",
            "cx",
            "cy",
        ),
        *("width", "height", "x_m", "y_m", "z_m", "qw", "qx", "qy", "qz", "camera", "k1", "camera_model"),
    ]
)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from(
        [10**400, -(10**30), 2**64, "recam-camera-path", "[1 0 0 0] [0 1 0 0] [0 0 1 0] [0 0 0 1]"]
    )
    | st.floats(allow_nan=True, allow_infinity=True)
    | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=6),
    max_leaves=25,
)


@given(document=VALUES)
@settings(deadline=None, max_examples=4 * EXAMPLES)
def test_any_json(tmp_path_factory: pytest.TempPathFactory, document: object) -> None:
    import json

    file = tmp_path_factory.getbasetemp() / "any.json"
    file.write_text(json.dumps(document), encoding="utf-8")
    survives(file)


HOSTILE = (
    b"nan",
    b"-1e308",
    b"9" * 400,
    b"1e999",
    b"-1",
    b"null",
    b"{}",
    b"[",
    b"\xff\xfe",
    b"\x00" * 9,
    b"\x7f" * 8,
)


def mutated(content: bytes, chance: random.Random) -> bytes:
    """A sample with one to three wounds: cut, flipped, repeated, or something hostile inside."""
    for _ in range(chance.randint(1, 3)):
        if not content:
            break
        at = chance.randrange(len(content))
        size = chance.choice((1, 2, 8, 60))
        kind = chance.randrange(5)
        if kind == 0:
            content = content[:at]
        elif kind == 1:
            content = content[:at] + bytes([chance.randrange(256)]) + content[at + 1 :]
        elif kind == 2:
            content = content[:at] + content[at + size :]
        elif kind == 3:
            content = content[:at] + content[chance.randrange(len(content)) :][:size] + content[at:]
        else:
            content = content[:at] + chance.choice(HOSTILE) + content[at + chance.choice((0, size)) :]
    return content


def _copy(source: Path, folder: Path) -> tuple[Path, list[Path]]:
    """A copy to spoil, and the files in it."""
    target = folder / source.name
    if source.is_dir():
        shutil.copytree(source, target)
        return target, sorted(path for path in target.rglob("*") if path.is_file())
    shutil.copy(source, target)
    return target, [target]


OWN = {
    "own.json": lambda folder: _saved(CameraPath.preset("arc-left", num_frames=3), folder / "own.json"),
    "published.json": lambda folder: FIXTURES / "pair_extrinsics.json",
}


def _saved(path: CameraPath, file: Path) -> Path:
    path.save(file)
    return file


SAMPLE_MAKERS: dict[str, Callable[[Path], Path]] = {
    **{name: lambda folder, name=name: SAMPLES / name for name in FILES},
    **MADE,
    **OWN,
}


@pytest.mark.parametrize("sample", SAMPLE_MAKERS)
def test_wounded_samples(sample: str, tmp_path: Path) -> None:
    (tmp_path / "whole").mkdir()
    (tmp_path / "spoilt").mkdir()
    path, files = _copy(SAMPLE_MAKERS[sample](tmp_path / "whole"), tmp_path / "spoilt")
    contents = {file: file.read_bytes() for file in files}
    chance = random.Random(sample)
    for _ in range(2 * EXAMPLES):
        victim = chance.choice(files)
        victim.write_bytes(mutated(contents[victim], chance))
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # nor may NumPy complain to the user
            survives(path)
        victim.write_bytes(contents[victim])


MEGABYTE = 2**20


def _bomb() -> bytes:
    """An archive of a kilobyte whose array unpacks to two gigabytes."""
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("c2w.npy", "w") as member,
    ):
        shape = (2**24, 4, 4)
        header = str({"descr": "<f8", "fortran_order": False, "shape": shape}).encode()
        member.write(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header)
        member.write(bytes(4 * MEGABYTE))
    return buffer.getvalue()


def _many_arrays() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for index in range(9000):
            archive.writestr(f"{index}/c2w.npy", b"")
    return buffer.getvalue()


def _poses(line: str) -> bytes:
    return (line * (MEGABYTE // len(line))).encode()


_MATRIX = "[[1,0,0,0],[0,1,0,0],[0,0,1,0],[0,0,0,1]]"
_OWN_HEAD = (
    '{"format":"recam-camera-path","version":1,"name":"a","convention":'
    '{"poses":"camera-to-world, rows of [R|t]","axes":"OpenCV: x right, y down, z forward",'
    '"units":"metres","relative_to":"first source camera"},"lens":null,"num_frames":%d,"frames":['
)
_OWN_POSE = "[[1,0,0,0],[0,1,0,0],[0,0,1,0]],"
_COUNT = MEGABYTE // len(_OWN_POSE)
_IMAGE = struct.pack("<I7dI", 1, 1, 0, 0, 0, 0, 0, 0, 1) + b"%d\0" + struct.pack("<Q", 0)
_CAMERA = struct.pack("<QIiQQ3d", 1, 1, 0, 9, 9, 1, 1, 1)


def _images(count: int) -> bytes:
    return struct.pack("<Q", count) + b"".join(
        _IMAGE.replace(b"%d", b"%d" % index) for index in range(MEGABYTE // len(_IMAGE))
    )


HOSTILE_MEGABYTES: dict[str, Callable[[], dict[str, bytes]]] = {
    "deep json": lambda: {"a.json": b"[" * MEGABYTE},
    "deep objects": lambda: {"a.json": b'{"frames":' * (MEGABYTE // 10)},
    "a million empty lists": lambda: {"a.json": b"[" + b"[]," * (MEGABYTE // 3) + b"[]]"},
    "a long number": lambda: {"a.json": b'{"version":' + b"9" * MEGABYTE + b"}"},
    "a long text": lambda: {"a.json": b'{"format":"recam-camera-path","version":"' + b"a" * MEGABYTE + b'"}'},
    "a long row among short": lambda: {
        "a.json": (_OWN_HEAD % 1).encode()
        + b'["'
        + b"a" * (MEGABYTE // 2)
        + b'",'
        + b"1," * (MEGABYTE // 4)
        + b"1]]}"
    },
    "own": lambda: {"a.json": (_OWN_HEAD % _COUNT + _OWN_POSE * _COUNT)[:-1].encode() + b"]}"},
    "published": lambda: {
        "a.json": b"{"
        + b",".join(
            b'"frame%d":{"a":"[1 0 0 0] [0 1 0 0] [0 0 1 0] [0 0 0 1]"}' % index
            for index in range(MEGABYTE // 65)
        )
        + b"}"
    },
    "transforms": lambda: {
        "a.json": b'{"fl_x":9,"w":9,"h":9,"frames":['
        + b",".join(
            b'{"file_path":"%d","transform_matrix":%s}' % (index, _MATRIX.encode()) for index in range(13_000)
        )
        + b"]}"
    },
    "list of lists": lambda: {"a.json": b"[" + _poses("[1" + ",1" * 18 + "],")[:-40] + b"[]]"},
    "records": lambda: {"a.json": b"[" + b'{"x_m":1},' * (MEGABYTE // 11) + b"{}]"},
    "one line": lambda: {"a.txt": b"1 " * (MEGABYTE // 2)},
    "empty lines": lambda: {"a.txt": b"\n" * MEGABYTE + b"1"},
    "tum": lambda: {"a.txt": _poses("1 1 1 1 0 0 0 1\n")},
    "kitti": lambda: {"a.txt": _poses("1 0 0 0 0 1 0 0 0 0 1 0\n")},
    "realestate": lambda: {"a.txt": b"http://a\n" + _poses("1 1 1 1 1 0 0 1 0 0 0 0 1 0 0 0 0 1 0\n")},
    "csv": lambda: {"a.csv": b"x_m,y_m,z_m,qw,qx,qy,qz\n" + _poses("1,1,1,1,0,0,0\n")},
    "wide csv": lambda: {"a.csv": b"a," * (MEGABYTE // 2)},
    "quoted csv": lambda: {"a.csv": b'x_m,y_m,z_m,qw,qx,qy,qz\n"' + b"a" * MEGABYTE},
    "zip bomb": lambda: {"a.npz": _bomb()},
    "many arrays": lambda: {"a.npz": _many_arrays()},
    "colmap": lambda: {"images.bin": _images(MEGABYTE // len(_IMAGE)), "cameras.bin": _CAMERA},
    "colmap counts": lambda: {"images.bin": _images(2**62), "cameras.bin": _CAMERA},
    "colmap text": lambda: {
        "images.txt": b"".join(b"1 1 0 0 0 0 0 0 1 %d\n\n" % index for index in range(MEGABYTE // 26)),
        "cameras.txt": b"1 SIMPLE_PINHOLE 9 9 1 1 1\n",
    },
    "colmap same names": lambda: {
        "images.txt": b"1 1 0 0 0 0 0 0 1 %d\n\n" * (MEGABYTE // 25),
        "cameras.txt": b"1 SIMPLE_PINHOLE 9 9 1 1 1\n",
    },
    "colmap many folders": lambda: {
        "images.txt": b"".join(b"1 1 0 0 0 0 0 0 1 %d/a\n\n" % index for index in range(MEGABYTE // 28)),
        "cameras.txt": b"1 SIMPLE_PINHOLE 9 9 1 1 1\n",
    },
    "csv of many cameras": lambda: {
        "a.csv": b"camera,x_m,y_m,z_m,qw,qx,qy,qz\n"
        + b"".join(b"%d,1,1,1,1,0,0,0\n" % index for index in range(MEGABYTE // 20))
    },
    "published of many cameras": lambda: {
        "a.json": b'{"frame0":{'
        + b",".join(b'"%d":"[1 0 0 0] [0 1 0 0] [0 0 1 0] [0 0 0 1]"' % i for i in range(MEGABYTE // 55))
        + b"}}"
    },
    "colmap one line": lambda: {"images.txt": b"1 " * (MEGABYTE // 2), "cameras.txt": b""},
}

# The kernel resets the highest memory when 5 is written to clear_refs; getrusage's would be the parent's.
MEASURE = """
import resource, sys
from pathlib import Path
from recam.camera import read_cameras
from recam.errors import RecamError
read_cameras(sys.argv[1])  # what is imported when first needed

def memory(key):
    (line,) = [line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith(key)]
    return int(line.split()[1]) / 1024

def measure(path):
    Path("/proc/self/clear_refs").write_text("5")
    before = resource.getrusage(resource.RUSAGE_SELF)
    try:
        read = read_cameras(path)
        said = f"{read.format}, {len(next(iter(read.cameras.values())))} frames"
    except RecamError as error:
        said = str(error)[-80:]
    after = resource.getrusage(resource.RUSAGE_SELF)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, memory("VmHWM") - start, said

start = memory("VmRSS")
for path in sys.argv[2:]:
    spent, rise, said = measure(path)
    for _ in range(3):  # a busy machine stretches processor seconds too
        if spent > 0.7:
            spent = min(spent, measure(path)[0])
    print(f"{spent:.3f} {rise:.1f} {said}", flush=True)
"""


def test_a_hostile_megabyte_takes_under_a_second_and_200_mb(tmp_path: Path) -> None:
    """Measured in a process of its own: processor seconds, and how far the highest memory rose."""
    paths = []
    for name, make in HOSTILE_MEGABYTES.items():
        contents = make()
        folder = tmp_path / name
        folder.mkdir()
        for file, content in contents.items():
            (folder / file).write_bytes(content)
        paths.append(folder / next(iter(contents)))
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, str(SAMPLES / "tum_groundtruth.txt"), *map(str, paths)],
        capture_output=True,
        text=True,
        timeout=300,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    assert done.returncode == 0, done.stderr[-2000:]
    lines = done.stdout.splitlines()
    assert len(lines) == len(paths)
    for name, line in zip(HOSTILE_MEGABYTES, lines, strict=True):
        seconds, megabytes = map(float, line.split()[:2])
        print(f"{name}: {line}")
        assert seconds < 1.0, (name, line)
        assert megabytes < 200, (name, line)
