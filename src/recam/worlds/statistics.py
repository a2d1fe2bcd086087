"""What a rendered world holds, counted from its files: scene by scene, one frame of each."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recam.camera import Poses
from recam.camera.formats import read_cameras
from recam.data.index import DatasetIndex, IndexedScene
from recam.data.layout import Split
from recam.errors import DatasetError
from recam.video import probe, read_frames

HUE_BINS = 24
_STILL_METRES, _STILL_DEGREES = 0.01, 0.5  # files have six digits: nothing stands quite still in them
_COLOURED = 0.15  # saturation from which on a pixel has a hue worth counting
_FUNCTION_WORDS = {
    "a", "an", "the", "is", "are", "in", "on", "of", "with", "and", "while", "at", "to", "its", "him",
    "her", "it", "his", "beside", "nearby", "close", "by", "next", "around", "few", "steps", "from",
    "stand", "stands", "under", "up", "down", "over", "into", "for",
}  # fmt: skip


@dataclass
class WorldStatistics:
    """Counts of a split of a world. Lists have one entry a scene or, where said, one a camera.

    Attributes:
        scenes, videos, frames: how many.
        environments, times, lenses, distances, subjects, motions, events, attempts: scenes by family, time of
            day, lens folder, metres to the subject, kind of main character, what it does, what else happens,
            and how many scenes were drawn before without room for cameras.
        moves: cameras by kind of move.
        travelled, speeds: of cameras that go somewhere: metres along the path, metres a second.
        turned: of cameras that turn: degrees along the path.
        things, visible: things of a scene, and those that its cameras see.
        brightness: mean luma of one frame of each scene, 0 to 1.
        hues: [24] share of the coloured pixels by hue, from red on.
        caption_words: words of each caption.
        words: captions by word, without function words.
        captions: different captions.
        pictures: number of the scene in the index to a frame, uint8 [H,W,3], of evenly spread scenes.
    """

    scenes: int = 0
    videos: int = 0
    frames: int = 0
    environments: Counter[str] = field(default_factory=Counter)
    times: Counter[str] = field(default_factory=Counter)
    lenses: Counter[str] = field(default_factory=Counter)
    distances: Counter[str] = field(default_factory=Counter)
    subjects: Counter[str] = field(default_factory=Counter)
    motions: Counter[str] = field(default_factory=Counter)
    events: Counter[str] = field(default_factory=Counter)
    attempts: Counter[int] = field(default_factory=Counter)
    moves: Counter[str] = field(default_factory=Counter)
    travelled: list[float] = field(default_factory=list)
    turned: list[float] = field(default_factory=list)
    speeds: list[float] = field(default_factory=list)
    things: list[int] = field(default_factory=list)
    visible: list[int] = field(default_factory=list)
    brightness: list[float] = field(default_factory=list)
    hues: NDArray[np.float64] = field(default_factory=lambda: np.zeros(HUE_BINS))
    caption_words: list[int] = field(default_factory=list)
    words: Counter[str] = field(default_factory=Counter)
    captions: set[str] = field(default_factory=set)
    pictures: dict[int, NDArray[np.uint8]] = field(default_factory=dict)

    def add(self, scene: IndexedScene, poses: Mapping[str, Poses], frame: NDArray[np.uint8]) -> None:
        """Count one scene.

        Args:
            frame: any frame of it, uint8 [H,W,3].
        """
        facts = scene.files.description
        drawn = facts.get("scene", {})
        things = drawn.get("things", [])
        self.scenes += 1
        self.videos += len(scene.files.videos)
        self.frames += sum(len(path) for path in poses.values())
        self.environments[str(drawn.get("environment", "unknown"))] += 1
        self.times[str(drawn.get("time_of_day", "unknown"))] += 1
        self.lenses[scene.files.lens] += 1
        self.distances[f"{float(facts.get('subject_distance', 0)):.3g}"] += 1
        self.attempts[int(drawn.get("attempt", 0))] += 1
        main = next((thing for thing in things if thing["name"] == drawn.get("subject")), {})
        self.subjects[str(main.get("attributes", {}).get("species", "unknown"))] += 1
        self.motions[str(main.get("attributes", {}).get("motion", "unknown"))] += 1
        self.events.update(
            {thing["motion"] for thing in things if thing["kind"] == "prop" and thing["motion"]}
        )
        self.things.append(len(things))
        self.visible.append(sum(bool(thing.get("visible")) for thing in things))
        self._add_moves(facts, poses)
        self._add_caption(scene.files.caption)
        self._add_colours(frame)

    def _add_moves(self, facts: Mapping[str, Any], poses: Mapping[str, Poses]) -> None:
        moves = facts.get("moves", {})
        for name, path in poses.items():
            kind = str(moves.get(name, {}).get("kind", "unknown"))
            self.moves[kind] += 1
            if len(path) < 2:
                continue
            way = float(np.linalg.norm(np.diff(path.translations, axis=0), axis=1).sum())
            step = path.rotations[:-1].transpose(0, 2, 1) @ path.rotations[1:]
            angles = np.arccos(np.clip((np.trace(step, axis1=1, axis2=2) - 1) / 2, -1, 1))
            turn = float(np.degrees(angles.sum()))
            if way > _STILL_METRES:
                self.travelled.append(way)
                self.speeds.append(way * float(facts.get("fps", 1)) / (len(path) - 1))
            if turn > _STILL_DEGREES:
                self.turned.append(turn)

    def _add_caption(self, caption: str) -> None:
        words = re.findall(r"[a-z]+(?:-[a-z]+)*", caption.lower())
        self.caption_words.append(len(words))
        self.words.update(set(words) - _FUNCTION_WORDS)
        self.captions.add(caption)

    def _add_colours(self, frame: NDArray[np.uint8]) -> None:
        step = max(1, min(frame.shape[:2]) // 48)
        colours = frame[::step, ::step].reshape(-1, 3) / 255.0
        self.brightness.append(float((colours @ [0.2126, 0.7152, 0.0722]).mean()))
        high, low = colours.max(axis=1), colours.min(axis=1)
        spread = high - low
        some = spread > _COLOURED * np.maximum(high, 1e-9)
        red, green, blue = colours[some].T
        top, width = high[some], spread[some]
        hue = np.where(
            top == red,
            ((green - blue) / width) % 6,
            np.where(top == green, (blue - red) / width + 2, (red - green) / width + 4),
        )
        counts = np.bincount((hue / 6 * HUE_BINS).astype(np.int64) % HUE_BINS, minlength=HUE_BINS)
        self.hues += counts / max(len(colours), 1)

    def table(self) -> str:
        """The counts as a Markdown table."""
        anew = sum(count for attempt, count in self.attempts.items() if attempt)
        rows = [
            ("scenes, videos, frames", f"{self.scenes:,}, {self.videos:,}, {self.frames:,}"),
            ("environment", _listed(self.environments)),
            ("time of day or light", _listed(self.times)),
            ("lens", _listed(self.lenses, ordered=True)),
            ("metres to the main character", _listed(self.distances, ordered=True)),
            ("camera moves", _listed(self.moves)),
            ("metres that cameras go, if any (5 %, half, 95 %)", _spread(self.travelled)),
            ("degrees that cameras turn, if any", _spread(self.turned)),
            ("metres a second", _spread(self.speeds)),
            ("main characters", _listed(self.subjects)),
            ("their motions", f"{len(self.motions)}: {_listed(self.motions)}"),
            ("what else happens", _listed(self.events)),
            ("things in a scene; seen by its cameras", f"{_spread(self.things)}; {_spread(self.visible)}"),
            ("mean brightness of a frame (0 to 1)", _spread(self.brightness)),
            ("words of a caption", _spread(self.caption_words)),
            ("different captions; different words", f"{len(self.captions):,}; {len(self.words):,}"),
            ("scenes drawn anew (no room for cameras, or a frame of one colour)", str(anew)),
        ]
        return "\n".join(
            ["| what | in this world |", "|---|---|", *(f"| {key} | {text} |" for key, text in rows)]
        )


def collect_statistics(
    index: DatasetIndex,
    split: Split = "train",
    pictures: int = 64,
    on_scene: Callable[[int], None] | None = None,
) -> WorldStatistics:
    """Read scene.json, the cameras and the middle frame of one camera of every scene of a split.

    The camera is cam01 of the first scene, cam02 of the second, and so on. Memory grows by a few numbers a
    scene.

    Args:
        pictures: of how many evenly spread scenes the frame is kept.
        on_scene: called with the number of scenes done.

    Raises:
        DatasetError: there is no scene of that split, or one without videos or description.
        CameraFileError, VideoFileError: a file cannot be read.
    """
    names = [name for name in index.names if name.split("/")[0] == split]
    if not names:
        raise DatasetError(index.root, f"holds no scenes of {split}")
    spread = np.linspace(0, len(names) - 1, min(pictures, len(names)))
    kept = {round(place) for place in spread} if pictures else set()
    found = WorldStatistics()
    for number, name in enumerate(names):
        scene = index.scene(name)
        if not scene.files.videos or not scene.files.description:
            raise DatasetError(
                scene.files.folder, "has no videos or no scene.json; check it with recam data check"
            )
        videos = list(scene.files.videos.values())
        frame = middle_frame(videos[number % len(videos)])
        if number in kept:
            found.pictures[number] = frame
        found.add(scene, read_cameras(scene.files.camera_path).cameras, frame)
        if on_scene:
            on_scene(number + 1)
    return found


def middle_frame(video: Path) -> NDArray[np.uint8]:
    """uint8 [H,W,3].

    Raises:
        VideoFileError: it cannot be decoded.
    """
    info = probe(video)
    return next(islice(read_frames(info), info.num_frames // 2, None))


def in_order(counts: Counter[str]) -> list[tuple[str, int]]:
    """Counts by the first number in their names: lenses by focal length, distances by metres."""
    return sorted(counts.items(), key=lambda item: [float(text) for text in re.findall(r"[\d.]+", item[0])])


def _listed(counts: Counter[str], ordered: bool = False) -> str:
    shown = in_order(counts) if ordered else counts.most_common()
    return ", ".join(f"{name}: {count:,}" for name, count in shown) or "none"


def _spread(values: Iterable[float]) -> str:
    known = np.asarray(list(values), dtype=np.float64)
    return " / ".join(f"{value:.3g}" for value in np.percentile(known, [5, 50, 95])) if len(known) else "none"
