"""What a check of a camera path found, and how it is said."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

Level = Literal["error", "warning", "note"]
LEVELS: tuple[Level, ...] = ("error", "warning", "note")


@dataclass(frozen=True)
class Finding:
    """One thing to know about a path."""

    code: str
    """Stable name, e.g. ``"jump"``."""
    level: Level
    """error: the result will be broken; warning: beyond what models were trained on; note: good to know."""
    message: str
    """What it is, with figures."""
    remedy: str
    """What to do."""
    frames: tuple[int, int] | None = None
    """First and last frame concerned; None: the whole path."""
    value: float | None = None
    """What was measured."""
    limit: float | None = None
    """What it is compared with, in the same unit."""
    unit: str = ""

    def __str__(self) -> str:
        where = ""
        if self.frames is not None:
            first, last = self.frames
            where = f"frame {first}: " if first == last else f"frames {first}-{last}: "
        return f"{self.level}: {where}{self.message} [{self.code}]; {self.remedy}"


@dataclass(frozen=True)
class Report:
    """What :func:`check_path` found, worst first, and what it measured."""

    name: str
    num_frames: int
    fps: float
    findings: tuple[Finding, ...]
    measured: dict[str, float]
    """Figures of the whole path, with their units in their names."""

    def at(self, level: Level) -> tuple[Finding, ...]:
        """The findings of one level."""
        return tuple(finding for finding in self.findings if finding.level == level)

    @property
    def is_clean(self) -> bool:
        """Whether there is neither an error nor a warning."""
        return not self.at("error") and not self.at("warning")

    @property
    def verdict(self) -> str:
        """The result in one line."""
        errors, warnings = len(self.at("error")), len(self.at("warning"))
        if errors:
            more = f", {_counted(warnings, 'warning')}" if warnings else ""
            return f"not fit to render: {_counted(errors, 'error')}{more}"
        if warnings:
            return f"renders, but expect less: {_counted(warnings, 'warning')}"
        return "fit to render"

    @property
    def summary(self) -> str | None:
        """The worst in one line, for those who only need a hint; None for a clean path."""
        if self.is_clean:
            return None
        more = len(self.at("error")) + len(self.at("warning")) - 1
        first = str(self.findings[0]).split("; ")[0].removeprefix(f"{self.findings[0].level}: ")
        return f"the path {self.name}: {first}" + (f", and {more} more" if more else "")

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "name": self.name,
            "num_frames": self.num_frames,
            "fps": self.fps,
            "verdict": self.verdict,
            "counts": {level: len(self.at(level)) for level in LEVELS},
            "findings": [asdict(finding) for finding in self.findings],
            "measured": self.measured,
        }


def _counted(count: int, word: str) -> str:
    return f"{count} {word}" + ("" if count == 1 else "s")
