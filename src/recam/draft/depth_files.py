"""Reading depth maps from files of any estimator: pictures, NumPy arrays, OpenEXR, folders, videos."""

from __future__ import annotations

import os
import re
import struct
import tokenize
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.error import FFmpegError
from PIL import Image

from recam.draft.depth import DepthKind, DepthMaps
from recam.draft.warp import DEFAULT_DEPTH
from recam.errors import DepthFileError, InputError, VideoFileError
from recam.video import probe, read_frames

_PICTURES = (".png", ".tif", ".tiff", ".pfm", ".jpg", ".jpeg")
_ARRAYS = (".npy", ".npz")
_MAPS = (*_PICTURES, *_ARRAYS, ".exr")
_KEYS = ("depth", "depths", "disparity", "inverse_depth", "arr_0")  # tried in this order in an .npz
_COLOUR = 24  # levels of 255 between channels above which a picture is coloured: compression causes less
# What Pillow, NumPy (its headers are Python, in .npz inside a zip) and FFmpeg raise for broken files.
_UNREADABLE = (
    OSError, ValueError, SyntaxError, tokenize.TokenError, EOFError, LookupError, TypeError, OverflowError,
    MemoryError, RecursionError, RuntimeError, StopIteration, struct.error, zlib.error, zipfile.BadZipFile,
    Image.DecompressionBombError, FFmpegError,
)  # fmt: skip


def open_depth(
    source: str | os.PathLike[str],
    kind: DepthKind,
    scale: float | None = None,
    median: float = DEFAULT_DEPTH,
) -> DepthMaps:
    """Depth maps from a file or a folder; the pixels are read when they are asked for.

    Args:
        source: one map or one a frame: a picture (.png with 8 or 16 bits, .tif, .pfm, .jpg), an array (.npy,
            .npz: [H,W] or [F,H,W]), an OpenEXR file (.exr with channel Y, or R, G and B), a folder of such
            files, taken in the order of the numbers in their names, or a grey video (8 bits).
        kind: what the numbers mean, see :class:`DepthMaps`. It is never guessed.
        scale: metres a unit of ``metric`` numbers; 1 unless told otherwise, but needed where a file holds
            whole numbers: 0.001 for millimetres, 0.0002 for TUM, 1/256 for KITTI.
        median: metres that the median of the other kinds stands for.

    Raises:
        DepthFileError: nothing there, or nothing that is depth.
        InputError: a scale for numbers that have no unit, or none where it is needed.
    """
    path = Path(source)
    if not path.exists():
        raise DepthFileError(path, "no such file or folder")
    if scale is not None and kind != "metric":
        raise InputError(f"a scale is for metric depth; {kind} depth has no unit and follows its median")
    read, count, whole = _opened(path)
    if kind == "metric" and whole and scale is None:
        raise InputError(
            f"{path} holds whole numbers: say how many metres one stands for, e.g. 0.001 for millimetres, "
            "0.0002 for TUM, 0.00390625 for KITTI (--depth-scale)"
        )
    return DepthMaps(read, kind, str(path), count, 1.0 if scale is None else scale, median)


def _opened(path: Path) -> tuple[Callable[[int, np.ndarray], np.ndarray], int, bool]:
    """(read, number of maps, whether the numbers are whole) of a file or folder."""
    if path.is_dir():
        files = _in_order(path)
        first = _read_map(files[0])
        if len(files) == 1:
            return lambda index, frame: first, 1, first.dtype.kind in "ui"
        return lambda index, frame: _read_map(files[index]), len(files), first.dtype.kind in "ui"
    suffix = path.suffix.lower()
    if suffix in _ARRAYS:
        stack = _read_array(path)
        stack = stack[None] if stack.ndim == 2 else stack
        return (
            lambda index, frame: stack[index if len(stack) > 1 else 0],
            len(stack),
            stack.dtype.kind in "ui",
        )
    if suffix in _MAPS:
        single = _read_map(path)
        return lambda index, frame: single, 1, single.dtype.kind in "ui"
    return _video(path)


def _in_order(folder: Path) -> list[Path]:
    """The maps in a folder, by the numbers in their names; they must be of one kind."""
    files = [file for file in folder.iterdir() if file.suffix.lower() in _MAPS and file.name[0] != "."]
    if not files:
        raise DepthFileError(folder, f"holds no depth map ({', '.join(_MAPS)})")
    suffixes = sorted({file.suffix.lower() for file in files})
    if len(suffixes) > 1:
        raise DepthFileError(folder, f"holds {' and '.join(suffixes)} files; keep one kind in it")
    return sorted(files, key=lambda file: [
        (int(part), "") if part.isdecimal() else (-1, part) for part in re.split(r"(\d+)", file.name)
    ])  # fmt: skip


