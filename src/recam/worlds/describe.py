"""What scene.json says of a shot: words, lens, moves, and facts that only a renderer knows.

Places are in the world of the scene's camera file as recam reads it: metres, x east, y down, z north.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from recam.camera.poses import FloatArray
from recam.worlds.scene import Thing

if TYPE_CHECKING:
    from recam.worlds.shots import Shot

CAMERA_WORLD = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, 1.0, 0.0]])
"""[3,3] from the scene's world (x east, y north, z up) to that of camera files (x east, y down, z north)."""


def describe_shot(shot: Shot, engine: str, size: int) -> dict[str, Any]:
    """Plain JSON values; equal shots give equal ones.

    ``scene.things[i]`` is what masks call i + 1; its ``box`` holds it over the whole clip, and
    ``subject_boxes`` the main character at each frame: [lowest, highest] corner.
    """
    scene = shot.scene
    facts = dict(scene.attributes)
    things = [
        {**known, "mask": index + 1, "box": _rounded(_around(thing.boxes()))}
        for index, (known, thing) in enumerate(zip(facts.pop("things"), scene.things, strict=True))
    ]
    return {
        "caption": scene.caption,
        "lens": shot.lens.folder,
        "focal_mm": shot.lens.focal_mm,
        "aperture": shot.lens.aperture,
        "fps": scene.fps,
        "engine": engine,
        "size": size,
        "subject_distance": shot.distance,
        "moves": {name: {"kind": move.kind, **move.parameters} for name, move in shot.moves.items()},
        "scene": {
            **facts,
            "focus": _rounded(CAMERA_WORLD @ np.asarray(scene.focus)),
            "subject_boxes": _rounded(subject_boxes(scene.things[scene.subject], scene.num_frames)),
            "things": things,
        },
    }


def subject_boxes(thing: Thing, num_frames: int) -> FloatArray:
    """[F,2,3] lowest and highest corner of a thing at each frame."""
    boxes = np.concatenate(
        [
            np.broadcast_to(part.frame_boxes, (num_frames, *part.frame_boxes.shape[1:]))
            for part in thing.parts
        ],
        axis=1,
    )
    return np.stack([_around(frame) for frame in boxes])


def _around(boxes: FloatArray) -> FloatArray:
    """[2,3] corners of the box about boxes [S,2,3] of the scene's world, in the world of camera files."""
    corners = np.stack([boxes[:, 0].min(axis=0), boxes[:, 1].max(axis=0)]) @ CAMERA_WORLD.T
    return np.sort(corners, axis=0)


def _rounded(metres: FloatArray) -> list[Any]:
    """To a millimetre."""
    return (np.round(metres, 3) + 0.0).tolist()
