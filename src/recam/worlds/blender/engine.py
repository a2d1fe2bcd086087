"""Filming scenes with Blender's path tracer Cycles: soft light, reflections, depth of field, motion blur."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Literal

import numpy as np
from PIL import Image

from recam.camera import Poses
from recam.camera.intrinsics import Intrinsics
from recam.data.layout import Split
from recam.errors import InputError, MachineError
from recam.worlds.blender.assets import AssetFolder, draw_asset_scene, resolve_assets
from recam.worlds.blender.describe import write_scene
from recam.worlds.blender.find import find_blender
from recam.worlds.blender.process import BlenderProcess
from recam.worlds.engine import Views, picture_lens
from recam.worlds.rules import PublishedLens
from recam.worlds.scene import Scene
from recam.worlds.shots import Shot, draw_shot

Device = Literal["auto", "cpu", "cuda", "optix", "hip", "oneapi", "metal"]
DEVICES: tuple[str, ...] = ("auto", "cpu", "cuda", "optix", "hip", "oneapi", "metal")
_MOST_MASKS = 255


class BlenderEngine:
    """Renders scenes at one size in a Blender of its own process; keep it and reuse it for many scenes.

    Blender starts with the first scene. Each path gets a camera with the lens's focal length on the sensor of
    23.76 mm; the longer side of the picture is the sensor's.

    Args:
        size: height of the frames in pixels, and their width unless ``width`` is given.
        samples: light paths a pixel; with the denoiser 16 are clean enough, 64 show fine shadows better.
        blender: a Python that has ``bpy``, or the ``blender`` program; default: looked for
            (:func:`recam.worlds.blender.find.find_blender`).
        assets: folder of users' own models, of which :meth:`draw_shot` makes scenes
            (:mod:`recam.worlds.blender.assets`).
        device: ``"auto"`` takes a GPU where Blender finds one, else the CPU.
        threads: of the CPU; 0 for one a core.
        denoise: clean the picture up (Open Image Denoise).
        motion_blur: with a shutter of 180 degrees: open for half a frame, its middle at the frame's moment.
        depth_of_field: from the lens's aperture, in focus on the main character.
        hdri: a picture of a whole sky (.hdr, .exr) in the place of the scene's own sky and sun.
        texture_pixels: side of a painted surface tile.
        timeout: seconds that one moment of one camera may take at most.

    Raises:
        InputError: an argument cannot be used.
        FileError: the folder of assets holds none.
        MachineError: there is no Blender.
    """

    def __init__(
        self,
        size: int,
        *,
        width: int | None = None,
        samples: int = 16,
        blender: str | os.PathLike[str] | None = None,
        assets: str | os.PathLike[str] | None = None,
        device: Device = "auto",
        threads: int = 0,
        denoise: bool = True,
        motion_blur: bool = True,
        depth_of_field: bool = True,
        hdri: str | os.PathLike[str] | None = None,
        texture_pixels: int = 512,
        timeout: float = 900.0,
    ) -> None:
        self.size, self.width = size, width or size
        if min(self.size, self.width) < 4 or samples < 1 or threads < 0 or timeout <= 0:
            raise InputError(
                f"Blender needs at least 4 pixels a side, 1 sample, 0 threads and a time limit, not "
                f"{self.width}x{self.size}, {samples}, {threads}, {timeout:g} s"
            )
        if device not in DEVICES:
            raise InputError(f"device must be one of {', '.join(DEVICES)}, not {device!r}")
        if hdri is not None and not Path(hdri).is_file():
            raise InputError(f"{hdri}: there is no such picture of a sky")
        self.assets = None if assets is None else AssetFolder.open(assets)
        self._blender = find_blender(blender)
        self._device, self._threads = device, threads
        self._look = {
            "samples": samples,
            "denoise": denoise,
            "motion_blur": motion_blur,
            "depth_of_field": depth_of_field,
            "hdri": None if hdri is None else str(Path(hdri).resolve()),
        }
        self._texture_pixels = texture_pixels
        self._timeout = timeout
        self._process: BlenderProcess | None = None

    @property
    def process(self) -> BlenderProcess:
        """The running Blender; started when it is not.

        Raises:
            MachineError: it does not start, or there is no such device.
        """
        if self._process is None or not self._process.is_alive:
            self.close()
            self._process = BlenderProcess(self._blender, self._device, self._threads)
        return self._process

    def draw_shot(
        self,
        number: int,
        seed: int,
        num_frames: int,
        fps: float,
        split: Split = "train",
        first_attempt: int = 0,
    ) -> Shot:
        """A shot as :func:`recam.worlds.shots.draw_shot` draws it, of users' assets where there is a folder.

        Raises:
            InputError: as there.
            FileError: an asset cannot be used.
            MachineError: Blender fails.
        """
        if self.assets is None:
            return draw_shot(number, seed, num_frames, fps, split, first_attempt=first_attempt)
        draw = partial(draw_asset_scene, self.process, self.assets, timeout=self._timeout)
        return draw_shot(number, seed, num_frames, fps, split, draw, first_attempt)

    def intrinsics(self, lens: PublishedLens) -> Intrinsics:
        """The lens for this engine's pictures: of the square one, cut to the picture's shape."""
        return picture_lens(lens, self.size, self.width)

    def render(
        self,
        scene: Scene,
        cameras: Sequence[Poses],
        lens: PublishedLens,
        *,
        depth: bool = False,
        masks: bool = False,
        before_moment: Callable[[], None] | None = None,
    ) -> Views:
        """Film a scene; see :meth:`recam.worlds.engine.Engine.render`.

        Depth and masks are those of the middles of the pixels at each frame's moment, without blur.
        """
        for index, poses in enumerate(cameras):
            if len(poses) != scene.num_frames:
                raise InputError(
                    f"camera {index} has {len(poses)} poses, but the scene has {scene.num_frames} frames"
                )
        if masks and len(scene.things) > _MOST_MASKS:
            raise InputError(
                f"masks hold {_MOST_MASKS} things at most, but the scene has {len(scene.things)}"
            )
        assets = resolve_assets(scene, self.assets)
        process = self.process
        count, shape = len(cameras), (self.size, self.width)
        frames = np.empty((count, scene.num_frames, *shape, 3), np.uint8)
        depths = np.empty(frames.shape[:-1], np.float32) if depth else None
        indices = np.empty(frames.shape[:-1], np.uint8) if masks else None
        path = write_scene(process.folder, scene, cameras, lens, self._texture_pixels, assets)
        process.run(
            "open_scene", self._timeout, before_moment,
            path=str(path), width=self.width, height=self.size, **self._look,
        )  # fmt: skip
        # One after the other: Blender forgets what it knows of a scene when it renders another.
        for moment in range(scene.num_frames):
            if before_moment:
                before_moment()
            for camera in range(count):
                self._draw(process, frames, camera, moment, before_moment)
        for moment in range(scene.num_frames if depth or masks else 0):
            if before_moment:
                before_moment()
            for camera in range(count):
                self._measure(process, depths, indices, camera, moment, before_moment)
        return Views(frames, depths, indices, tuple(cameras), self.intrinsics(lens))

    def _draw(
        self,
        process: BlenderProcess,
        frames: np.ndarray,
        camera: int,
        moment: int,
        on_wait: Callable[[], None] | None,
    ) -> None:
        answer = process.run("draw", self._timeout, on_wait, camera=camera, moment=moment)
        with Image.open(answer["file"]) as picture:
            frames[camera, moment] = np.asarray(picture.convert("RGB"))

    def _measure(
        self,
        process: BlenderProcess,
        depths: np.ndarray | None,
        indices: np.ndarray | None,
        camera: int,
        moment: int,
        on_wait: Callable[[], None] | None,
    ) -> None:
        answer = process.run("measure", self._timeout, on_wait, camera=camera, moment=moment)
        seen = _load(answer["file"], (self.size, self.width, 2))
        if depths is not None:
            depths[camera, moment] = seen[..., 0]
        if indices is not None:
            indices[camera, moment] = seen[..., 1]

    def close(self) -> None:
        """End Blender."""
        if self._process is not None:
            self._process.close()
            self._process = None


def _load(path: str, shape: tuple[int, ...]) -> np.ndarray:
    array = np.load(path, allow_pickle=False)
    if array.shape != tuple(shape):
        raise MachineError(f"Blender gave a picture of shape {list(array.shape)}, not {list(shape)}")
    return array
