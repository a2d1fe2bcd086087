"""RealEstate10K camera files, and the CameraCtrl pose text that ComfyUI nodes read and write.

Both are a first line that readers skip (the video's address, or anything), then one line a frame of nineteen
numbers: ``timestamp fx fy cx cy 0 0`` and the rows of **world-to-camera** [R|t]. Focal lengths and centre are
shares of the picture's width and height. The timestamp is microseconds in RealEstate10K; CameraCtrl files
have the frame's number there, 0, or the original timestamp.

ComfyUI nodes also pass the same numbers as a JSON list of lists without a first line (CAMERACTRL_POSES).
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from recam.camera.formats.base import CameraFormat, RawCamera, RawSet, WriteOptions
from recam.camera.formats.content import Content
from recam.camera.formats.json_text import as_rows
from recam.camera.formats.matrices import invert
from recam.camera.formats.number_lines import count_numbers, line_of, read_numbers
from recam.camera.lenses import Lenses
from recam.camera.poses import FloatArray
from recam.errors import CameraFileError
from recam.files import atomic_file

_COLUMNS = "timestamp fx fy cx cy 0 0 and the rows of world-to-camera [R|t]"
_WIDTH = 19
# Neither file states the picture's size. CameraCtrl takes 1280x720 for all of RealEstate10K; with square
# pixels the width follows from the height, since fx width = fy height.
_NOMINAL_HEIGHT = 720


def _is_address(content: Content) -> bool:
    return content.lines[0].lower().startswith(("http://", "https://"))


def _body(content: Content) -> list[tuple[int, str]]:
    """The numbered lines of poses: all but the first, unless that is a pose too."""
    lines = content.data_lines
    return lines if lines and count_numbers(lines[0][1]) == _WIDTH else lines[1:]


def _looks_like_poses(content: Content) -> bool:
    body = _body(content)
    return bool(body) and count_numbers(body[0][1]) == _WIDTH


def _recognises_realestate(content: Content) -> bool:
    return _looks_like_poses(content) and _is_address(content)


def _recognises_cameractrl(content: Content) -> bool:
    if content.kind == "text":
        return _looks_like_poses(content) and not _is_address(content)
    rows = content.document
    return isinstance(rows, list) and bool(rows) and isinstance(rows[0], list) and len(rows[0]) == _WIDTH


def _parse_text(content: Content, microseconds: bool) -> RawSet:
    body = _body(content)
    rows = read_numbers(content, body, _WIDTH, _COLUMNS)
    notes = ()
    if body[0][0] == 1:
        notes = (
            "the file has no first line before its poses; the programs that use such files skip that line, "
            "and so miss the first frame",
        )
    return _cameras(content, rows, tuple(f"line {number}" for number, _ in body), microseconds, notes)


def _parse_realestate(content: Content) -> RawSet:
    return _parse_text(content, microseconds=True)


def _parse_cameractrl(content: Content) -> RawSet:
    if content.kind == "text":
        return _parse_text(content, microseconds=False)
    document = content.document
    if not isinstance(document, list):
        raise CameraFileError(content.path, "expected a list of poses, each a list of 19 numbers")
    rows = np.empty((len(document), _WIDTH))
    for index, entry in enumerate(document):
        row = as_rows([entry], 1, _WIDTH)
        if row is None or not np.isfinite(row).all():
            raise CameraFileError(
                content.path, f"frame {index}: expected a list of {_WIDTH} finite numbers ({_COLUMNS})"
            )
        rows[index] = row
    return _cameras(content, rows, None, microseconds=False, notes=())


def _cameras(
    content: Content,
    rows: FloatArray,
    names: tuple[str, ...] | None,
    microseconds: bool,
    notes: tuple[str, ...],
) -> RawSet:
    world_to_camera = np.tile(np.eye(4), (len(rows), 1, 1))
    world_to_camera[:, :3] = rows[:, 7:].reshape(-1, 3, 4)
    if rows[:, 5:7].any():
        notes += ("its two numbers after the lens, which are zero in such files, are not used",)
    lens = rows[:, 1:5]
    if not (lens[:, :2] > 0).all():
        index = int(np.argmin((lens[:, :2] > 0).all(axis=1)))
        where = f"frame {index}" if names is None else names[index]
        raise CameraFileError(content.path, f"{where}: a focal length is not positive")
    width, height = _nominal_size(lens[0])
    notes += (f"the file's lens is in shares of a picture of unknown size; taken as {width}x{height}",)
    lenses = Lenses(lens * (width, height, width, height), width, height)
    times = rows[:, 0] / 1e6 if microseconds else None
    camera = RawCamera(invert(world_to_camera), lenses, times, names)
    return RawSet({content.stem: camera}, notes=notes)


def _nominal_size(lens: FloatArray) -> tuple[int, int]:
    width = round(_NOMINAL_HEIGHT * float(np.clip(lens[1] / lens[0], 0.01, 100)))
    return max(width, 1), _NOMINAL_HEIGHT


def _rows(cameras: RawSet, stamps: FloatArray) -> FloatArray:
    _, camera = cameras.only()
    lenses = camera.lenses
    assert lenses is not None  # the format needs one, so the registry has put one there
    size = np.array([lenses.width, lenses.height, lenses.width, lenses.height], dtype=np.float64)
    zeros = np.zeros((len(stamps), 2))
    poses = invert(camera.matrices)[:, :3].reshape(-1, 12)
    return np.column_stack([stamps, lenses.params / size, zeros, poses])


def _text(first: str, rows: FloatArray) -> str:
    lines = [f"{int(row[0])} {line_of(row[1:5])} 0 0 {line_of(row[7:])}" for row in rows]
    return "\n".join([first, *lines]) + "\n"


def _write_realestate(path: Path, cameras: RawSet, options: WriteOptions) -> None:
    _, camera = cameras.only()
    rows = _rows(cameras, np.round(options.seconds(camera) * 1e6))
    with atomic_file(path) as temporary:
        # Readers skip this line; an address of no video keeps the file recognisable.
        temporary.write_text(_text("https://example.invalid/recam", rows), encoding="utf-8")


def _write_cameractrl(path: Path, cameras: RawSet, options: WriteOptions) -> None:
    _, camera = cameras.only()
    rows = _rows(cameras, np.arange(len(camera.matrices), dtype=np.float64))
    with atomic_file(path) as temporary:
        if path.suffix.lower() == ".json":
            lines = ",\n".join(json.dumps([*map(int, row[:1]), *row[1:].tolist()]) for row in rows)
            temporary.write_text(f"[\n{lines}\n]\n", encoding="utf-8")
        else:
            temporary.write_text(_text("recam", rows), encoding="utf-8")


REALESTATE10K = CameraFormat(
    "realestate10k",
    "RealEstate10K text (address, then a line each: microseconds, lens, world-to-camera)",
    "text",
    "opencv",
    _recognises_realestate,
    _parse_realestate,
    _write_realestate,
    units="as they are",
    lens="needed",
    suffixes=(".txt",),
)

CAMERACTRL = CameraFormat(
    "cameractrl",
    "CameraCtrl pose text of ComfyUI nodes, or the same numbers as a JSON list of lists",
    ("text", "json"),
    "opencv",
    _recognises_cameractrl,
    _parse_cameractrl,
    _write_cameractrl,
    units="as they are",
    lens="needed",
    suffixes=(".txt",),
)
