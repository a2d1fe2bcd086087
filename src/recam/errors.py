"""recam's own errors.

Everything a user can cause is an :class:`InputError`: one line, what was wrong, what to do.
"""

from __future__ import annotations

from os import PathLike
from pathlib import Path


class RecamError(Exception):
    """Base of every error that recam raises on purpose."""


class InputError(RecamError, ValueError):
    """The user's input cannot be used. The message names the argument, the value, the rule and the remedy."""


class ExpressionError(InputError):
    """A camera expression cannot be understood or carried out; the message says at which character and why.

    Attributes:
        text: the whole expression.
        position: index of the character in question, 0 to ``len(text)`` (its end).
        reason: what is wrong there.
    """

    def __init__(self, text: str, position: int, reason: str) -> None:
        self.text, self.position, self.reason = text, position, reason
        super().__init__(f"camera expression, at character {position + 1}: {reason}")
        self.add_note(self.excerpt())

    def __reduce__(self) -> tuple[type[ExpressionError], tuple[str, int, str]]:
        return type(self), (self.text, self.position, self.reason)

    def excerpt(self, width: int = 100) -> str:
        """Two lines: the text about the character in question, and a caret below it."""
        start = max(0, min(self.position - width // 2, len(self.text) - width + 1))
        shown = "".join(char if char.isprintable() else " " for char in self.text[start : start + width])
        return f"  {shown}\n  {' ' * (self.position - start)}^"


class FileError(InputError):
    """A file cannot be read or written.

    Attributes:
        path: the file.
        reason: what is wrong with it, without the path.
    """

    def __init__(self, path: str | PathLike[str], reason: str) -> None:
        self.path = Path(path)
        self.reason = reason
        super().__init__(f"{self.path}: {reason}")

    def __reduce__(self) -> tuple[type[FileError], tuple[Path, str]]:
        # How an error comes back from another process; the default would rebuild it from its text alone.
        return type(self), (self.path, self.reason)


class CameraFileError(FileError):
    """A camera file is missing, broken, incomplete or holds poses that are not finite rigid motions."""


class VideoFileError(FileError):
    """A video file is missing, broken, empty or of a kind that cannot be decoded."""


class DepthFileError(FileError):
    """A depth map is missing, broken, of another size or number than the video, or holds no depth."""


class CheckpointError(FileError):
    """A checkpoint or model folder is missing, broken, unsafe to open or of another model."""


class DatasetError(FileError):
    """A data set folder or one of its files breaks the layout."""


class ManifestError(FileError):
    """A manifest of clips to score cannot be read."""


class ResultsError(FileError):
    """Another program's file of results is missing, broken or of another kind."""


class OutputError(FileError):
    """An output cannot be written: no such folder, no permission, no space left."""


class SolveError(InputError):
    """The camera of a clip cannot be found; the message gives the reason and what to do."""


class MachineError(InputError):
    """This machine cannot do what was asked; the message gives the figure needed and the alternatives."""
