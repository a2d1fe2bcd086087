"""Contact sheets: fifty scenes a page, each with four pictures and its caption.

A page notes which scenes it shows, so that a run which goes on sees whether it is up to date. Pages depend on
nothing but the scenes that are there.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont
from PIL.PngImagePlugin import PngInfo

from recam.data.layout import SPLIT_FOLDERS, Split, read_description, scene_videos
from recam.errors import FileError
from recam.files import atomic_file, make_folder
from recam.video import probe, read_frames
from recam.video.montage import BACKGROUND, INK
from recam.video.transforms import resize
from recam.worlds.metadata import scenes_in

PER_PAGE = 50
FOLDER = "sheets"
_COLUMNS = 5
_PICTURES = 4
_SIDE = 80  # pixels of a picture
_GAP = 6
_LINES, _LINE = 3, 12
_WIDTH = _PICTURES * _SIDE
_HEIGHT = _SIDE + _LINES * _LINE + 2
_NOTE = "recam scenes"


class SheetWriter:
    """Makes the pages of a world as their scenes come in.

    Args:
        out: the world's folder.
        wanted: numbers of the scenes that are to come.
        there: number to folder of the scenes that are there; whoever adds scenes adds them here too.
    """

    def __init__(
        self, out: Path, split: Split, lenses: tuple[str, ...], wanted: Iterable[int], there: dict[int, Path]
    ) -> None:
        self._out, self._lenses, self._there = out, lenses, there
        self._split: Split = split
        self._waiting: dict[int, set[int]] = {}
        for number in wanted:
            self._waiting.setdefault(number // PER_PAGE, set()).add(number)
        self._pages = sorted(self._waiting)

    def add(self, number: int) -> None:
        """A scene is there, or never will be: the last one of a page makes the page."""
        page = number // PER_PAGE
        waiting = self._waiting.get(page, set())
        waiting.discard(number)
        if not waiting and self._waiting.pop(page, None) is not None:
            self._make(page)

    def finish(self) -> None:
        """Bring all pages up to date, with what other runs have made as well."""
        self._there = scenes_in(self._out / SPLIT_FOLDERS[self._split], self._lenses)
        for page in self._pages:
            self._make(page)

    def _make(self, page: int) -> None:
        numbers = range(page * PER_PAGE, (page + 1) * PER_PAGE)
        scenes = {number: self._there[number] for number in numbers if number in self._there}
        if scenes:
            make_sheet(self._out / FOLDER / f"{self._split}-{numbers[0]:06d}.png", scenes)


def make_sheet(path: Path, scenes: dict[int, Path]) -> bool:
    """Write a page with these scenes, by their number; False where it is there already.

    Raises:
        OutputError: the page cannot be written.
    """
    note = json.dumps({number: f"{folder.parent.name}/{folder.name}" for number, folder in scenes.items()})
    if _note_of(path) == note:
        return False
    rows = -(-len(scenes) // _COLUMNS)
    columns = min(len(scenes), _COLUMNS)
    sheet = Image.new("RGB", (columns * (_WIDTH + _GAP) + _GAP, rows * (_HEIGHT + _GAP) + _GAP), BACKGROUND)
    for index, (number, folder) in enumerate(sorted(scenes.items())):
        row, column = divmod(index, _COLUMNS)
        sheet.paste(_cell(number, folder), (_GAP + column * (_WIDTH + _GAP), _GAP + row * (_HEIGHT + _GAP)))
    info = PngInfo()
    info.add_text(_NOTE, note)
    make_folder(path.parent)
    with atomic_file(path) as temporary:
        sheet.save(temporary, format="PNG", pnginfo=info)
    return True


def _note_of(path: Path) -> str | None:
    try:
        with Image.open(path) as picture:
            return str(picture.info.get(_NOTE))
    except (OSError, ValueError, SyntaxError):  # none there, or damaged: made anew
        return None


def _cell(number: int, folder: Path) -> Image.Image:
    """A scene's four pictures, from four cameras, later and later in the clip; below them its words."""
    cell = Image.new("RGB", (_WIDTH, _HEIGHT), BACKGROUND)
    try:
        videos = list(scene_videos(folder).values())
        caption = f"{number}: {read_description(folder)['caption']}"
        picked = np.linspace(0, len(videos) - 1, min(_PICTURES, len(videos))).round().astype(int)
        for place, (index, share) in enumerate(zip(picked, np.linspace(0, 1, len(picked)), strict=True)):
            cell.paste(_picture(videos[index], float(share)), (place * _SIDE, 0))
    except FileError as error:
        caption = f"{number}: {error.path.name} {error.reason}"
    draw = ImageDraw.Draw(cell)
    for line, text in enumerate(_wrapped(caption)):
        draw.text((0, _SIDE + 2 + line * _LINE), text, fill=INK, font=_font())
    return cell


def _picture(video: Path, share: float) -> Image.Image:
    """The frame at that share of the clip, as a thumbnail; a gap remains to the next one."""
    info = probe(video)
    index = round(share * (info.num_frames - 1))
    frame = next(read_frames(info, start=index / info.fps, max_frames=1))
    return Image.fromarray(resize(frame[None], _SIDE - 2, _SIDE - 2)[0])


def _wrapped(text: str) -> list[str]:
    """As many lines as there is room for."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if _font().getlength(longer) <= _WIDTH:
            lines[-1] = longer
        elif len(lines) < _LINES:
            lines.append(word)
        else:
            while _font().getlength(f"{lines[-1]} ...") > _WIDTH:
                lines[-1] = lines[-1].rpartition(" ")[0]
            lines[-1] += " ..."
            break
    return lines


@lru_cache(maxsize=1)
def _font() -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(10)
