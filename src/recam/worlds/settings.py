"""What a rendered world is made from: the engine and its settings, from a scene's number to its film."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal, TypeVar

import numpy as np
from numpy.typing import NDArray

from recam.camera import Poses
from recam.camera.intrinsics import Intrinsics
from recam.data.check_clip import is_dull
from recam.data.layout import SPLIT_FOLDERS, Split
from recam.errors import InputError
from recam.worlds.engine import Engine
from recam.worlds.rules import PUBLISHED_LENSES
from recam.worlds.tiny.engine import TinyEngine
from recam.worlds.tiny.shots import Shot as TinyShot
from recam.worlds.tiny.shots import draw_training_shot, draw_validation_shot

if TYPE_CHECKING:
    from recam.worlds.blender import BlenderEngine
    from recam.worlds.mujoco import MujocoEngine
    from recam.worlds.shots import Shot

LENSES = {lens.focal_mm: lens.folder for lens in PUBLISHED_LENSES}
"""Focal length in millimetres to the folder name of the published data set."""
_DULL_TRIES = 5  # shots of a scene, until no frame is black or of one colour
EngineName = Literal["mujoco", "tiny", "blender"]
BeforeMoment = Callable[[], None]


@dataclass(frozen=True, eq=False)
class Film:
    """A filmed scene, ready to be written.

    Attributes:
        lens: name of the lens's folder.
        cameras: name to poses in the scene's world (z up), metres.
        frames: uint8 [C,F,H,W,3] RGB, in the order of ``cameras``.
        depth, masks: float32 metres and uint8 labels, [C,F,H,W]; None if not asked.
        description: for scene.json, plain JSON values; holds a caption.
    """

    lens: str
    cameras: dict[str, Poses]
    frames: NDArray[np.uint8]
    depth: NDArray[np.float32] | None
    masks: NDArray[np.uint8] | None
    description: dict[str, Any]


@dataclass(frozen=True)
class WorldSettings(ABC):
    """What all engines' worlds have in common; two runs with equal settings write equal files."""

    split: Split = "train"
    """``train``: ten cameras that move by drawn rules; ``val``: the basic trajectories and a static view."""
    seed: int = 0
    """Seed of the whole world; scene N of a seed never changes."""
    size: int = 128
    """Height and width of the frames in pixels."""
    num_frames: int = 17
    """Frames per clip (4n + 1)."""
    fps: int = 8
    """Frames a second."""

    preset: ClassVar[str] = "veryfast"
    """x264's speed: at the same crf, files as small as by "medium" in half the time."""
    encoder_threads: ClassVar[int | None] = 1
    """Of the encoder; the bytes depend on them, and workers keep the cores busy anyway."""
    strict: ClassVar[bool] = True
    """Whether a scene with a single frame that is black or of one colour is refused; records file sizes."""

    def check(self) -> None:
        """Raise InputError when a setting cannot be used."""
        if self.split not in SPLIT_FOLDERS:
            raise InputError(f"--split {self.split}: must be train or val")
        if self.num_frames < 1 or (self.num_frames - 1) % 4:
            raise InputError(f"--frames {self.num_frames}: must be 4n + 1 (5, 9, 13, 17 ...)")
        if self.size < 16 or self.size % 8:
            raise InputError(f"--size {self.size}: must be a multiple of 8, at least 16")
        if self.fps < 1:
            raise InputError(f"--fps {self.fps}: must be at least 1")

    @property
    @abstractmethod
    def lens_folders(self) -> tuple[str, ...]:
        """Names of the folders in which scenes of this world can lie."""

    @abstractmethod
    def record(self) -> dict[str, Any]:
        """What world.json says of these settings; equal records give equal files."""

    @abstractmethod
    def film(self, number: int, before_moment: BeforeMoment | None = None) -> Film:
        """Draw and film scene ``number``; the engine is kept for the next.

        Raises:
            InputError: there is no such scene.
            MachineError: no renderer, or it fails.
        """

    def split_folder(self, out: Path) -> Path:
        """Where the scenes of the split lie below ``out``, in a folder a lens."""
        return out / SPLIT_FOLDERS[self.split]


