"""What a camera file holds, before anything is known of its format: read once, small, and refused early."""

from __future__ import annotations

import os
from functools import cached_property
from pathlib import Path
from typing import Literal, NoReturn

from recam.camera.formats.json_text import load_json
from recam.camera.formats.npz_file import NpzFile
from recam.errors import CameraFileError

Kind = Literal["folder", "json", "npz", "text"]

# Of text and JSON, which are read whole: a path of an hour at 60 frames a second is about 40 MB of text.
MAX_BYTES = 64 * 2**20

_PICTURES_AND_VIDEOS = (
    (4, b"ftyp", "a video"),
    (0, b"\x1aE\xdf\xa3", "a video"),
    (0, b"RIFF", "a video or sound"),
    (0, b"OggS", "a video or sound"),
    (0, b"FLV\x01", "a video"),
    (0, b"\x00\x00\x01\xba", "a video"),
    (0, b"\x00\x00\x01\xb3", "a video"),
    (0, b"\x89PNG", "a picture"),
    (0, b"\xff\xd8\xff", "a picture"),
    (0, b"GIF8", "a picture"),
    (0, b"BM", "a picture"),
    (0, b"v/1\x01", "a picture"),
)


class Content:
    """One file or folder.

    Attributes:
        path: where it is.
        kind: what it is made of, told by its first bytes.

    Raises:
        CameraFileError: it does not exist, cannot be read, is empty, too large, or no kind of file that
            could hold cameras, such as a video.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)
        self.kind: Kind = self._find_kind()

    def _find_kind(self) -> Kind:
        try:
            if self.path.is_dir():
                return "folder"
            with self.path.open("rb") as file:
                head = file.read(64)
                size = os.fstat(file.fileno()).st_size
        except (OSError, ValueError) as error:  # ValueError: a NUL in the name
            self._unreadable(error)
        for offset, magic, what in _PICTURES_AND_VIDEOS:
            # Two letters are too few to call a text a picture: a bitmap states its size after them.
            if head.startswith(magic, offset) and (magic != b"BM" or b"\0" in head):
                raise CameraFileError(self.path, f"is not a camera file but {what}")
        if head.startswith(b"\x93NUMPY"):
            raise CameraFileError(
                self.path, "is a single NumPy array; save it with numpy.savez(file, c2w=array) for recam"
            )
        if head.startswith(b"PK"):
            return "npz"
        if size > MAX_BYTES:
            raise CameraFileError(self.path, f"is not a camera file: it is larger than {MAX_BYTES >> 20} MiB")
        start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
        return "json" if start[:1] in (b"{", b"[") else "text"

    @cached_property
    def text(self) -> str:
        """The whole file as text.

        Raises:
            CameraFileError: it is no text in UTF-8, or empty.
        """
        try:
            content = self.path.read_bytes()
        except OSError as error:
            self._unreadable(error)
        if b"\0" in content:
            raise CameraFileError(self.path, "is not a camera file: it is neither text nor a NumPy archive")
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise CameraFileError(self.path, f"is not text in UTF-8 (byte {error.start})") from error
        if not text.strip():
            raise CameraFileError(self.path, "is empty")
        return text

    @cached_property
    def lines(self) -> list[str]:
        """The lines of a text without the spaces around them; a line's number is its index + 1."""
        return [line.strip() for line in self.text.replace("\r\n", "\n").replace("\r", "\n").split("\n")]

    @cached_property
    def data_lines(self) -> list[tuple[int, str]]:
        """Number and text of the lines that are neither empty nor comments (``#``)."""
        return [
            (number, line)
            for number, line in enumerate(self.lines, 1)
            if line and not line.startswith(("#", "%", "//"))
        ]

    @cached_property
    def document(self) -> object:
        """The JSON document.

        Raises:
            CameraFileError: it is broken or nested too deeply, or an object holds an entry twice.
        """
        return load_json(self.path, self.text)

    @property
    def entries(self) -> dict[str, object]:
        """The JSON document if it is an object, else nothing."""
        return self.document if isinstance(self.document, dict) else {}

    @cached_property
    def arrays(self) -> NpzFile:
        """The arrays of a NumPy archive.

        Raises:
            CameraFileError: it is no archive of arrays.
        """
        return NpzFile(self.path)

    @property
    def stem(self) -> str:
        """What to call the camera of a file that names none."""
        stem = self.path.stem if self.kind != "folder" else self.path.name
        return stem if stem.isprintable() and stem.strip() else "camera"

    def _unreadable(self, error: Exception) -> NoReturn:
        if isinstance(error, FileNotFoundError):
            raise CameraFileError(self.path, "no such file") from error
        reason = (error.strerror or str(error)) if isinstance(error, OSError) else str(error)
        raise CameraFileError(self.path, f"cannot be read: {reason.lower()}") from error