def _read_map(file: Path) -> np.ndarray:
    """One map [h,w] from a file that holds one."""
    suffix = file.suffix.lower()
    if suffix in _ARRAYS:
        array = _read_array(file)
        if array.ndim != 2:
            raise DepthFileError(
                file, f"holds {list(array.shape)} numbers where one map [height, width] is due"
            )
        return array
    return _read_exr(file) if suffix == ".exr" else _read_picture(file)


def _read_picture(file: Path) -> np.ndarray:
    with _our_error(file), Image.open(file) as image:
        if image.mode == "P":
            raise DepthFileError(file, "is a picture with a palette; depth needs plain grey levels")
        pixels = np.asarray(image.convert("RGB") if image.mode in ("RGBA", "LA", "CMYK") else image)
    return _grey(file, pixels)


def _grey(file: Path, pixels: np.ndarray) -> np.ndarray:
    if pixels.ndim == 2:
        return pixels.astype(np.uint8) if pixels.dtype == np.bool_ else pixels
    if pixels.ndim != 3 or np.ptp(pixels.astype(np.int32), axis=-1).max() > _COLOUR:
        raise DepthFileError(
            file, "is a coloured picture: a drawing of depth, not its numbers; save the estimator's raw map"
        )
    return pixels[..., 1]


def _read_array(file: Path) -> np.ndarray:
    """[h,w] or [F,h,w]; an .npy stays on disk until it is used."""
    with _our_error(file):
        if file.suffix.lower() == ".npy":
            array: Any = np.load(file, mmap_mode="r", allow_pickle=False)
        else:
            with np.load(file, allow_pickle=False) as archive:
                array = archive[_key(file, archive.files)]
    if not isinstance(array, np.ndarray) or array.dtype.kind not in "fui" or array.size == 0:
        raise DepthFileError(file, "holds no numbers that could be depth")
    shape = array.shape
    if array.ndim in (3, 4) and shape[-1] == 1:
        array = array[..., 0]
    elif array.ndim == 4 and shape[1] == 1:
        array = array[:, 0]
    if array.ndim not in (2, 3):
        raise DepthFileError(file, f"holds {list(shape)} numbers; depth is [height, width] or one a frame")
    return array


def _key(file: Path, names: list[str]) -> str:
    known = names if len(names) == 1 else [name for name in _KEYS if name in names]
    if not known:
        raise DepthFileError(file, f"holds {', '.join(names) or 'nothing'}; call the depth 'depth'")
    return known[0]


def _read_exr(file: Path) -> np.ndarray:
    with _our_error(file), av.open(str(file), format="exr_pipe") as container:
        frame: Any = next(container.decode(video=0))
        if not frame.format.name.startswith(("grayf32", "gbrpf32", "gbrapf32")):
            raise DepthFileError(file, f"holds {frame.format.name} pixels; depth is 16 or 32 bit float")
        plane = frame.planes[0]  # of G, B, R: green
        numbers = np.frombuffer(plane, np.float32).reshape(frame.height, -1)
        return numbers[:, : frame.width].copy()


def _video(path: Path) -> tuple[Callable[[int, np.ndarray], np.ndarray], int, bool]:
    """A video of grey levels; its frames are decoded one after the other as they are asked for."""
    try:
        info = probe(path)
    except VideoFileError as error:
        raise DepthFileError(
            path, f"is neither a depth map ({', '.join(_MAPS)}) nor a video of depth: {error.reason}"
        ) from error
    frames: Iterator[tuple[int, np.ndarray]] = enumerate(read_frames(info))

    @lru_cache(maxsize=1)
    def read(index: int) -> np.ndarray:
        nonlocal frames
        for place, frame in frames:
            if place == index:
                return _grey(path, frame)
        frames = enumerate(read_frames(info))  # asked for an earlier one
        return _grey(path, next(frame for place, frame in frames if place == index))

    return lambda index, frame: read(index if info.num_frames > 1 else 0), info.num_frames, True


@contextmanager
def _our_error(file: Path) -> Iterator[None]:
    """What the readers of pictures and arrays raise for a broken file, as one line that names it."""
    try:
        yield
    except DepthFileError:
        raise
    except FileNotFoundError as error:
        raise DepthFileError(file, "no such file") from error
    except _UNREADABLE as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise DepthFileError(file, f"cannot be read as a depth map: {reason}") from error
