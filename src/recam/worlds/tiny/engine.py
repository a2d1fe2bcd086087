"""Drawing scenes with MuJoCo, headless.

Creating a renderer costs as much as thirty frames, so one model holds a fixed pool of bodies, and every scene
is poured into that pool by changing sizes, colours and textures in place.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from recam.camera import Poses
from recam.camera.conventions import to_opengl
from recam.worlds.headless import import_mujoco, no_renderer
from recam.worlds.tiny.scene import MAX_OBJECTS, Scene, Surface, Thing

_THING_TEXTURE = 128  # pixels a side of a face of a speckled thing
_GEOM_TYPES = {
    "sphere": "mjGEOM_SPHERE",
    "box": "mjGEOM_BOX",
    "cylinder": "mjGEOM_CYLINDER",
    "capsule": "mjGEOM_CAPSULE",
    "figure": "mjGEOM_CAPSULE",
}


class TinyEngine:
    """Renders scenes at one size; keep it and reuse it for many scenes.

    Args:
        size: height of the frames in pixels, and their width unless ``width`` is given.
        fov_degrees: vertical field of view of the lens (square frames: the same both ways).
        supersample: frames are drawn this many times larger and averaged down, which smooths edges.
        shadow_size: side of the shadow map in texels; the larger, the sharper and slower.
        width: width of the frames in pixels.
        texture_pixels: side of a painted texture, which holds 4 x 4 cells of its surface.
        speckled: paint things and walls so that speckles can be seen on them: things with speckles of their
            own colours (else they are plain), walls with their pattern as it is (else as stripes).

    Raises:
        MachineError: no headless OpenGL renderer can be created.
    """

    def __init__(
        self,
        size: int,
        fov_degrees: float,
        supersample: int = 2,
        shadow_size: int = 512,
        *,
        width: int | None = None,
        texture_pixels: int = 128,
        speckled: bool = False,
    ) -> None:
        self.size, self.width = size, width or size
        self._supersample = supersample
        self._texture = texture_pixels
        self._speckled = speckled
        drawn, across = size * supersample, self.width * supersample
        self._mujoco = import_mujoco()
        self._model = self._mujoco.MjModel.from_xml_string(
            _template(drawn, across, shadow_size, texture_pixels, speckled)
        )
        self._model.cam_fovy[0] = fov_degrees
        self._data = self._mujoco.MjData(self._model)
        try:
            self._renderer = self._mujoco.Renderer(self._model, drawn, across)
        except Exception as error:  # MuJoCo raises whatever its GL backend raises; all of it means the same
            raise no_renderer(error) from error
        self._sky_blend = self._model.tex("sky").data.reshape(-1, 3)[:, :1].astype(np.float64) / 255.0
        self._canvas = np.empty((drawn, across, 3), np.uint8)

    def close(self) -> None:
        """Free the renderer."""
        self._renderer.close()

    def render(
        self,
        scene: Scene,
        cameras: Sequence[Poses],
        fps: float,
        before_moment: Callable[[], None] | None = None,
    ) -> NDArray[np.uint8]:
        """Draw every camera at every moment.

        Args:
            scene: what to draw.
            cameras: poses in the world of the scene (z up), all of the same length F.
            fps: frames a second of scene time.
            before_moment: called before each moment is drawn; may raise to stop.

        Returns:
            uint8 [cameras, F, size, width, 3]; frame i of every camera shows the same moment i / fps.
        """
        self._pour(scene)
        count = len(cameras[0])
        frames = np.empty((len(cameras), count, self.size, self.width, 3), np.uint8)
        eyes = [to_opengl(poses) for poses in cameras]
        for moment in range(count):
            if before_moment:
                before_moment()
            self._place_things(scene, moment / fps)
            for index, eye in enumerate(eyes):
                frames[index, moment] = self._draw(eye[moment])
        return frames

    def coverage(self, scene: Scene, poses: Poses, fps: float, things: Sequence[int]) -> NDArray[np.float64]:
        """Share of each frame's pixels (0 to 1) that show ``things`` (places in ``scene.things``), [F], for
        one camera of :meth:`render`."""
        self._pour(scene)
        shown = [self._model.geom(f"{part}{slot}").id for slot in things for part in ("body", "head")]
        shares = np.empty(len(poses))
        self._renderer.enable_segmentation_rendering()
        try:
            for moment, eye in enumerate(to_opengl(poses)):
                self._place_things(scene, moment / fps)
                self._look_from(eye)
                shares[moment] = np.isin(self._renderer.render()[..., 0], shown).mean()
        finally:
            self._renderer.disable_segmentation_rendering()
        return shares

    def depth(self, scene: Scene, poses: Poses, fps: float) -> NDArray[np.float32]:
        """Metres along the view axis to what each pixel of one camera of :meth:`render` shows, as float32
        [F, size, width]; infinity where that is sky. A pixel that shows two things has the depth of one."""
        self._pour(scene)
        maps = np.empty((len(poses), self.size, self.width), np.float32)
        step = self._supersample
        far = 0.98 * self._model.vis.map.zfar * self._model.stat.extent
        self._renderer.enable_depth_rendering()
        try:
            for moment, eye in enumerate(to_opengl(poses)):
                self._place_things(scene, moment / fps)
                self._look_from(eye)
                blocks = self._renderer.render().reshape(self.size, step, self.width, step)
                blocks = blocks.transpose(0, 2, 1, 3).reshape(self.size, self.width, step * step)
                middle = (step * step - 1) // 2  # of several values one that occurs, no mixture
                maps[moment] = np.partition(blocks, middle, axis=2)[..., middle]
        finally:
            self._renderer.disable_depth_rendering()
        maps[maps > far] = np.inf
        return maps

    def _look_from(self, eye: NDArray[np.float64]) -> None:
        """Set the view to a camera-to-world matrix [4, 4] with OpenGL axes."""
        self._data.cam_xpos[0] = eye[:3, 3]
        self._data.cam_xmat[0] = eye[:3, :3].ravel()
        self._renderer.update_scene(self._data, camera=0)

    def _draw(self, eye: NDArray[np.float64]) -> NDArray[np.uint8]:
        """One frame from a camera-to-world matrix [4, 4] with OpenGL axes."""
        self._look_from(eye)
        image = self._renderer.render(out=self._canvas)
        if self._supersample == 1:
            return image.copy()
        step = self._supersample
        blocks = image.reshape(self.size, step, self.width, step, 3)
        return np.round(blocks.mean(axis=(1, 3), dtype=np.float32)).astype(np.uint8)

    def _pour(self, scene: Scene) -> None:
        model = self._model
        self._paint("floor", scene.floor)
        self._paint("wall", scene.wall)
        zenith, nadir = (np.asarray(colour) for colour in scene.sky)
        sky = self._sky_blend * zenith + (1 - self._sky_blend) * nadir
        self._upload("sky", np.round(255 * sky).astype(np.uint8))
        half, height = scene.half_size, scene.wall_height
        for side in range(4):
            wall = model.geom(f"wall{side}")
            wall.rgba[:] = (1, 1, 1, 1 if scene.has_walls else 0)
            angle = side * np.pi / 2
            along = np.array([np.cos(angle), np.sin(angle), 0.0])
            wall.pos[:] = along * (half + 0.05) + np.array([0, 0, height / 2])
            wall.size[:] = (0.05, half + 0.1, height / 2)
            if self._speckled:
                wall.size[:] = wall.size[::-1].copy()
        # A two-dimensional texture repeats over the unit square of a face unless texuniform asks for metres.
        for name, surface in (("floor", scene.floor), ("wall", scene.wall)):
            model.mat(name).texrepeat[:] = 1 / (4 * surface.cell)
        model.light("sun").dir[:] = scene.light_direction
        model.light("sun").pos[:] = -12 * np.asarray(scene.light_direction)
        model.light("sun").diffuse[:] = scene.light_strength
        for slot in range(MAX_OBJECTS):
            thing = scene.things[slot] if slot < len(scene.things) else None
            self._shape(slot, thing)
            if thing is not None and self._speckled:
                face = Surface("speckles", thing.rgb, thing.accent, 1.0, seed=slot)
                faces = [paint(replace(face, seed=6 * slot + side), _THING_TEXTURE) for side in range(6)]
                self._upload(f"thing{slot}", np.concatenate(faces))

    def _shape(self, slot: int, thing: Thing | None) -> None:
        body, head = self._model.geom(f"body{slot}"), self._model.geom(f"head{slot}")
        body.rgba[3] = head.rgba[3] = 0
        if thing is None:
            return
        body.type[:] = self._geom_type(thing.shape)
        body.rgba[:] = (1, 1, 1, 1) if self._speckled else (*thing.rgb, 1)
        width, height = thing.half_width, thing.half_height
        body.pos[:] = 0
        if thing.shape == "box":
            body.size[:] = (width, 0.8 * width, height)
        elif thing.shape == "sphere":
            body.size[:] = width
        elif thing.shape == "cylinder":
            body.size[:] = (width, height, 0)
        elif thing.shape == "capsule":
            body.size[:] = (width, max(height - width, 0.05), 0)
        else:  # a figure: the head takes the top quarter
            radius = 0.28 * height
            shaft = height - radius
            body.size[:] = (width, max(shaft - width, 0.05), 0)
            body.pos[2] = -radius
            head.type[:] = self._geom_type("sphere")
            head.size[:] = radius * 1.1
            head.pos[:] = (0, 0, height - radius)
            head.rgba[:] = (1, 1, 1, 1) if self._speckled else (*thing.accent, 1)

    def _geom_type(self, shape: str) -> Any:
        return getattr(self._mujoco.mjtGeom, _GEOM_TYPES[shape])

    def _place_things(self, scene: Scene, seconds: float) -> None:
        for slot, thing in enumerate(scene.things):
            centre, heading = thing.pose_at(seconds)
            self._data.mocap_pos[slot] = centre
            self._data.mocap_quat[slot] = (np.cos(heading / 2), 0, 0, np.sin(heading / 2))
        self._mujoco.mj_kinematics(self._model, self._data)
        self._mujoco.mj_comPos(self._model, self._data)
        self._mujoco.mj_camlight(self._model, self._data)

    def _paint(self, name: str, surface: Surface) -> None:
        self._upload(name, paint(surface, self._texture))

    def _upload(self, name: str, pixels: NDArray[np.uint8]) -> None:
        texture = self._model.tex(name)
        texture.data[:] = pixels.reshape(texture.data.shape)
        gl_context = self._renderer._gl_context  # the public renderer offers no way to refresh a texture
        if gl_context is not None:
            gl_context.make_current()
        self._mujoco.mjr_uploadTexture(self._model, self._renderer._mjr_context, texture.id)


def paint(surface: Surface, pixels: int) -> NDArray[np.uint8]:
    """A tile of 4 x 4 cells of the surface's pattern, uint8 [pixels, pixels, 3]; it repeats seamlessly."""
    rows, columns = np.mgrid[0:pixels, 0:pixels] * 4 // pixels
    if surface.pattern == "speckles":
        blend = _speckles(surface.seed, pixels)
    elif surface.pattern == "checker":
        blend = (rows + columns) % 2
    elif surface.pattern == "stripes":
        blend = columns % 2
    elif surface.pattern == "patches":
        blend = np.random.default_rng(surface.seed).random((4, 4))[rows, columns]
    else:
        blend = np.zeros_like(rows)
    blend = blend[..., None].astype(np.float64)
    colour = (1 - blend) * np.asarray(surface.first) + blend * np.asarray(surface.second)
    return np.round(255 * colour).astype(np.uint8)


