"""FID: how far the frames of the generated videos are from frames of the sources, as Inception-v3 sees them.

Heusel et al. 2017. The network is NVIDIA's TorchScript translation of the original TensorFlow graph
(``inception-2015-12-05.pt`` of StyleGAN2-ADA), which resizes to 299 x 299 by itself: pool features, 2,048
numbers a frame.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from recam.errors import InputError
from recam.evaluation.footage import Frames
from recam.evaluation.measure import Figure, Offer, Skipped
from recam.evaluation.measures.distances import DistanceMeasure, weights_remark
from recam.evaluation.networks import Network, call_script, check_script
from recam.evaluation.store import Arrays
from recam.evaluation.weights import find_weights
from recam.parallel import check_stop
from recam.video.transforms import spread_indices

if TYPE_CHECKING:
    from recam.evaluation.plan import Settings

FRAMES = 16
"""Of a video, spread from its first to its last. Neighbouring frames hold nearly the same picture: all 81
would cost five times as much and move the mean and covariance of many videos little."""
_BATCH = 4
"""Frames that go through the network at once, always counted from the video's first: whatever else is scored,
the same frames share a batch, and their features the same bits."""
_HOW = f"{FRAMES} frames of each video, spread evenly; Inception-v3 pool features (2,048)."
FID = Figure(
    "fid", "FID", "", "lower",
    f"Heusel et al. 2017, frames of the generated videos against frames of their sources. {_HOW}", 1, 2,
)  # fmt: skip
FID_TRUTH = Figure(
    "fid.truth", "FID to true views", "", "lower",
    f"Heusel et al. 2017, frames of the generated videos against frames of their true videos. {_HOW}", 1, 2,
)  # fmt: skip


@dataclass(frozen=True)
class InceptionFeatures:
    """``pool`` [N,2048] float32 of up to :data:`FRAMES` frames of a video."""

    network: Network
    name = "inception"
    least_frames = 1

    @property
    def key(self) -> str:
        return f"inception 1 {self.network.key} frames={FRAMES}"

    def extract(self, frames: Frames, fps: float) -> Arrays:
        """Raises:
        InputError: the network cannot take the frames, or gives no features.
        """
        import torch

        chosen = frames[spread_indices(len(frames), min(FRAMES, len(frames)))]
        pool = []
        for start in range(0, len(chosen), _BATCH):
            check_stop()
            batch = torch.from_numpy(chosen[start : start + _BATCH].astype(np.float32)).permute(0, 3, 1, 2)
            found = call_script(
                self.network, "net(frames [N,3,H,W] of 0..255, return_features=True) -> [N,D]",
                batch, return_features=True,
            )  # fmt: skip
            if found.ndim != 2 or len(found) != len(batch):
                raise InputError(
                    f"the Inception network gives {list(found.shape)} for {len(batch)} frames, not [N,D]"
                )
            pool.append(found.numpy())
        return {"pool": np.concatenate(pool)}


def offer(settings: Settings) -> Offer:
    """Raises:
    CheckpointError: the weights that are given are no TorchScript.
    """
    spec = settings.weights.get("inception")
    if not spec:
        needs = "Inception-v3 as TorchScript (inception-2015-12-05.pt of NVIDIA, 96 MB)"
        return Offer(skipped=(Skipped((FID, FID_TRUTH), needs, "--weights inception=PATH"),))
    weights = find_weights("inception", spec)
    extractor = InceptionFeatures(check_script(Network(weights, settings.device)))
    remark = weights_remark("inception", weights)
    return Offer(
        set_measures=(
            DistanceMeasure(FID, extractor, "pool", "source", remark),
            DistanceMeasure(FID_TRUTH, extractor, "pool", "target", remark),
        )
    )
