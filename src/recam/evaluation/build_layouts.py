"""Where methods put their results: patterns of paths, and which of them a folder follows.

A pattern is a path relative to the folder of results, with fields in braces: ``{source}`` (a source's name
without suffix) or ``{index}`` (its place in the list of sources, from 0), ``{preset}``, ``{seed}`` (digits)
and ``{any}`` (anything but a slash). Without a suffix, every kind of video fits.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from recam.data.index import VIDEO_SUFFIXES
from recam.errors import InputError

RESULT_SUFFIXES = (*VIDEO_SUFFIXES, ".gif")

LAYOUTS: dict[str, str] = {
    "plain": "{source}__{preset}",
    "preset-folders": "{preset}/{source}",
    "source-folders": "{source}/{preset}",
    "recammaster": "cam_type{preset}/video{index}",
    "trajectorycrafter": "{preset}/{any}_{source}/gen",
    "gcd": "{preset}/extra/{any}_{source}_pred_s{seed}",
    "das": "{preset}/{source}/result",
    "trajectory-attention": "{source}/{preset}/output_{seed}",
}
"""By name. The methods' own are what their published scripts write, run once a preset with the preset's name
for the output folder: ReCamMaster ``--output_dir RESULTS``; TrajectoryCrafter ``--out_dir RESULTS/PRESET``;
GCD's infer.py ``--output RESULTS/PRESET``; DaS ``--output_dir RESULTS/PRESET/SOURCE``; Trajectory-Attention
``--output_folder RESULTS/SOURCE/PRESET``."""

PACES = {"recammaster": (0, 1)}
"""By layout: the source's frame that a result begins with, and how many go by from frame to frame, where the
script leaves no choice. ReCamMaster's reads the first 81 frames and writes 30 a second, whatever the source
has."""

_LOOKED_AT = 200
"""Files by which a layout is told."""
_FIELDS = {
    "preset": r"(?P<preset>[^/]+?)",
    "index": r"(?P<index>\d+)",
    "seed": r"(?P<seed>\d+)",
    "any": r"[^/]*?",
    "source": r"(?P<source>.+?)",
}


@dataclass(frozen=True)
class Parsed:
    """What a path says by a pattern; "" for what the pattern has no field of."""

    source: str = ""
    index: str = ""
    preset: str = ""
    seed: str = ""


class Pattern:
    """A pattern of paths.

    Raises:
        InputError: an unknown field, none that tells the source, or a path that leads elsewhere.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self._parts = re.split(r"\{(\w*)\}", unicodedata.normalize("NFC", text))
        self.fields = tuple(self._parts[1::2])
        wrong = [field for field in self.fields if field not in _FIELDS]
        if wrong or "{" in "".join(self._parts[::2]) or "}" in "".join(self._parts[::2]):
            shown = f"{{{wrong[0]}}}" if wrong else "a brace on its own"
            raise InputError(f"pattern {text!r} has {shown}; fields are {{source}}, {_listed()}")
        if ("source" in self.fields) == ("index" in self.fields):
            raise InputError(f"pattern {text!r} must have {{source}} or {{index}}, and not both")
        if text.startswith("/") or ".." in text.split("/"):
            raise InputError(f"pattern {text!r} must be relative to the folder of results and stay in it")
        self._any_suffix = not text.lower().endswith(RESULT_SUFFIXES)
        self._for = lru_cache(4096)(self._compile)

    def parse(
        self, relative: str, sources: Sequence[str], knows: Callable[[str], bool]
    ) -> tuple[Parsed | None, bool]:
        """What the path says, and whether source and preset are known.

        Args:
            relative: path below the folder of results, with slashes, in NFC.
            sources: names of sources, the longest first.
            knows: whether a text is a preset.

        Returns:
            ``(None, False)`` for a path that does not fit the pattern at all.
        """
        half: Parsed | None = None
        if "index" in self.fields:
            found = self._for(None).fullmatch(relative)
            parsed = None if found is None else Parsed(**_named(found))
            return parsed, parsed is not None and ("preset" not in self.fields or knows(parsed.preset))
        for source in sources:
            if source not in relative:
                continue
            found = self._for(source).fullmatch(relative)
            if found is not None:
                parsed = Parsed(**{"source": source} | _named(found))
                if "preset" not in self.fields or knows(parsed.preset):
                    return parsed, True
                half = half or parsed
        if half is None and (found := self._for(None).fullmatch(relative)):
            half = Parsed(**_named(found))
        return half, False

    def path(self, values: Mapping[str, str]) -> str:
        """The path of a result with these values; ``{any}`` becomes ``*``."""
        filled = [
            part if place % 2 == 0 else "*" if part == "any" else values.get(part, "")
            for place, part in enumerate(self._parts)
        ]
        return "".join(filled) + (".mp4" if self._any_suffix else "")

    def _compile(self, source: str | None) -> re.Pattern[str]:
        text, used = "", set()
        for place, part in enumerate(self._parts):
            if place % 2 == 0:
                text += re.escape(part)
            elif part == "source" and source is not None:
                text += re.escape(source)
            elif part in used and part != "any":
                text += f"(?P={part})"
            else:
                text += _FIELDS[part]
            used |= {part} if place % 2 else set()
        if self._any_suffix:
            text += f"(?i:{'|'.join(map(re.escape, RESULT_SUFFIXES))})"
        return re.compile(text, re.DOTALL)


def _named(found: re.Match[str]) -> dict[str, str]:
    return {name: value for name, value in found.groupdict().items() if value is not None}


def _listed() -> str:
    return ", ".join(f"{{{field}}}" for field in _FIELDS if field != "source")


def layout_pattern(name: str) -> Pattern:
    """The pattern of a layout's name, or of a pattern itself (it holds a brace).

    Raises:
        InputError: no such layout.
    """
    if "{" in name:
        return Pattern(name)
    if name not in LAYOUTS:
        raise InputError(
            f"unknown layout {name!r}; layouts are {', '.join(LAYOUTS)}, or give a pattern such as "
            "'{source}/{preset}_{seed}.mp4'"
        )
    return Pattern(LAYOUTS[name])


def find_layout(
    files: Iterable[str], sources: Sequence[str], knows: Callable[[str], bool], of: str
) -> tuple[str, Pattern]:
    """The layout that most files follow; of many, some are looked at.

    Args:
        of: whose files they are, for the message.

    Raises:
        InputError: none fits, or two fit equally well.
    """
    files = list(files)
    fitting: dict[str, int] = {}
    patterns = {name: Pattern(text) for name, text in LAYOUTS.items()}
    most = 0
    for some in (files[:: max(1, len(files) // _LOOKED_AT)], files):
        for name, pattern in patterns.items():
            fitting[name] = sum(pattern.parse(file, sources, knows)[1] for file in some)
        most = max(fitting.values())
        if most:
            break
    best = [name for name, count in fitting.items() if count == most]
    if not most:
        shown = f"; the first file is {files[0]!r}" if files else ""
        raise InputError(
            f"{of}: none of the {len(files)} videos follows a known layout ({', '.join(LAYOUTS)}) with a "
            f"known source and preset{shown}; say it with --pattern, such as '{{source}}/{{preset}}.mp4'"
        )
    if len(best) > 1:
        raise InputError(f"{of}: follows {' and '.join(best)} equally well; say which with --layout")
    return best[0], patterns[best[0]]
