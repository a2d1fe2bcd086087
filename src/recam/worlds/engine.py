"""An engine as recam sees it: scene and cameras go in; frames, depth, masks, poses and lens come out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from recam.camera import Poses
from recam.camera.intrinsics import Intrinsics
from recam.worlds.rules import PublishedLens
from recam.worlds.scene import Scene


@dataclass(frozen=True, eq=False)
class Views:
    """What C synchronised cameras saw: frame i of each is the same moment.

    Attributes:
        frames: uint8 [C,F,H,W,3] RGB.
        depth: float32 [C,F,H,W], metres along the view axis, infinity where there is sky; None if not asked.
        masks: uint8 [C,F,H,W]: 0 is sky, i + 1 is ``scene.things[i]``; None if not asked.
        poses: C paths of F poses, camera-to-world in the scene's world (z up), OpenCV axes, metres.
        intrinsics: the lens of all cameras, for pictures of this size.
    """

    frames: NDArray[np.uint8]
    depth: NDArray[np.float32] | None
    masks: NDArray[np.uint8] | None
    poses: tuple[Poses, ...]
    intrinsics: Intrinsics


class Engine(Protocol):
    """Films scenes; making one is slow, so keep it and reuse it for many scenes."""

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
        """Film a scene with every camera at every moment.

        Args:
            cameras: paths in the scene's world, each of ``scene.num_frames`` poses.
            lens: of all cameras; an engine without depth of field ignores the aperture.
            depth, masks: whether these are wanted as well.
            before_moment: called before each moment (or other unit of work) is drawn; may raise to stop.

        Raises:
            InputError: paths of another length than the scene, or a scene that this engine cannot show.
            MachineError: the renderer fails.
        """
        ...

    def close(self) -> None:
        """Free the renderer."""
        ...


def picture_lens(lens: PublishedLens, height: int, width: int) -> Intrinsics:
    """A published lens for pictures of any shape: cut out of the square picture of their longer side."""
    square = lens.intrinsics(max(height, width))
    return Intrinsics.from_focal_px(square.fx, width, height)