@lru_cache(maxsize=8)  # the engine paints the same surface for every look at a scene
def _speckles(seed: int, pixels: int) -> NDArray[np.float64]:
    """Blots of every size, which look different everywhere: values 0..1, [pixels, pixels], seamless."""
    rng = np.random.default_rng(seed)
    frequency = np.hypot(*np.meshgrid(np.fft.fftfreq(pixels), np.fft.rfftfreq(pixels), indexing="ij"))
    frequency[0, 0] = np.inf  # no mean; amplitude 1/f as in pictures of nature
    noise = np.fft.irfft2(np.fft.rfft2(rng.normal(size=(pixels, pixels))) / frequency, s=(pixels, pixels))
    return np.clip(0.5 + 0.25 * noise / noise.std(), 0, 1)


def _wall_turn(side: int, speckled: bool) -> str:
    """A two-dimensional texture is laid on a box along its z, so walls for speckles stand on their edge:
    their thin axis is z. The others smear their pattern into vertical stripes, as they always did."""
    if not speckled:
        return f'euler="0 0 {90 * side}.01"'
    turn = Rotation.from_euler("ZY", [90 * side + 0.01, 90], degrees=True)
    x, y, z, w = turn.as_quat()
    return f'quat="{w} {x} {y} {z}"'


def _template(height: int, width: int, shadow_size: int, texture: int, speckled: bool) -> str:
    # The compiler marks geoms at their body's origin and then ignores their position; these must stay
    # movable.
    moved = 'pos=".1 .2 .3" euler="0 0 0.01"'
    skin = ' material="thing{}"' if speckled else ""
    things = "".join(
        f'<body name="thing{i}" mocap="true" pos="0 0 -9">'
        f'<geom name="body{i}" type="box" size=".1 .1 .1" {moved}{skin.format(i)}/>'
        f'<geom name="head{i}" type="sphere" size=".1" {moved}{skin.format(i)}/></body>'
        for i in range(MAX_OBJECTS)
    )
    walls = "".join(
        f'<geom name="wall{i}" type="box" size=".05 8 1.5" pos="1 2 3" {_wall_turn(i, speckled)}'
        ' material="wall"/>'
        for i in range(4)
    )
    painted = "".join(
        f'<texture name="{name}" type="2d" builtin="flat" width="{texture}" height="{texture}"/>'
        f'<material name="{name}" texture="{name}" texuniform="true" specular="0.1"/>'
        for name in ("floor", "wall")
    )
    if speckled:
        painted += "".join(
            f'<texture name="thing{i}" type="cube" builtin="flat" width="{_THING_TEXTURE}" '
            f'height="{6 * _THING_TEXTURE}"/><material name="thing{i}" texture="thing{i}" specular="0.1"/>'
            for i in range(MAX_OBJECTS)
        )
    return f"""
    <mujoco model="recam-world">
      <compiler angle="degree"/>
      <statistic center="0 0 0.5" extent="9"/>
      <visual>
        <global offwidth="{width}" offheight="{height}"/>
        <quality shadowsize="{shadow_size}" offsamples="0" numslices="20" numstacks="12" numquads="2"/>
        <map znear="0.005" zfar="12" shadowclip="1.2" haze="0"/>
        <headlight ambient="0.38 0.38 0.38" diffuse="0.15 0.15 0.15" specular="0 0 0"/>
      </visual>
      <asset>
        <texture name="sky" type="skybox" builtin="gradient" rgb1="1 1 1" rgb2="0 0 0"
                 width="32" height="192"/>
        {painted}
      </asset>
      <worldbody>
        <light name="sun" type="directional" castshadow="true" pos="0 0 10" dir="0 0 -1"
               specular="0.2 0.2 0.2"/>
        <camera name="eye" pos="0 0 1" fovy="50"/>
        <geom name="floor" type="plane" size="40 40 1" material="floor"/>
        {walls}{things}
      </worldbody>
    </mujoco>"""