@dataclass(frozen=True)
class TinySettings(WorldSettings):
    """The world that the bundled model was trained on."""

    size: int = 64
    num_frames: int = 9
    focal_mm: int = 24
    """Lens of every camera, on the data set's 23.76 mm square sensor: 18, 24, 35 or 50."""
    radii: tuple[float, ...] = (3.0, 4.0, 5.0)
    """Distances to the subject, in metres, at which cameras of the training split start."""
    basic_share: float = 0.7
    """Share of training moves that are basic trajectories of a drawn strength; the rest follow the data set's
    rules.
    """
    shared_start: bool = True
    """Whether all cameras of a training scene start at one pose."""

    preset: ClassVar[str] = "medium"
    encoder_threads: ClassVar[int | None] = None
    strict: ClassVar[bool] = False  # its plain walls may fill a picture, and its scenes stay as they are

    def check(self) -> None:
        super().check()
        if self.focal_mm not in LENSES:
            raise InputError(
                f"--lens {self.focal_mm}: the data set's lenses are {', '.join(map(str, LENSES))} mm"
            )
        if not self.radii or not all(1.5 <= radius <= 12 for radius in self.radii):
            raise InputError(f"radii {self.radii}: distances must be 1.5 to 12 m, at least one")
        if not 0 <= self.basic_share <= 1:
            raise InputError(f"basic_share {self.basic_share}: must be 0 to 1")

    @property
    def lens_folders(self) -> tuple[str, ...]:
        return (LENSES[self.focal_mm],)

    def record(self) -> dict[str, Any]:
        return asdict(self)

    def draw(self, number: int) -> TinyShot:
        """Scene ``number`` with its cameras."""
        if self.split == "val":
            return draw_validation_shot(number, self.seed, self.num_frames)
        return draw_training_shot(
            number, self.seed, self.num_frames, tuple(self.radii), self.basic_share, self.shared_start
        )

    def film(self, number: int, before_moment: BeforeMoment | None = None) -> Film:
        shot = self.draw(number)
        engine = _tiny_engine(self.size, self.focal_mm)
        frames = engine.render(shot.scene, list(shot.cameras.values()), self.fps, before_moment=before_moment)
        lens = LENSES[self.focal_mm]
        description = {
            "caption": shot.scene.caption,
            "lens": lens,
            "focal_mm": self.focal_mm,
            "fps": self.fps,
            "subject_distance": shot.distance,
            "moves": {name: {"kind": move.kind, **move.parameters} for name, move in shot.moves.items()},
            "scene": shot.scene.attributes(),
        }
        return Film(lens, shot.cameras, frames, None, None, description)


