"""NumPy archives of unknown origin: sizes and types are checked before any array is unpacked."""

from __future__ import annotations

import ast
import math
import struct
import zipfile
import zlib
from pathlib import Path
from typing import IO

import numpy as np
from numpy.typing import NDArray

from recam.camera.formats.json_text import short
from recam.errors import CameraFileError

# 100,000 frames of a 4x4 matrix in float64 are 12.8 MB; depth maps beside them are never unpacked.
MAX_ARRAY_BYTES = 32 * 2**20
_MAX_HEADER = 10_000
_MAX_MEMBERS = 1000


class NpzFile:
    """The arrays of one ``.npz``, by name, each read when asked for.

    Raises:
        CameraFileError: the file is no such archive.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            with zipfile.ZipFile(path) as archive:
                members = archive.namelist()
        except (OSError, zipfile.BadZipFile, *_ZIP_FAULTS) as error:
            raise CameraFileError(path, f"is a broken NumPy archive: {short(str(error))}") from error
        arrays = [name for name in members if name.endswith(".npy")]
        if not arrays or len(arrays) > _MAX_MEMBERS or len(set(arrays)) != len(arrays):
            raise CameraFileError(path, "is a zip file, but no NumPy archive (.npz) with cameras")
        self.names = tuple(name.removesuffix(".npy") for name in arrays)

    def __contains__(self, name: str) -> bool:
        return name in self.names

    def read(self, name: str) -> NDArray[np.generic]:
        """One array of numbers or text.

        Raises:
            CameraFileError: it is missing, broken, too large or of Python objects, which could run code.
        """
        try:
            with zipfile.ZipFile(self.path) as archive, self._open(archive, name) as member:
                head = member.read(_MAX_HEADER + 12)
                start, dtype, shape, fortran = self._header(name, head)
                size = math.prod(shape) * dtype.itemsize
                if not 0 < size <= MAX_ARRAY_BYTES or len(shape) > 4:
                    raise CameraFileError(
                        self.path, f"array {name!r} of shape {short(list(shape))} is no array of cameras"
                    )
                data = head[start:] + member.read(max(start + size + 1 - len(head), 0))
        except CameraFileError:
            raise
        except (OSError, zipfile.BadZipFile, *_ZIP_FAULTS) as error:
            raise CameraFileError(self.path, f"array {name!r} is broken: {short(str(error))}") from error
        if len(data) != size:  # one byte more was asked for than there should be
            raise CameraFileError(self.path, f"array {name!r} does not hold the {size} bytes that it states")
        return np.frombuffer(data, dtype).reshape(shape, order="F" if fortran else "C")

    def shape(self, name: str) -> tuple[int, ...]:
        """The shape that an array states, however large; nothing of it is unpacked but that. See
        :meth:`read`."""
        try:
            with zipfile.ZipFile(self.path) as archive, self._open(archive, name) as member:
                return self._header(name, member.read(_MAX_HEADER + 12))[2]
        except CameraFileError:
            raise
        except (OSError, zipfile.BadZipFile, *_ZIP_FAULTS) as error:
            raise CameraFileError(self.path, f"array {name!r} is broken: {short(str(error))}") from error

    def _open(self, archive: zipfile.ZipFile, name: str) -> IO[bytes]:
        if name not in self:
            raise CameraFileError(self.path, f"lacks the array {name!r}; it holds {short(list(self.names))}")
        info = archive.getinfo(f"{name}.npy")
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise ValueError("NumPy does not compress like this")  # others may ask for gigabytes
        return archive.open(info)

    def numbers(self, name: str) -> NDArray[np.float64]:
        """One array as float64; see :meth:`read`.

        Raises:
            CameraFileError: it holds something else than real numbers.
        """
        array = self.read(name)
        if array.dtype.kind not in "fiu":
            raise CameraFileError(self.path, f"array {name!r} holds {array.dtype}, not real numbers")
        return np.asarray(array, dtype=np.float64)

    def texts(self, name: str) -> list[str]:
        """One array of text, flat; see :meth:`read`.

        Raises:
            CameraFileError: it holds something else than text.
        """
        array = self.read(name)
        if array.dtype.kind != "U":
            raise CameraFileError(self.path, f"array {name!r} holds {array.dtype}, not text")
        try:
            return [str(text) for text in array.reshape(-1)]
        except (UnicodeDecodeError, ValueError) as error:  # code points that do not exist
            raise CameraFileError(self.path, f"array {name!r} holds broken text") from error

    def _data_start(self, head: bytes) -> int:
        if head[:6] != b"\x93NUMPY" or len(head) < 12 or head[6] not in (1, 2, 3):
            raise ValueError("not an array of NumPy's")
        if head[6] == 1:
            return 10 + struct.unpack_from("<H", head, 8)[0]
        return 12 + struct.unpack_from("<I", head, 8)[0]

    def _header(self, name: str, head: bytes) -> tuple[int, np.dtype[np.generic], tuple[int, ...], bool]:
        # NumPy's own reader is only documented as safe against pickles, not against what it allocates.
        start = self._data_start(head)
        first = 10 if head[6] == 1 else 12
        if start - first > _MAX_HEADER:
            raise ValueError("its header is too long")
        entry = ast.literal_eval(head[first:start].decode("latin-1").strip())
        if not isinstance(entry, dict) or set(entry) != {"descr", "fortran_order", "shape"}:
            raise ValueError("its header is not NumPy's")
        descr, shape = entry["descr"], entry["shape"]
        if not isinstance(descr, str) or not isinstance(shape, tuple):
            raise CameraFileError(self.path, f"array {name!r} holds neither numbers nor text")
        if not all(isinstance(side, int) and not isinstance(side, bool) and side >= 0 for side in shape):
            raise ValueError("its shape is not one")
        dtype = np.dtype(descr)
        if dtype.kind not in "fiubU" or dtype.itemsize == 0:
            raise CameraFileError(self.path, f"array {name!r} holds {dtype}, neither numbers nor text")
        return start, dtype, shape, bool(entry["fortran_order"])


# What zipfile, zlib and the header's literal raise on bytes that are no archive of arrays.
_ZIP_FAULTS = (
    *(ValueError, TypeError, KeyError, EOFError, SyntaxError, MemoryError, RecursionError, OverflowError),
    *(RuntimeError, NotImplementedError, zlib.error, struct.error, IndexError, AttributeError),
)
