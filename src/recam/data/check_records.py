"""Checking the files of one scene against what is known of them: checksums, copies, depth and masks."""

from __future__ import annotations

import zipfile
import zlib
from typing import Any

import numpy as np

from recam.camera import Poses
from recam.data.check_clip import Bad, Clip
from recam.data.index import DatasetIndex, IndexedScene, fingerprint
from recam.errors import FileError

_MAPS = {"depth": np.floating, "masks": np.uint8}


def check_copies(scene: IndexedScene, poses: dict[str, Poses], bad: Bad) -> None:
    """No two cameras of different poses have the same file."""
    sizes: dict[int, list[str]] = {}
    for camera, path in scene.files.videos.items():
        if path.exists():
            sizes.setdefault(path.stat().st_size, []).append(camera)
    for cameras in (cameras for cameras in sizes.values() if len(cameras) > 1):
        seen: dict[str, str] = {}
        for camera in cameras:
            try:
                digest = fingerprint(scene.files.videos[camera])["sha256"]
            except FileError:  # decoding says so by name
                continue
            first = seen.setdefault(digest, camera)
            if first == camera or poses.get(first) is None or poses.get(camera) is None:
                continue
            if poses[first] != poses[camera]:
                bad(
                    scene.files.videos[camera],
                    "copy",
                    f"is the same file as {scene.files.videos[first].name}, whose camera moves differently",
                )


def check_maps(scene: IndexedScene, clips: dict[str, Clip], bad: Bad) -> None:
    """Depth and masks of a rendered scene, where it has them: one array for each video, of its frames' size.

    ``depth/camNN.npz`` holds ``depth``, metres, [F,H,W]; ``masks/camNN.npz`` holds ``masks``, uint8 [F,H,W].
    """
    for kind, dtype in _MAPS.items():
        folder = scene.files.folder / kind
        if not folder.is_dir():
            continue
        for camera, clip in clips.items():
            path = folder / f"{camera}.npz"
            if not path.exists():
                bad(path, "missing", f"no {kind} for camera {camera}")
                continue
            try:
                with np.load(path, allow_pickle=False) as archive:
                    maps = archive[kind]
            except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error) as error:
                bad(path, "maps", f"cannot be read as {kind}: {' '.join(str(error).split())}")
                continue
            expected = (clip.frames, clip.height, clip.width)
            if maps.shape != expected or not np.issubdtype(maps.dtype, dtype):
                bad(path, "maps", f"holds {maps.dtype} {list(maps.shape)}; its video is {list(expected)}")
            elif kind == "depth" and not (maps > 0).all():
                bad(path, "maps", "holds depths that are not above 0")


def check_record(index: DatasetIndex, scene: IndexedScene, record: dict[str, Any] | None, bad: Bad) -> None:
    """The files are those that were recorded, byte for byte where there are checksums.

    Args:
        record: the scene's line of an index; None, or one without checksums: those that ``scene.json`` holds.
    """
    if record is not None and not isinstance(record.get("files"), dict):
        for path in record.get("videos", {}).values():
            if not (index.root / path).exists():
                bad(index.root / path, "missing", "the index has this file; it is gone")
    known, since = (record or {}).get("files"), "indexed"
    if not isinstance(known, dict):
        own, since = scene.files.description.get("files"), "written"
        if not isinstance(own, dict):
            return
        known = {index.relative(scene.files.folder / name): entry for name, entry in own.items()}
    for name, recorded in known.items():
        path = index.root / name
        if not path.exists():
            where = "the index" if since == "indexed" else "scene.json"
            bad(path, "missing", f"{where} has this file; it is gone")
        if not isinstance(recorded, dict) or not path.is_file():
            continue
        try:
            now = fingerprint(path)
        except FileError as error:
            bad(path, "checksum", error.reason)
            continue
        if now != recorded:
            same = next((other for other, entry in known.items() if entry == now), None)
            why = (
                f"now holds what {same} held when it was {since}: files are swapped or copied"
                if same
                else f"has changed since it was {since}"
            )
            bad(path, "checksum", why)