@dataclass(frozen=True)
class SceneSettings(WorldSettings):
    """Worlds of :mod:`recam.worlds.shots`: many environments, characters and props, ten cameras, any engine.

    The lens is drawn for each scene, as in the published data set.
    """

    engine: Literal["mujoco", "blender"] = "mujoco"
    depth: bool = False
    """Whether depth is written beside the videos."""
    masks: bool = False
    """Whether masks of all things are written beside the videos."""
    samples: int = 16
    """Of Blender: light paths a pixel."""
    hdri: str | None = None
    """For Blender: picture of a sky that all scenes have instead of their own."""
    assets: str | None = None
    """For Blender: folder of users' own models (:mod:`recam.worlds.blender.assets`)."""
    blender: str | None = None
    """Where Blender is, if not where it is looked for; not part of the record."""

    def check(self) -> None:
        super().check()
        if self.engine not in ("mujoco", "blender"):
            raise InputError(f"--engine {self.engine}: must be mujoco or blender")
        if self.engine == "mujoco" and (self.hdri or self.assets or self.blender):
            raise InputError("--hdri, --assets and --blender: are for --engine blender")
        self._assets()
        if self.samples < 1:
            raise InputError(f"--samples {self.samples}: must be at least 1")

    @property
    def lens_folders(self) -> tuple[str, ...]:
        return tuple(LENSES.values())

    def record(self) -> dict[str, Any]:
        known = {"engine": self.engine, **asdict(self)}
        del known["blender"]
        if self.engine == "mujoco":
            for name in ("samples", "hdri", "assets"):
                del known[name]
        else:  # by name: the same files may lie elsewhere tomorrow
            known["hdri"] = None if self.hdri is None else Path(self.hdri).name
            known["assets"] = self._assets()
        return known

    def _assets(self) -> dict[str, list[str]] | None:
        """The files that scenes are drawn from: another one more makes other scenes.

        Raises:
            FileError: no folder of assets.
        """
        if self.assets is None:
            return None
        from recam.worlds.blender.assets import AssetFolder

        return {kind: list(names) for kind, names in AssetFolder.open(self.assets).files.items()}

    def draw(self, number: int, first_attempt: int = 0) -> Shot:
        """Scene ``number`` with its cameras; see :func:`recam.worlds.shots.draw_shot`."""
        what = (number, self.seed, self.num_frames, self.fps, self.split)
        if self.engine == "blender" and self.assets is not None:
            return self._blender().draw_shot(*what, first_attempt=first_attempt)
        from recam.worlds.shots import draw_shot

        return draw_shot(*what, first_attempt=first_attempt)

    def film(self, number: int, before_moment: BeforeMoment | None = None) -> Film:
        from recam.worlds.describe import describe_shot

        engine: Engine = self._blender() if self.engine == "blender" else mujoco_engine(self.size)
        shot = self.draw(number)
        for tries in reversed(range(_DULL_TRIES)):
            views = engine.render(
                shot.scene,
                list(shot.cameras.values()),
                shot.lens,
                depth=self.depth,
                masks=self.masks,
                before_moment=before_moment,
            )
            # A camera may come to look at nothing but a wall or the sky; what is left is for the check.
            if not tries or not any(is_dull(frame) for clip in views.frames for frame in clip):
                break
            shot = self.draw(number, shot.scene.attributes["attempt"] + 1)
        description = describe_shot(shot, self.engine, self.size)
        return Film(shot.lens.folder, shot.cameras, views.frames, views.depth, views.masks, description)

    def _blender(self) -> BlenderEngine:
        return _blender_engine(self.size, self.samples, self.blender, self.hdri, self.assets)


@cache
def _tiny_engine(size: int, focal_mm: int) -> TinyEngine:
    """One engine a process: making one costs as much as thirty frames."""
    return TinyEngine(size, Intrinsics.from_focal_mm(focal_mm, size, size).fov_degrees[1])


@cache
def mujoco_engine(size: int, width: int | None = None) -> MujocoEngine:
    """The process's engine for pictures of ``size`` rows and ``width`` columns (default: square)."""
    from recam.worlds.mujoco import MujocoEngine

    return _kept(MujocoEngine(size, width=width))


@cache
def _blender_engine(
    size: int, samples: int, blender: str | None, hdri: str | None, assets: str | None
) -> BlenderEngine:
    from recam.worlds.blender import BlenderEngine

    return _kept(BlenderEngine(size, samples=samples, blender=blender, hdri=hdri, assets=assets))


_open: list[Engine] = []
_AnyEngine = TypeVar("_AnyEngine", bound=Engine)


def _kept(engine: _AnyEngine) -> _AnyEngine:
    _open.append(engine)
    return engine


def close_engines() -> None:
    """Free the renderers of drawn scenes that this process keeps; the next scene makes new ones."""
    mujoco_engine.cache_clear()
    _blender_engine.cache_clear()
    while _open:
        _open.pop().close()
