"""Films scenes with MuJoCo's OpenGL renderer, headless.

How a scene becomes pictures:

- Every shape is cut into triangles with its own texture coordinates (:mod:`recam.worlds.mujoco_meshes`). All
  that stands still and shares a texture becomes one mesh, and so does each texture of a moving part: a draw
  call costs more than a hundred triangles. All plain colours share one texture, a palette.
- Meshes and textures go into the slots of a pool (:mod:`recam.worlds.mujoco_pool`), which grows for a scene
  that needs more. Each moment moves the moving meshes, each camera moves the camera; nothing else is touched.
- The sun (or main lamp) casts a shadow on all that is within ``_SHADOW_REACH`` of the focus, lamps shine
  without shadows. OpenGL has eight lights: the sun, the sky and the six lamps that matter most at the focus.
  It works lighting out at corners, so flat faces are cut finer where lamps are.
- Materials: roughness and metallic become Phong highlights; there are no mirrors. Haze is fog that reaches
  the share ``haze`` of the horizon's colour at 60 m.
- Depth and masks are drawn at the size of the picture without smoothing: one point each, the pixel's middle.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recam.camera import Poses
from recam.camera.conventions import to_opengl
from recam.camera.intrinsics import Intrinsics
from recam.camera.poses import FloatArray
from recam.errors import InputError, MachineError
from recam.worlds.engine import Views, picture_lens
from recam.worlds.headless import import_mujoco, no_renderer
from recam.worlds.mujoco_batches import PALETTE, SKY, batches_of
from recam.worlds.mujoco_light import reach_of, set_fog, set_lights, sky_faces, strongest_lamps
from recam.worlds.mujoco_pool import MAX_TEXTURES, MESH_TRIANGLES, Pool, check_textures
from recam.worlds.rules import PublishedLens
from recam.worlds.scene import Part, Scene
from recam.worlds.textures import paint

_NEAR = 0.03  # metres
_MAX_LABEL = 255


@dataclass(frozen=True, eq=False)
class _Poured:
    """A scene in the renderer.

    Attributes:
        num_pictures: the first slots are for pictures, the others for masks and depth.
        casting: slots of what casts shadows.
        moving: slot, part, and views of position and turn in the renderer's scene, of what moves.
        middles, radii: [S,3], [S] of balls round the meshes; those of what moves in the frame of its part.
        far: metres to where drawing ends.
    """

    num_pictures: int
    casting: list[int]
    moving: list[tuple[int, Part, NDArray[np.float32], NDArray[np.float32]]]
    middles: FloatArray
    radii: FloatArray
    far: float

    def place(self, moment: int) -> FloatArray:
        """Move what moves; returns the middles [S,3] in the world."""
        middles = self.middles.copy()
        for slot, part, position, turn in self.moving:
            pose = part.at(moment)
            position[:] = pose[:3, 3]
            turn[:] = pose[:3, :3]
            middles[slot] = pose[:3, :3] @ middles[slot] + pose[:3, 3]
        return middles


class MujocoEngine:
    """Renders scenes at one size; keep it and reuse it for many scenes.

    Args:
        size: height of the frames in pixels, and their width unless ``width`` is given.
        width: width of the frames in pixels. The longer side covers the sensor.
        supersample: frames are drawn this many times larger and averaged down, which smooths edges.
        shadow_size: side of the shadow map in texels; the larger, the sharper and slower.
        texture_pixels: side of a painted texture; None: as fine as pictures of this size can show.

    Raises:
        MachineError: no headless OpenGL renderer can be created.
    """

    def __init__(
        self,
        size: int,
        *,
        width: int | None = None,
        supersample: int = 2,
        shadow_size: int = 1024,
        texture_pixels: int | None = None,
    ) -> None:
        self.size, self.width = size, width or size
        if texture_pixels is None:  # a tile rarely fills more than a picture
            texture_pixels = 1 << (max(self.size, self.width, 64) - 1).bit_length()
            texture_pixels = min(texture_pixels, 1024)
        self._detail = min(max(np.sqrt(max(self.size, self.width) / 256), 0.7), 1.5)
        self._supersample, self._texture_pixels = supersample, texture_pixels
        self._shadow_size = shadow_size
        drawn, across = size * supersample, self.width * supersample
        self._mujoco = import_mujoco()
        try:
            self._gl_context = self._mujoco.GLContext(across, drawn)
            self._gl_context.make_current()
        except Exception as error:  # MuJoCo raises whatever its GL backend raises; all of it means the same
            raise no_renderer(error) from error
        self._pool = self._make_pool(num_meshes=256, num_textures=64)
        self._rect = self._mujoco.MjrRect(0, 0, across, drawn)
        self._small = self._mujoco.MjrRect(0, 0, self.width, size)
        self._canvas = np.empty((drawn, across, 3), np.uint8)

    def _make_pool(self, num_meshes: int, num_textures: int) -> Pool:
        step = self._supersample
        try:
            return Pool(
                self._mujoco, self.size * step, self.width * step, shadow_size=self._shadow_size,
                texture_pixels=self._texture_pixels, num_meshes=num_meshes, num_textures=num_textures,
            )  # fmt: skip
        except self._mujoco.FatalError as error:  # an incomplete framebuffer, or no memory for it
            raise MachineError(
                f"OpenGL cannot make a renderer for pictures of {self.width}x{self.size} drawn {step} times "
                f"larger, with shadows of {self._shadow_size} ({error}); make them smaller"
            ) from error

    def close(self) -> None:
        """Free the renderer."""
        if self._gl_context is not None:
            self._gl_context.make_current()
            self._pool.free()
            self._gl_context.free()
            self._gl_context = None

    def render(
        self,
        scene: Scene,
        cameras: Sequence[Poses],
        lens: PublishedLens,
        *,
        depth: bool = False,
        masks: bool = False,
        before_moment: Callable[[], None] | None = None,
        zooms: Sequence[FloatArray] | None = None,
    ) -> Views:
        """Film a scene with every camera at every moment; see :class:`recam.worlds.engine.Engine`.

        Args:
            zooms: for each camera [F], the focal length of each frame over that of ``lens``; default: ones.

        Raises:
            InputError: paths or zooms of another length than the scene, a scene that cannot be shown
                (named: a shape without its sizes, too many textures), or masks of more than 255 things.
        """
        self._check(scene, cameras, masks)
        zooms = _checked_zooms(zooms, len(cameras), scene.num_frames)
        assert self._gl_context is not None, "this engine is closed"
        self._gl_context.make_current()
        intrinsics = picture_lens(lens, self.size, self.width)
        places = np.concatenate([np.zeros((0, 3)), *(poses.translations for poses in cameras)])
        poured = self._pour(scene, places, labels=depth or masks)
        eyes = [to_opengl(poses) for poses in cameras]
        shape = (len(cameras), scene.num_frames, self.size, self.width)
        frames = np.empty((*shape, 3), np.uint8)
        depths = np.empty(shape, np.float32) if depth else None
        labels = np.empty(shape, np.uint8) if masks else None
        for moment in range(scene.num_frames):
            if before_moment:
                before_moment()
            middles = poured.place(moment)
            for index, eye in enumerate(eyes):
                now = intrinsics.zoomed(float(zooms[index][moment]))
                self._set_lens(now, poured.far)
                shown = _in_view(middles, poured.radii, eye[moment], now)
                if index == 0:  # its picture brings the shadow map, in which all has to be
                    shown[: poured.num_pictures] = True
                self._pool.show(shown)
                if index < 2:
                    self._pool.draw_shadow_map(poured.casting, index == 0)
                self._look_from(eye[moment])
                self._pool.scene.ngeom = poured.num_pictures
                self._draw(frames[index, moment])
                if depth or masks:
                    self._pool.scene.ngeom = len(poured.radii)
                    self._measure(
                        None if depths is None else depths[index, moment],
                        None if labels is None else labels[index, moment],
                    )
        return Views(frames, depths, labels, tuple(cameras), intrinsics)

    def _check(self, scene: Scene, cameras: Sequence[Poses], masks: bool) -> None:
        for index, poses in enumerate(cameras):
            if len(poses) != scene.num_frames:
                raise InputError(
                    f"camera {index} has {len(poses)} poses and the scene {scene.num_frames} frames; "
                    "give each camera one pose a frame"
                )
        if masks and len(scene.things) > _MAX_LABEL:
            raise InputError(
                f"the scene has {len(scene.things)} things and masks tell {_MAX_LABEL} apart; "
                "join things into one, or do without masks"
            )
        for thing in scene.things:
            for part in thing.parts:
                if part.poses.shape not in ((1, 4, 4), (scene.num_frames, 4, 4)):
                    raise InputError(
                        f"{thing.name}: a part has poses of shape {part.poses.shape}; one is needed, or one "
                        f"for each of the {scene.num_frames} frames"
                    )
                if not np.all(np.isfinite(part.poses)):
                    raise InputError(f"{thing.name}: a pose is not finite")

    # Pouring a scene into the renderer

    def _pour(self, scene: Scene, eyes: FloatArray, *, labels: bool) -> _Poured:
        """Upload a scene that is seen from ``eyes`` [N,3]."""
        lamps = strongest_lamps(scene)
        batches = batches_of(scene, lamps, self._detail, labels=labels)
        reach = reach_of(scene, eyes)
        pictures, marks = (
            [(batch, piece) for batch in found for piece in batch.triangles.in_pieces(MESH_TRIANGLES)]
            for found in (batches.pictures, batches.labels)
        )
        meshes = pictures + marks
        self._grow(len(meshes), len(batches.textures) + PALETTE + 1)
        pool = self._pool
        pool.upload_texture(SKY, sky_faces(scene.daylight, reach.far))
        pool.upload_texture(PALETTE, batches.palette)
        for slot, texture in enumerate(batches.textures, PALETTE + 1):
            pool.upload_texture(slot, paint(texture, self._texture_pixels))
        moving = []
        for slot, (batch, piece) in enumerate(meshes):
            geom = pool.upload_mesh(slot, piece)
            geom.matid, geom.segid = batch.texture, batch.label
            geom.rgba[:3] = batch.finish.brightness
            geom.specular, geom.shininess = batch.finish.specular, batch.finish.shininess
            geom.emission = batch.finish.emission
            if batch.part is not None:
                moving.append((slot, batch.part, geom.pos, geom.mat))
        set_lights(self._mujoco, pool.scene, scene, lamps, reach)
        set_fog(pool.context, scene.daylight)
        pool.context.shadowClip = reach.shadows
        flags, names = pool.scene.flags, self._mujoco.mjtRndFlag
        flags[:] = 0
        flags[names.mjRND_SHADOW] = flags[names.mjRND_SKYBOX] = flags[names.mjRND_CULL_FACE] = 1
        flags[names.mjRND_FOG] = scene.daylight.haze > 0
        balls = [piece.ball() for _, piece in meshes]
        return _Poured(
            len(pictures),
            [slot for slot, (batch, _) in enumerate(pictures) if batch.casts_shadow],
            moving,
            np.array([middle for middle, _ in balls]).reshape(-1, 3),
            np.array([radius for _, radius in balls]),
            reach.far,
        )

    def _grow(self, num_meshes: int, num_textures: int) -> None:
        """Make the pool larger where a scene needs more of it than any before."""
        check_textures(num_textures)
        pool = self._pool
        if num_meshes <= pool.num_meshes and num_textures <= pool.num_textures:
            return
        pool.free()
        self._pool = self._make_pool(
            max(pool.num_meshes, 1 << (num_meshes - 1).bit_length()),
            max(pool.num_textures, min(1 << (num_textures - 1).bit_length(), MAX_TEXTURES)),
        )

    def _set_lens(self, intrinsics: Intrinsics, far: float) -> None:
        for camera in self._pool.scene.camera:  # two eyes, of which the renderer takes the mean
            camera.orthographic = 0
            camera.frustum_center = camera.frustum_width = 0
            camera.frustum_top = _NEAR * intrinsics.cy / intrinsics.fy
            camera.frustum_bottom = -camera.frustum_top
            camera.frustum_near, camera.frustum_far = _NEAR, far
        near, far = np.float64(np.float32(_NEAR)), np.float64(np.float32(far))
        self._depth_terms = (near * far / (far - near), near / (far - near))

    # Drawing

    def _look_from(self, eye: FloatArray) -> None:
        """Set the view to a camera-to-world matrix [4,4] with OpenGL axes."""
        for camera in self._pool.scene.camera:
            camera.pos[:] = eye[:3, 3]
            camera.forward[:] = -eye[:3, 2]
            camera.up[:] = eye[:3, 1]

    def _draw(self, out: NDArray[np.uint8]) -> None:
        pool = self._pool
        self._mujoco.mjr_render(self._rect, pool.scene, pool.context)
        self._mujoco.mjr_readPixels(self._canvas, None, self._rect, pool.context)
        out[:] = _averaged(self._canvas, self._supersample)[::-1]

    def _measure(self, depth: NDArray[np.float32] | None, labels: NDArray[np.uint8] | None) -> None:
        pool, names = self._pool, self._mujoco.mjtRndFlag
        flags = pool.scene.flags
        flags[names.mjRND_SEGMENT] = flags[names.mjRND_IDCOLOR] = 1
        colours = np.empty((self.size, self.width, 3), np.uint8)
        inverse = np.empty((self.size, self.width), np.float32)
        self._mujoco.mjr_render(self._small, pool.scene, pool.context)
        self._mujoco.mjr_readPixels(colours, inverse, self._small, pool.context)
        flags[names.mjRND_SEGMENT] = flags[names.mjRND_IDCOLOR] = 0
        if labels is not None:
            labels[:] = colours[::-1, :, 0]
        if depth is not None:
            # The buffer holds 1 at the near plane and 0 at the far one: d = (n f / z - n) / (f - n).
            product, offset = self._depth_terms
            depth[:] = product / (inverse[::-1].astype(np.float64) + offset)
            depth[~colours[::-1].any(axis=-1)] = np.inf


def _checked_zooms(zooms: Sequence[FloatArray] | None, cameras: int, num_frames: int) -> Sequence[FloatArray]:
    if zooms is None:
        return [np.ones(num_frames)] * cameras
    if [np.shape(zoom) for zoom in zooms] != [(num_frames,)] * cameras:
        raise InputError(f"zooms must be {num_frames} numbers for each of the {cameras} cameras")
    return zooms


def _in_view(middles: FloatArray, radii: FloatArray, eye: FloatArray, lens: Intrinsics) -> NDArray[np.bool_]:
    """[S] which balls reach into the view of ``eye`` [4,4], camera-to-world with OpenGL axes."""
    seen = (middles - eye[:3, 3]) @ eye[:3, :3]
    x, y, z = abs(seen[:, 0]), abs(seen[:, 1]), -seen[:, 2]
    right, up = lens.cx / lens.fx, lens.cy / lens.fy
    beside = (x - right * z) / np.hypot(1, right)
    above = (y - up * z) / np.hypot(1, up)
    return (np.maximum(beside, above) <= radii) & (z > -radii)


def _averaged(image: NDArray[np.uint8], step: int) -> NDArray[np.uint8]:
    """Means of blocks of ``step`` x ``step`` pixels, rounded."""
    if step == 1:
        return image
    rows = image[::step].astype(np.uint16)
    for offset in range(1, step):
        rows += image[offset::step]
    total = rows[:, ::step].copy()
    for offset in range(1, step):
        total += rows[:, offset::step]
    count = step * step
    return ((total + count // 2) // count).astype(np.uint8)
