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

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recam.camera import Poses
from recam.camera.conventions import to_opengl
from recam.camera.intrinsics import Intrinsics
from recam.errors import InputError
from recam.worlds.engine import Views
from recam.worlds.headless import import_mujoco, no_renderer
from recam.worlds.mujoco_meshes import Triangles, triangles_of
from recam.worlds.mujoco_pool import SKY_PIXELS, Pool, check_textures, in_pieces
from recam.worlds.rules import PublishedLens
from recam.worlds.scene import Daylight, Lamp, Material, Part, Scene, Texture
from recam.worlds.textures import paint

_NEAR = 0.03  # metres
_SHADOW_REACH = 13.0  # metres from the focus, at most
_HAZE_METRES = 60.0
_LAMP_CELL = 0.7  # metres between corners of flat faces where lamps shine
_MAX_LAMPS = 6
_PALETTE = 1  # texture slot of all plain colours; 0 is the sky
_MAX_LABEL = 255


@dataclass(frozen=True)
class _Finish:
    """What a mesh has besides its texture."""

    specular: float
    shininess: float
    emission: float
    brightness: float


@dataclass(frozen=True, eq=False)
class _Moving:
    """A mesh that moves with a part: views of its place in the renderer's scene."""

    part: Part
    position: NDArray[np.float32]
    turn: NDArray[np.float32]


