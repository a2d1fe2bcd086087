"""Sun, sky and lamps of a scene as OpenGL's lights, a shadow map and a sky to paint."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recam.camera.poses import FloatArray
from recam.worlds.mujoco_pool import SKY_PIXELS
from recam.worlds.scene import Daylight, Lamp, Scene

SKY_SHARE = 0.7
"""Where MuJoCo draws the sky, as a share of the farthest distance."""
HAZE_METRES = 60.0
_SHADOW_REACH = 13.0  # metres from the focus, at most
_MAX_LAMPS = 6  # OpenGL has eight lights; the sun and the sky are two


@dataclass(frozen=True)
class Reach:
    """How far a scene goes.

    Attributes:
        far: metres from any camera to where drawing ends: the sky is behind everything.
        shadows: metres from the focus to where shadows end, along east and north.
    """

    far: float
    shadows: float


def reach_of(scene: Scene, eyes: FloatArray) -> Reach:
    """Of a scene seen from ``eyes`` [N,3]."""
    focus = np.asarray(scene.focus)
    everything = standing = 0.0
    for thing in scene.things:
        boxes = thing.boxes()
        if len(boxes):
            farthest = float(np.abs(boxes - focus).max())
            everything = max(everything, farthest)
            if thing.kind != "ground":
                standing = max(standing, farthest)
    away = float(np.linalg.norm(eyes - focus, axis=1).max()) if len(eyes) else 0.0
    far = 1.05 / SKY_SHARE * (away + np.sqrt(3) * everything)
    return Reach(max(60.0, float(far)), min(_SHADOW_REACH, 1.2 * standing) or _SHADOW_REACH)


def strongest_lamps(scene: Scene) -> list[Lamp]:
    """Those that light the focus most, in their order."""
    lamps = scene.daylight.lamps

    def light(index: int) -> float:
        lamp = lamps[index]
        distance = float(np.linalg.norm(np.subtract(lamp.position, scene.focus)))
        constant, _, square = _lamp_terms(lamp)
        return max(lamp.colour) / (constant + square * distance**2)

    kept = sorted(range(len(lamps)), key=light, reverse=True)[:_MAX_LAMPS]
    return [lamps[index] for index in sorted(kept)]


def set_lights(mujoco: Any, into: Any, scene: Scene, lamps: Sequence[Lamp], reach: Reach) -> None:
    """Write the lights of ``scene`` into MuJoCo's scene ``into``."""
    kinds, daylight = mujoco.mjtLightType, scene.daylight
    sun = np.asarray(daylight.direction) / np.linalg.norm(daylight.direction)
    ambient = np.asarray(daylight.ambient)
    colour = daylight.strength * np.asarray(daylight.colour)
    sky: dict[str, Any] = {
        "type": kinds.mjLIGHT_DIRECTIONAL,
        # From above, and from the side without sun: shapes show in the shade.
        "dir": np.array([-0.6 * sun[0], -0.6 * sun[1], -0.8]),
        "ambient": 0.7 * ambient,
        "diffuse": 0.4 * ambient,
    }
    lights = [sky]
    if daylight.strength > 0.01:
        place = np.asarray(scene.focus) - 0.5 * reach.far * sun
        lights.append(
            {
                "type": kinds.mjLIGHT_DIRECTIONAL, "dir": sun, "pos": place, "castshadow": 1,
                "diffuse": colour, "specular": colour,
            }
        )  # fmt: skip
    for lamp in lamps:
        lights.append(
            {
                "type": kinds.mjLIGHT_SPOT, "cutoff": 180.0, "pos": lamp.position,
                "diffuse": lamp.colour, "specular": lamp.colour, "attenuation": _lamp_terms(lamp),
            }
        )  # fmt: skip
    defaults: dict[str, Any] = {
        "pos": (0, 0, 0), "dir": (0, 0, -1),
        "ambient": (0, 0, 0), "diffuse": (0, 0, 0), "specular": (0, 0, 0),
        "attenuation": (1, 0, 0), "cutoff": 180.0, "exponent": 0.0, "castshadow": 0, "headlight": 0,
    }  # fmt: skip
    into.nlight = len(lights)
    for light, wanted in zip(into.lights, lights, strict=False):
        for name, value in (defaults | wanted).items():
            if isinstance(value, (tuple, np.ndarray)):
                getattr(light, name)[:] = value
            else:
                setattr(light, name, value)


def set_fog(context: Any, daylight: Daylight) -> None:
    """Haze as fog; MuJoCo itself sets the distances of fog only when it makes a context."""
    from OpenGL import GL  # comes with MuJoCo; opens the graphics library when it is imported

    colour = np.array([*daylight.horizon, 1], np.float32)
    context.fogRGBA[:] = colour
    GL.glFogfv(GL.GL_FOG_COLOR, colour)
    GL.glFogf(GL.GL_FOG_START, 0.0)
    GL.glFogf(GL.GL_FOG_END, HAZE_METRES / max(daylight.haze, 1e-3))


def sky_faces(daylight: Daylight, far: float) -> NDArray[np.uint8]:
    """uint8 [6 side, side, 3]: the faces of a cube as OpenGL orders them, y up."""
    across = (np.arange(SKY_PIXELS) + 0.5) / SKY_PIXELS * 2 - 1
    s, t = np.meshgrid(across, across)
    one = np.ones_like(s)
    faces = [(one, -t, -s), (-one, -t, s), (s, one, t), (s, -one, -t), (s, -t, one), (-s, -t, -one)]
    way = np.stack([np.stack(face, axis=-1) for face in faces])
    way /= np.linalg.norm(way, axis=-1, keepdims=True)
    height = np.clip(way[..., 1:2], 0, 1) ** 0.75
    horizon = np.asarray(daylight.horizon)
    colour = horizon + height * (np.asarray(daylight.zenith) - horizon)
    sun = -np.asarray(daylight.direction) / np.linalg.norm(daylight.direction)
    towards = np.clip(way @ np.array([sun[0], sun[2], -sun[1]]), 0, 1)[..., None]
    glow = daylight.strength * (0.25 * towards**8 + 0.5 * towards**200)
    colour = colour + glow * np.asarray(daylight.colour)
    haze = min(1.0, SKY_SHARE * far * daylight.haze / HAZE_METRES)
    if haze < 0.95:  # the fog lies over the sky as well: take away what it will add
        colour = (colour - haze * horizon) / (1 - haze)
    return np.round(255 * np.clip(colour, 0, 1)).reshape(-1, SKY_PIXELS, 3).astype(np.uint8)


def _lamp_terms(lamp: Lamp) -> tuple[float, float, float]:
    """What its light is divided by, of the powers 0, 1, 2 of the distance: a tenth is left at its reach."""
    return 0.7, 0.0, 9.3 / lamp.metres**2
