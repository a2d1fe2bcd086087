"""The files of one scene: videos, cameras, depth, masks, scene.json."""

from __future__ import annotations

import json
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from recam.camera import Poses
from recam.camera.formats.multicamvideo import write_multicamvideo
from recam.data.index import fingerprint
from recam.data.layout import CAMERA_FILE
from recam.video.writer import VideoWriter
from recam.worlds.describe import CAMERA_WORLD
from recam.worlds.settings import Film, WorldSettings

CRF = 10
"""x264's quality of the videos."""


def write_scene(
    folder: Path, film: Film, settings: WorldSettings, between: Callable[[], None] = lambda: None
) -> None:
    """Write all files of a scene into ``folder``, which is empty.

    Args:
        between: called between files; may raise to stop.

    Raises:
        OutputError: a file cannot be written.
    """
    for name in ("videos", "cameras"):
        (folder / name).mkdir()
    for name, clip in zip(film.cameras, film.frames, strict=True):
        between()
        path = folder / "videos" / f"{name}.mp4"
        with VideoWriter(
            path, Fraction(settings.fps), clip.shape[2], clip.shape[1],
            crf=CRF, preset=settings.preset, threads=settings.encoder_threads,
        ) as writer:  # fmt: skip
            for frame in clip:
                writer.write(frame)
    write_multicamvideo(folder / CAMERA_FILE, file_poses(film))
    for kind, maps, dtype in (("depth", film.depth, np.float16), ("masks", film.masks, np.uint8)):
        if maps is None:
            continue
        (folder / kind).mkdir()
        for name, stack in zip(film.cameras, maps, strict=True):
            between()
            # Half floats: 11 bits, a 2000th of the distance. Beyond 65504 m all is as far as the sky.
            with np.errstate(over="ignore"):
                np.savez_compressed(folder / kind / f"{name}.npz", **{kind: stack.astype(dtype)})
    if settings.strict:
        text = _text({**film.description, "files": list_files(folder)})
    else:
        text = json.dumps(film.description, indent=1)
    (folder / "scene.json").write_text(text + "\n", encoding="utf-8")


def file_poses(film: Film) -> dict[str, Poses]:
    """The cameras as camera files have them: in a world with y down and z north, not with z up."""
    turn = np.eye(4)
    turn[:3, :3] = CAMERA_WORLD
    return {name: Poses(turn @ poses.matrices) for name, poses in film.cameras.items()}


def _text(value: object, levels: int = 2) -> str:
    """JSON with a line for each entry of the outer two levels: short, and still to be read."""
    if not levels or not isinstance(value, dict) or not value:
        return json.dumps(value, ensure_ascii=False)
    pad = " " * (3 - levels)
    lines = (
        f"{pad}{json.dumps(key, ensure_ascii=False)}: {_text(entry, levels - 1)}"
        for key, entry in value.items()
    )
    return "{\n" + ",\n".join(lines) + "\n" + pad[1:] + "}"


def list_files(folder: Path) -> dict[str, Any]:
    """Bytes and SHA-256 of all files by their path in the folder."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): fingerprint(path) for path in paths}