class MujocoEngine:
    """Renders scenes at one size; keep it and reuse it for many scenes.

    Args:
        size: height of the frames in pixels, and their width unless ``width`` is given.
        width: width of the frames in pixels. The longer side covers the sensor.
        supersample: frames are drawn this many times larger and averaged down, which smooths edges.
        shadow_size: side of the shadow map in texels; the larger, the sharper and slower.
        samples: of the graphics driver's own smoothing, instead of or besides ``supersample``; 0 is none.
        texture_pixels: side of a painted texture.

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
        samples: int = 0,
        texture_pixels: int = 256,
    ) -> None:
        self.size, self.width = size, width or size
        self._supersample, self._texture_pixels = supersample, texture_pixels
        self._pool_options = {
            "shadow_size": shadow_size, "samples": samples, "texture_pixels": texture_pixels
        }  # fmt: skip
        drawn, across = size * supersample, self.width * supersample
        self._mujoco = import_mujoco()
        try:
            self._gl_context = self._mujoco.GLContext(across, drawn)
            self._gl_context.make_current()
            self._pool = self._make_pool(num_meshes=256, num_textures=64)
        except Exception as error:  # MuJoCo raises whatever its GL backend raises; all of it means the same
            raise no_renderer(error) from error
        self._rect = self._mujoco.MjrRect(0, 0, across, drawn)
        self._small = self._mujoco.MjrRect(0, 0, self.width, size)
        self._canvas = np.empty((drawn, across, 3), np.uint8)

    def _make_pool(self, num_meshes: int, num_textures: int) -> Pool:
        step = self._supersample
        return Pool(
            self._mujoco, self.size * step, self.width * step,
            num_meshes=num_meshes, num_textures=num_textures, **self._pool_options,
        )  # fmt: skip

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
    ) -> Views:
        """Film a scene with every camera at every moment; see :class:`recam.worlds.engine.Engine`.

        Raises:
            InputError: paths of another length than the scene, a scene that cannot be shown (named: a
                shape without its sizes, too many textures), or masks of more than 255 things.
        """
        self._check(scene, cameras, masks)
        assert self._gl_context is not None, "this engine is closed"
        self._gl_context.make_current()
        intrinsics = picture_lens(lens, self.size, self.width)
        moving = self._pour(scene, intrinsics, labels=depth or masks)
        eyes = [to_opengl(poses).astype(np.float32) for poses in cameras]
        shape = (len(cameras), scene.num_frames, self.size, self.width)
        frames = np.empty((*shape, 3), np.uint8)
        depths = np.empty(shape, np.float32) if depth else None
        labels = np.empty(shape, np.uint8) if masks else None
        for moment in range(scene.num_frames):
            if before_moment:
                before_moment()
            for mesh in moving:
                pose = mesh.part.at(moment)
                mesh.position[:] = pose[:3, 3]
                mesh.turn[:] = pose[:3, :3]
            for index, eye in enumerate(eyes):
                self._look_from(eye[moment])
                self._draw(frames[index, moment])
                if depth or masks:
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

    def _pour(self, scene: Scene, intrinsics: Intrinsics, *, labels: bool) -> list[_Moving]:
        lamps = _strongest(scene.daylight.lamps, scene.focus)
        cell = _LAMP_CELL if lamps else np.inf
        textures: dict[Texture, int] = {}
        colours: dict[tuple[float, ...], int] = {}
        pieces: dict[tuple[Part | None, int, _Finish], list[Triangles]] = defaultdict(list)
        labelled: dict[tuple[Part | None, int], list[Triangles]] = defaultdict(list)
        for number, thing in enumerate(scene.things):
            for part in thing.parts:
                for shape in part.shapes:
                    try:
                        triangles = triangles_of(shape, cell)
                    except InputError as error:
                        raise InputError(f"{thing.name}: {error}") from None
                    triangles = triangles.moved(shape.rotation, np.asarray(shape.position))
                    if part.is_still:
                        pose = part.poses[0]
                        triangles = triangles.moved(pose[:3, :3], pose[:3, 3])
                    slot, triangles = _textured(triangles, shape.material.texture, textures, colours)
                    group = None if part.is_still else part
                    pieces[group, slot, _finish(shape.material)].append(triangles)
                    if labels:
                        labelled[group, number].append(triangles)
        check_textures(len(textures))
        palette = _palette(colours)
        meshes = []
        for (part, slot, finish), found in pieces.items():
            whole = Triangles.together(found)
            if slot == _PALETTE:
                whole = Triangles(whole.points, whole.normals, (whole.tiles + 0.5) / palette.shape[1])
            meshes += [(part, slot, finish, -1, piece) for piece in in_pieces(whole)]
        num_drawn = len(meshes)
        plain = _Finish(0, 0, 0, 1)
        for (part, number), found in labelled.items():
            meshes += [(part, -1, plain, number, piece) for piece in in_pieces(Triangles.together(found))]
        self._grow(len(meshes), len(textures) + 2)
        self._pool.upload_texture(0, _sky(scene.daylight, self._sky_haze(scene)))
        self._pool.upload_texture(_PALETTE, palette)
        for texture, slot in textures.items():
            self._pool.upload_texture(slot, paint(texture, self._texture_pixels))
        moving = []
        for slot, (part, texture, finish, number, piece) in enumerate(meshes):
            self._pool.upload_mesh(slot, piece)
            geom = self._pool.geoms[slot]
            self._dress(geom, slot, texture, finish, number)
            if part is not None:
                moving.append(_Moving(part, geom.pos, geom.mat))
        self._num_drawn, self._num_all = num_drawn, len(meshes)
        self._light(scene, lamps)
        self._set_lens(scene, intrinsics)
        return moving

    def _grow(self, num_meshes: int, num_textures: int) -> None:
        """Make the pool larger where a scene needs more of it than any before."""
        pool = self._pool
        if num_meshes <= pool.num_meshes and num_textures <= pool.num_textures:
            return
        pool.free()
        self._pool = self._make_pool(
            max(pool.num_meshes, 1 << (num_meshes - 1).bit_length()),
            max(pool.num_textures, min(1 << (num_textures - 1).bit_length(), 998)),
        )

    def _dress(self, geom: Any, slot: int, texture: int, finish: _Finish, number: int) -> None:
        self._mujoco.mjv_initGeom(
            geom, self._mujoco.mjtGeom.mjGEOM_MESH, np.ones(3), np.zeros(3), np.eye(3).ravel(),
            np.array([finish.brightness] * 3 + [1], np.float32),
        )  # fmt: skip
        geom.dataid = 2 * slot
        geom.matid = texture
        geom.texcoord = 1
        geom.category = self._mujoco.mjtCatBit.mjCAT_STATIC
        geom.segid = number
        geom.specular, geom.shininess = finish.specular, finish.shininess
        geom.emission, geom.reflectance = finish.emission, 0

    def _light(self, scene: Scene, lamps: Sequence[Lamp]) -> None:
        pool, kinds, daylight = self._pool, self._mujoco.mjtLightType, scene.daylight
        sun = np.asarray(daylight.direction) / np.linalg.norm(daylight.direction)
        ambient = np.asarray(daylight.ambient)
        # Light from the sky comes mostly from above and from the side without sun: shapes show in the shade.
        above = np.array([-0.6 * sun[0], -0.6 * sun[1], -0.8])
        colour = daylight.strength * np.asarray(daylight.colour)
        lights = [
            {
                "type": kinds.mjLIGHT_DIRECTIONAL,
                "dir": above,
                "ambient": 0.7 * ambient,
                "diffuse": 0.4 * ambient,
            }
        ]
        if daylight.strength > 0.01:
            lights.append(
                {
                    "type": kinds.mjLIGHT_DIRECTIONAL, "dir": sun, "diffuse": colour, "specular": colour,
                    "castshadow": 1, "pos": np.asarray(scene.focus) - 0.5 * self._far(scene) * sun,
                }
            )  # fmt: skip
        for lamp in lamps:
            lights.append(
                {
                    "type": kinds.mjLIGHT_SPOT, "dir": (0, 0, -1), "pos": lamp.position, "cutoff": 180.0,
                    "diffuse": lamp.colour, "specular": lamp.colour,
                    "attenuation": (1.0, 0.0, 24.0 / lamp.metres**2),
                }
            )  # fmt: skip
        pool.scene.nlight = len(lights)
        defaults: dict[str, Any] = {
            "pos": (0, 0, 0), "ambient": (0, 0, 0), "diffuse": (0, 0, 0), "specular": (0, 0, 0),
            "attenuation": (1, 0, 0), "cutoff": 180.0, "exponent": 0.0, "castshadow": 0, "headlight": 0,
        }  # fmt: skip
        for light, wanted in zip(pool.scene.lights, lights, strict=False):
            for name, value in (defaults | wanted).items():
                if isinstance(value, (tuple, np.ndarray)):
                    getattr(light, name)[:] = value
                else:
                    setattr(light, name, value)
        flags, names = pool.scene.flags, self._mujoco.mjtRndFlag
        flags[:] = 0
        flags[names.mjRND_SHADOW] = flags[names.mjRND_SKYBOX] = flags[names.mjRND_CULL_FACE] = 1
        flags[names.mjRND_FOG] = daylight.haze > 0
        pool.context.shadowClip = _shadow_reach(scene)
        from OpenGL import GL  # MuJoCo sets the distances of fog once, when its context is made

        fog = np.array([*daylight.horizon, 1], np.float32)
        pool.context.fogRGBA[:] = fog
        GL.glFogfv(GL.GL_FOG_COLOR, fog)
        GL.glFogf(GL.GL_FOG_START, 0.0)
        GL.glFogf(GL.GL_FOG_END, _HAZE_METRES / max(daylight.haze, 1e-3))

    def _sky_haze(self, scene: Scene) -> float:
        """How much of the sky the fog hides: MuJoCo draws it at 0.7 of the farthest distance."""
        return min(1.0, 0.7 * self._far(scene) * scene.daylight.haze / _HAZE_METRES)

    def _far(self, scene: Scene) -> float:
        """Metres to where drawing ends: beyond everything, and with it the sky behind everything."""
        reach = [0.0]
        for thing in scene.things:
            boxes = thing.boxes()
            if len(boxes):
                reach.append(float(np.abs(boxes - np.asarray(scene.focus)).max()))
        return max(60.0, 1.5 * 1.75 * max(reach) + 30.0)

    def _set_lens(self, scene: Scene, intrinsics: Intrinsics) -> None:
        far = self._far(scene)
        for camera in self._pool.scene.camera:  # two eyes, of which the renderer takes the mean
            camera.orthographic = 0
            camera.frustum_center = camera.frustum_width = 0
            camera.frustum_top = _NEAR * intrinsics.cy / intrinsics.fy
            camera.frustum_bottom = -camera.frustum_top
            camera.frustum_near, camera.frustum_far = _NEAR, far
        near, far = np.float64(np.float32(_NEAR)), np.float64(np.float32(far))
        self._depth_terms = (near * far / (far - near), near / (far - near))

    # Drawing

    def _look_from(self, eye: NDArray[np.float32]) -> None:
        """Set the view to a camera-to-world matrix [4,4] with OpenGL axes."""
        for camera in self._pool.scene.camera:
            camera.pos[:] = eye[:3, 3]
            camera.forward[:] = -eye[:3, 2]
            camera.up[:] = eye[:3, 1]

    def _draw(self, out: NDArray[np.uint8]) -> None:
        pool = self._pool
        pool.scene.ngeom = self._num_drawn
        self._mujoco.mjr_render(self._rect, pool.scene, pool.context)
        self._mujoco.mjr_readPixels(self._canvas, None, self._rect, pool.context)
        out[:] = _averaged(self._canvas, self._supersample)[::-1]

    def _measure(self, depth: NDArray[np.float32] | None, labels: NDArray[np.uint8] | None) -> None:
        pool, names = self._pool, self._mujoco.mjtRndFlag
        flags = pool.scene.flags
        flags[names.mjRND_SEGMENT] = flags[names.mjRND_IDCOLOR] = 1
        pool.scene.ngeom = self._num_all
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


def picture_lens(lens: PublishedLens, height: int, width: int) -> Intrinsics:
    """A published lens for pictures of any shape: cut out of the square picture of their longer side."""
    square = lens.intrinsics(max(height, width))
    return Intrinsics.from_focal_px(square.fx, width, height)


def _textured(
    triangles: Triangles,
    texture: Texture,
    textures: dict[Texture, int],
    colours: dict[tuple[float, ...], int],
) -> tuple[int, Triangles]:
    """The texture slot for triangles, and they themselves: plain ones with their place in the palette."""
    if texture.pattern == "plain":
        place = colours.setdefault(tuple(texture.first), len(colours))
        return _PALETTE, Triangles(
            triangles.points, triangles.normals, np.full_like(triangles.tiles, (place, 0))
        )
    # How large a tile is does not change what is painted on it.
    key = Texture(texture.pattern, texture.first, texture.second, 1.0, texture.seed)
    return textures.setdefault(key, len(textures) + _PALETTE + 1), triangles


def _palette(colours: dict[tuple[float, ...], int]) -> NDArray[np.uint8]:
    """[1, n, 3]: one texel a colour."""
    wanted = np.array(list(colours) or [(0.0, 0.0, 0.0)])
    return np.round(255 * np.clip(wanted, 0, 1)).astype(np.uint8)[None]


def _finish(material: Material) -> _Finish:
    """In steps, so that surfaces which hardly differ are drawn together."""
    smooth = round(4 * (1 - min(max(material.roughness, 0), 1))) / 4
    metal = round(2 * min(max(material.metallic, 0), 1)) / 2
    return _Finish(
        specular=round(0.7 * smooth**1.5 * (0.4 + 0.6 * metal) + 0.2 * metal, 3),
        shininess=round(0.05 + 0.75 * smooth**2, 3),
        emission=round(20 * material.emission) / 20,
        brightness=1 - 0.25 * metal,
    )


def _strongest(lamps: Sequence[Lamp], focus: tuple[float, float, float]) -> list[Lamp]:
    """Those that light the focus most, in their order."""

    def light(lamp: Lamp) -> float:
        distance = float(np.linalg.norm(np.subtract(lamp.position, focus)))
        return max(lamp.colour) / (1 + 24 * (distance / lamp.metres) ** 2)

    kept = sorted(range(len(lamps)), key=lambda index: -light(lamps[index]))[:_MAX_LAMPS]
    return [lamps[index] for index in sorted(kept)]


def _shadow_reach(scene: Scene) -> float:
    boxes = np.concatenate([thing.boxes() for thing in scene.things if thing.kind != "ground"] or [[]])
    if not len(boxes):
        return _SHADOW_REACH
    return float(min(_SHADOW_REACH, 1.2 * np.abs(boxes - np.asarray(scene.focus)).max()))


def _sky(daylight: Daylight, haze: float) -> NDArray[np.uint8]:
    """uint8 [6 side, side, 3]: the faces of a cube as OpenGL orders them, y up."""
    across = (np.arange(SKY_PIXELS) + 0.5) / SKY_PIXELS * 2 - 1
    s, t = np.meshgrid(across, across)
    one = np.ones_like(s)
    faces = [(one, -t, -s), (-one, -t, s), (s, one, t), (s, -one, -t), (s, -t, one), (-s, -t, -one)]
    way = np.stack([np.stack(face, axis=-1) for face in faces])
    way /= np.linalg.norm(way, axis=-1, keepdims=True)
    height = np.clip(way[..., 1:2], 0, 1) ** 0.6
    horizon = np.asarray(daylight.horizon)
    colour = horizon + height * (np.asarray(daylight.zenith) - horizon)
    sun = -np.asarray(daylight.direction) / np.linalg.norm(daylight.direction)
    towards = np.clip(way @ np.array([sun[0], sun[2], -sun[1]]), 0, 1)[..., None]
    glow = daylight.strength * (0.25 * towards**8 + 0.5 * towards**200)
    colour = colour + glow * np.asarray(daylight.colour)
    if haze < 0.95:  # the fog lies over the sky as well: take away what it will add
        colour = (colour - haze * horizon) / (1 - haze)
    return np.round(255 * np.clip(colour, 0, 1)).reshape(-1, SKY_PIXELS, 3).astype(np.uint8)


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
