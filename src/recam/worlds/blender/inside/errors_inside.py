"""What the scripts inside Blender raise on purpose."""

from __future__ import annotations


class AssetError(Exception):
    """A user's file cannot be used.

    Attributes:
        path: the file.
        reason: what is wrong with it and what to do, one line.
    """

    def __init__(self, path: str, reason: str) -> None:
        self.path, self.reason = path, reason
        super().__init__(f"{path}: {reason}")
