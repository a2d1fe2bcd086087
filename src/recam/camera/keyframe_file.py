"""Keyframe files: YAML or JSON written by people (or by a program), one path each.

Numbers may arrive as texts (YAML's values are read as such): what a value means is decided by its field.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Mapping
from os import PathLike
from pathlib import Path
from typing import Any

from recam.camera.constraints import (
    Constraint,
    FixAxis,
    KeepDistance,
    KeepHeight,
    KeepLevel,
    KeepOnCircle,
    LookAt,
)
from recam.camera.formats.content import Content
from recam.camera.formats.json_text import load_json, short
from recam.camera.intrinsics import FULL_FRAME_MM, Intrinsics
from recam.camera.keyframe import Keyframe
from recam.camera.keyframes import Keyframes
from recam.camera.resample import MAX_FRAMES
from recam.camera.yaml_text import load_yaml
from recam.errors import CameraFileError, InputError

FORMAT = "recam-keyframes"
VERSION = 1
MAX_BYTES = 256 * 1024
MAX_KEYS = 1000
YAML_SUFFIXES = (".yaml", ".yml")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*(%?)")


def is_keyframe_file(path: str | PathLike[str]) -> bool:
    """Whether ``path`` is a keyframe file, broken or not: .yaml or .yml, or JSON with a list of keys."""
    path = Path(path)
    if path.suffix.lower() in YAML_SUFFIXES:
        return True
    try:
        with path.open("rb") as file:
            start = file.read(MAX_BYTES)
    except (OSError, ValueError):
        return False
    return (
        start.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"{"
        and re.search(rb'"keys"\s*:\s*\[', start) is not None
    )


def read_keyframes(path: str | PathLike[str]) -> Keyframes:
    """The path of a keyframe file; ``docs/cameras.md`` lists its fields.

    Raises:
        CameraFileError: the file is missing, too large or broken, or says something that is not understood;
            the message names the key (counted from 1) and the field.
    """
    content = Content(path)
    if content.kind in ("folder", "npz"):
        raise CameraFileError(content.path, "is not a keyframe file; those are YAML or JSON text")
    if content.path.stat().st_size > MAX_BYTES:
        raise CameraFileError(
            content.path,
            f"is too large for a keyframe file (more than {MAX_BYTES >> 10} kB); keys are few: a pose for "
            "every frame belongs into a camera file",
        )
    is_json = content.kind == "json" and content.path.suffix.lower() not in YAML_SUFFIXES
    document = (load_json if is_json else load_yaml)(content.path, content.text)
    try:
        return _keyframes(document, content.stem)
    except CameraFileError:
        raise
    except InputError as error:
        raise CameraFileError(content.path, str(error)) from error


def _keyframes(document: object, stem: str) -> Keyframes:
    top = _mapping("the file", document, _TOP)
    if "keys" not in top:
        raise InputError("holds no keys; write a list: keys: [{position: [0, 0, 0]}, {position: [0, 0, 1]}]")
    for name, known in (("format", FORMAT), ("version", str(VERSION))):
        if name in top and str(top[name]) != known:
            raise InputError(f"{name} must be {known}, not {short(top[name])}")
    lens = _lens(top["lens"]) if "lens" in top else None
    entries = _list("keys", top["keys"])
    if len(entries) > MAX_KEYS:
        raise InputError(
            f"holds {len(entries)} keys, more than {MAX_KEYS}; poses of every frame are a camera file"
        )
    keys = [_key(number, entry) for number, entry in enumerate(entries, 1)]
    rules = [
        _constraint(number, entry)
        for number, entry in enumerate(_list("constraints", top.get("constraints", [])), 1)
    ]
    _refuse_percent(entries, top.get("constraints", []))
    given = {name: read(name, top[name]) for name, read in _TOP.items() if name in top and read is not _any}
    return Keyframes(keys, constraints=rules, lens=lens, **{"name": stem, **given})


def _refuse_percent(keys: list[Any], constraints: Any) -> None:
    """Refuse a percentage beside times in frames or seconds, where it would mean hundredths of one."""
    if not any("frame" in key or "seconds" in key for key in keys):
        return
    for what, entries, names in (("key", keys, ("hold",)), ("constraint", constraints, _SPAN_FIELDS)):
        for number, entry in enumerate(entries, 1):
            for name in names:
                if str(entry.get(name, "")).strip().endswith("%"):
                    raise InputError(
                        f"{what} {number}: {name} cannot be a percentage where times are frames or seconds"
                    )


def _key(number: int, entry: object) -> Keyframe:
    where = f"key {number}"
    given = _mapping(where, entry, _KEY)
    try:
        return Keyframe(**{name: _KEY[name](name, value) for name, value in given.items()})
    except InputError as error:
        raise InputError(f"{where}: {error}") from error


def _lens(entry: object) -> Intrinsics:
    given = _mapping("lens", entry, _LENS)
    try:
        values = {name: _LENS[name](name, value) for name, value in given.items()}
        said = [name for name in ("fov", "focal_mm", "focal_px") if name in values]
        if len(said) != 1 or "width" not in values or "height" not in values:
            raise InputError(
                "needs one of fov, focal_mm and focal_px, and the picture's width and height in pixels"
            )
        size = values["width"], values["height"]
        if "sensor_mm" in values and said != ["focal_mm"]:
            raise InputError("sensor_mm goes with focal_mm")
        if said == ["fov"]:
            return Intrinsics.from_fov_degrees(values["fov"], *size)
        if said == ["focal_px"]:
            return Intrinsics.from_focal_px(values["focal_px"], *size)
        return Intrinsics.from_focal_mm(values["focal_mm"], *size, values.get("sensor_mm", FULL_FRAME_MM[0]))
    except InputError as error:
        raise InputError(f"lens: {error}") from error


def _constraint(number: int, entry: object) -> Constraint:
    where = f"constraint {number}"
    kinds = [name for name in _CONSTRAINTS if isinstance(entry, Mapping) and name in entry]
    if len(kinds) != 1:
        raise InputError(
            f"{where} must hold one of {', '.join(_CONSTRAINTS)}, not {' and '.join(kinds) or short(entry)}"
        )
    build, allowed = _CONSTRAINTS[kinds[0]]
    given = _mapping(where, entry, {kinds[0]: _any, **allowed, **_SPAN})
    try:
        span = {field: _share(name, given[name]) for name, field in _SPAN_FIELDS.items() if name in given}
        options = {name: read(name, given[name]) for name, read in allowed.items() if name in given}
        return build(given[kinds[0]], options, span)
    except InputError as error:
        raise InputError(f"{where} ({kinds[0]}): {error}") from error


# -- constraints by kind: (value of the kind's field, other fields, span) to a constraint


def _look_at(value: object, options: dict[str, Any], span: dict[str, Any]) -> Constraint:
    return LookAt(point=_numbers("look_at", value), **options, **span)


def _distance(value: object, options: dict[str, Any], span: dict[str, Any]) -> Constraint:
    if "point" not in options:
        raise InputError("needs point, the point (x, y, z) that the distance is measured from")
    least, most = _range("distance", value)
    return KeepDistance(
        point=options["point"],
        minimum=0.0 if least is None else least,
        maximum=float("inf") if most is None else most,
        **span,
    )


def _circle(value: object, options: dict[str, Any], span: dict[str, Any]) -> Constraint:
    if "radius" not in options:
        raise InputError("needs radius, in metres")
    return KeepOnCircle(centre=_numbers("circle", value), **options, **span)


def _height(value: object, options: dict[str, Any], span: dict[str, Any]) -> Constraint:
    least, most = _range("height", value)
    return KeepHeight(
        minimum=float("-inf") if least is None else least,
        maximum=float("inf") if most is None else most,
        **span,
    )


def _fix(value: object, options: dict[str, Any], span: dict[str, Any]) -> Constraint:
    entries = _mapping("fix", value, dict.fromkeys("xyz", _number))
    if len(entries) != 1:
        raise InputError("needs one of x, y and z with its value in metres, e.g. fix: {y: 0}")
    ((axis, number),) = entries.items()
    return FixAxis(axis=axis, value=_number(axis, number), **span)  # type: ignore[arg-type]


def _level(value: object, options: dict[str, Any], span: dict[str, Any]) -> Constraint:
    if not _flag("level", value):
        raise InputError("must be true; leave the constraint out otherwise")
    return KeepLevel(**span)


def _range(name: str, value: object) -> tuple[float | None, float | None]:
    """``4`` or ``{min: 2, max: 6}`` (either may be missing), metres."""
    if not isinstance(value, Mapping):
        number = _number(name, value)
        return number, number
    given = _mapping(name, value, {"min": _number, "max": _number})
    if not given:
        raise InputError(f"{name} needs a number of metres, or min and max")
    least, most = (_number(part, given[part]) if part in given else None for part in ("min", "max"))
    return least, most


# -- values: (name, entry) to what the field takes


def _any(name: str, value: object) -> object:
    return value


def _number(name: str, value: object) -> float:
    found = _NUMBER.fullmatch(value.strip()) if isinstance(value, str) and len(value) < 400 else None
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        try:
            return float(value)  # NaN and infinity are refused with the field's range
        except OverflowError:
            found = None
    if found is None or found[3]:
        raise InputError(f"{name} must be a number, not {short(value)}")
    return float(value)  # type: ignore[arg-type]


def _share(name: str, value: object) -> float:
    if isinstance(value, str) and value.strip().endswith("%"):
        return _number(name, value.strip()[:-1]) / 100
    return _number(name, value)


def _whole(name: str, value: object) -> int:
    number = _number(name, value)
    if not 1 <= number <= MAX_FRAMES or number != int(number):
        raise InputError(f"{name} must be a whole number from 1 to {MAX_FRAMES}, not {short(value)}")
    return int(number)


def _numbers(name: str, value: object) -> list[float]:
    return [_number(name, entry) for entry in _list(name, value)]


def _matrix(name: str, value: object) -> list[list[float]]:
    return [_numbers(name, row) for row in _list(name, value)]


def _text(name: str, value: object) -> str:
    if not isinstance(value, str) or not value.strip() or not value.isprintable():
        raise InputError(f"{name} must be a text, not {short(value)}")
    return value.strip()


def _flag(name: str, value: object) -> bool:
    known = {"true": True, "false": False, "yes": True, "no": False}
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in known:
        return known[value.lower()]
    raise InputError(f"{name} must be true or false, not {short(value)}")


def _list(name: str, value: object) -> list[object]:
    if not isinstance(value, list):
        raise InputError(f"{name} must be a list, not {short(value)}")
    return value


def _mapping(where: str, value: object, known: Mapping[str, object]) -> dict[str, object]:
    if not isinstance(value, dict):
        raise InputError(f"{where} must hold entries like 'name: value', not {short(value)}")
    for name in value:
        if name not in known:
            near = difflib.get_close_matches(str(name), known, n=1, cutoff=0.6)
            hint = f"did you mean {near[0]!r}? " if near else ""
            raise InputError(
                f"{where} has an unknown entry {short(name)}; {hint}it may hold {', '.join(known)}"
            )
    return value


Read = Callable[[str, object], Any]

_TOP: dict[str, Read] = {
    "format": _any, "version": _any, "name": _text, "num_frames": _whole, "fps": _number, "loop": _flag,
    "interpolation": _text, "tension": _number, "timing": _text, "lens": _any, "keys": _any,
    "constraints": _any,
}  # fmt: skip
_KEY: dict[str, Read] = {
    "frame": _number, "seconds": _number, "share": _share, "position": _numbers, "look_at": _numbers,
    "pan": _number, "tilt": _number, "roll": _number, "quaternion_wxyz": _numbers,
    "quaternion_xyzw": _numbers, "matrix": _matrix, "zoom": _number, "fov": _number,
    "focal_mm": _number, "sensor_mm": _number,
    "easing": _text, "tension": _number, "hold": _share,
}  # fmt: skip
_LENS: dict[str, Read] = {
    "fov": _number, "focal_mm": _number, "sensor_mm": _number, "focal_px": _number,
    "width": _whole, "height": _whole,
}  # fmt: skip
_SPAN_FIELDS = {"from": "start", "to": "end", "blend": "blend"}
_SPAN: dict[str, Read] = dict.fromkeys(_SPAN_FIELDS, _share)
_CONSTRAINTS: dict[
    str, tuple[Callable[[object, dict[str, Any], dict[str, Any]], Constraint], dict[str, Read]]
] = {
    "look_at": (_look_at, {"place": _numbers}),
    "distance": (_distance, {"point": _numbers}),
    "circle": (_circle, {"radius": _number, "axis": _numbers}),
    "height": (_height, {}),
    "fix": (_fix, {}),
    "level": (_level, {}),
}
