"""Telling a whole media file from one that was cut off, which FFmpeg reads as if it were shorter."""

from __future__ import annotations

import struct
from fractions import Fraction
from pathlib import Path

from av.container import InputContainer

from recam.errors import VideoFileError

_EBML, _SEGMENT = 0x1A45DFA3, 0x18538067  # RFC 8794 and RFC 9559


def damaged(path: Path, detail: str) -> VideoFileError:
    """The error for a file whose contents break off or cannot be decoded."""
    return VideoFileError(
        path,
        f"is damaged or cut off ({detail.strip().rstrip('.').lower()}); copy it again, "
        "or keep what is left with: ffmpeg -i IN -c:v libx264 OUT.mp4",
    )


def refuse_cut(container: InputContainer, path: Path, ends: Fraction) -> None:
    """Raise if the file is shorter than it says itself.

    Args:
        container: the file, read to its end (a fragmented file's index grows while it is read).
        path: the file.
        ends: seconds at which its last packet ends.

    Raises:
        VideoFileError: an index entry, or the whole body, reaches behind the last byte; or the packets end
            well before the stated duration.
    """
    size = path.stat().st_size
    stated_size = 0
    for stream in container.streams:
        entries = stream.index_entries
        if entries is not None:
            stated_size = max(stated_size, max((entry.pos + entry.size for entry in entries), default=0))
    if "matroska" in container.format.name:
        stated_size = max(stated_size, _matroska_size(path))
        if container.duration:  # microseconds
            stated = Fraction(container.duration, 1_000_000)
            if stated - ends > max(Fraction(1, 4), stated / 1000):
                raise damaged(path, f"{float(ends):.2f} s of {float(stated):.2f} s are there")
    if stated_size > size:
        raise damaged(path, f"{size} bytes of {stated_size} or more are there")
    if container.format.name == "gif" and not _tail(path).rstrip(b"\0").endswith(b";"):
        raise damaged(path, "its last byte is missing")


def _tail(path: Path, count: int = 64) -> bytes:
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - count))
        return file.read()


def mp4_is_cut(path: Path) -> bool:
    """Whether a top-level box of an mp4 or mov (ISO 14496-12, 4.2) reaches behind the end of the file."""
    size, start = path.stat().st_size, 0
    with path.open("rb") as file:
        while start + 8 <= size:
            file.seek(start)
            length, kind = struct.unpack(">I4s", file.read(8))
            if not kind.isalnum() and kind.strip() != kind:
                return False  # not a box: this is no mp4, or has padding behind it
            if length == 1:
                extended = file.read(8)
                length = struct.unpack(">Q", extended)[0] if len(extended) == 8 else size
            if length == 0:  # the last box, up to the end of the file
                return False
            start += max(length, 8)
    return start > size


def _matroska_size(path: Path) -> int:
    """Bytes that a Matroska file must have by its header's and segment's sizes; 0 if not stated."""
    with path.open("rb") as file:
        head = file.read(4096)
    position = end = 0
    for wanted in (_EBML, _SEGMENT):
        if head[position : position + 4] != wanted.to_bytes(4, "big") or position + 5 > len(head):
            return 0
        first = head[position + 4]
        length = 9 - first.bit_length()  # leading zero bits tell how many bytes the size takes
        if first == 0 or position + 4 + length > len(head):
            return 0
        value = int.from_bytes(head[position + 4 : position + 4 + length], "big") - (1 << 7 * length)
        if value == (1 << 7 * length) - 1:  # all ones: unknown, a live recording
            return 0
        end = position + 4 + length + value
        position = end
    return end
