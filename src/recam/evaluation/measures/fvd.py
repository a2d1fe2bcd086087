"""FVD: how far the generated videos are from the sources as I3D sees motion; FVD-V: the same across views.

Unterthiner et al. 2018, by the TorchScript I3D of StyleGAN-V (``i3d_torchscript.pt``), on which most public
figures rest: 400 logits of Kinetics a clip of 16 frames.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from recam.errors import InputError, RecamError, VideoFileError
from recam.evaluation.case import Case
from recam.evaluation.distribution import FeatureStatistics
from recam.evaluation.footage import Footage, Frames, same_time
from recam.evaluation.measure import Figure, Input, Offer, SetValue, Skipped
from recam.evaluation.measures.distances import (
    DistanceMeasure,
    distance_value,
    kept_features,
    remembered,
    weights_remark,
)
from recam.evaluation.networks import Network, call_script, check_script, running
from recam.evaluation.store import Arrays, Store, hashed
from recam.evaluation.weights import find_weights
from recam.parallel import check_stop
from recam.video.transforms import spread_indices

if TYPE_CHECKING:
    from recam.evaluation.plan import Settings

FRAMES = 16
"""Of a clip, as in StyleGAN-V's ``fvd2048_16f``."""
VIEWS = 9
"""Least number of views that FVD-V makes a clip of: I3D halves a clip three times and then averages over two
steps, so it takes no fewer."""
TIMES = 8
"""Times of a source at which FVD-V looks at its views: spread over the clip but for its first frame, where
paths that begin at the source's view all show the same."""
SIDE = 224
"""Pixels of I3D's pictures."""
_FIRST = "the first 16 frames of each (StyleGAN-V's fvd_16f; shorter videos are left out)"
_SPREAD = (
    "16 frames spread over the whole of each, so that the whole camera move counts (StyleGAN-V takes every "
    "8th of 128 so)"
)
_WHOM = "Unterthiner et al. 2018, I3D of StyleGAN-V, generated videos against"
FVD = Figure("fvd", "FVD", "", "lower", f"{_WHOM} their sources: {_FIRST}.", 1, 2)
FVD_SPREAD = Figure("fvd.spread", "FVD, whole clip", "", "lower", f"{_WHOM} their sources: {_SPREAD}.", 1, 2)
FVD_TRUTH = Figure(
    "fvd.truth", "FVD to true views", "", "lower", f"{_WHOM} their true videos: {_FIRST}.", 1, 2
)
FVD_SPREAD_TRUTH = Figure(
    "fvd.spread_truth", "FVD to true views, whole clip", "", "lower",
    f"{_WHOM} their true videos: {_SPREAD}.", 1, 2,
)  # fmt: skip
FVD_V = Figure(
    "fvd_v", "FVD-V", "", "lower",
    "SV4D (Xie et al. 2024): all views of a source at one time, taken as a clip, generated against true "
    f"views at {TIMES} times. Needs true videos of {VIEWS} paths a source; what ReCamMaster "
    "compared with on videos that have none is not published (issue 67 of its repository).", 1, 2,
)  # fmt: skip


def i3d(network: Network, clips: Frames) -> np.ndarray:
    """Features float32 [B,400] of uint8 clips [B,T,H,W,3], one by one, so that no clip's depend on others.

    Raises:
        InputError: the network cannot take them, or gives no features.
    """
    import torch

    found = []
    for clip in clips:
        check_stop()
        tensor = torch.from_numpy(clip.astype(np.float32)).permute(3, 0, 1, 2)[None]
        features = call_script(
            network,
            "net(videos [B,3,T,H,W] of 0..255, rescale=True, resize=True, return_features=True) -> [B,D]",
            tensor, rescale=True, resize=True, return_features=True,
        )  # fmt: skip
        if features.ndim != 2 or len(features) != 1:
            raise InputError(f"the I3D network gives {list(features.shape)} for one clip, not [1,D]")
        found.append(features.numpy())
    return np.concatenate(found)


@dataclass(frozen=True)
class I3dFeatures:
    """``first`` and ``spread`` [1,400] float32: of a video's first 16 frames, and of 16 spread over it."""

    network: Network
    name = "i3d"
    least_frames = FRAMES

    @property
    def key(self) -> str:
        return f"i3d 1 {self.network.key} frames={FRAMES}"

    def extract(self, frames: Frames, fps: float) -> Arrays:
        """Raises:
        InputError: the network cannot take the frames, or gives no features.
        """
        clips = [frames[None, :FRAMES], frames[None, spread_indices(len(frames), FRAMES)]]
        first = i3d(self.network, clips[0])
        return {"first": first, "spread": first if len(frames) == FRAMES else i3d(self.network, clips[1])}


@dataclass(frozen=True)
class ViewsMeasure:
    """FVD-V. A source's views are those of one method's clips that have a true video."""

    network: Network
    remark: str = ""
    name = FVD_V.name
    inputs: tuple[Input, ...] = ("generated", "target")
    figures: tuple[Figure, ...] = (FVD_V,)

    @property
    def key(self) -> str:
        return f"views 2 {self.network.key} times={TIMES}"

    def prepare(self, case: Case) -> dict[str, Any]:
        """Raises:
        InputError: the source has too few views, or the network cannot take them.
        """
        views = [pair for pair in case.pairs if all(_readable(footage) for footage in pair)]
        if len(views) < VIEWS:
            raise InputError(
                f"the source has fewer than the {VIEWS} views with a true video that {FVD_V.title} takes"
            )
        contents = (f"{generated.content} {target.content}" for generated, target in views)
        key = hashed(self.key, *contents)
        try:
            case.kept(_KEPT, key, lambda: self._features(views), itertools.chain.from_iterable(views))
        except VideoFileError as error:
            raise InputError(f"a video of another view cannot be used: {error.reason}") from error
        return {"views": key}

    def _features(self, views: list[tuple[Footage, Footage]]) -> Arrays:
        clock = views[0][0].info
        times = _times(clock.num_frames)
        arrays = {}
        for side, name in enumerate(("generated", "target")):
            pictures = [_pictures(view[side], times, clock.num_frames, float(clock.fps)) for view in views]
            arrays[name] = i3d(self.network, np.stack(pictures, axis=1))  # a clip [views,224,224,3] each time
        return arrays

    def score(self, notes: Iterable[Mapping[str, Any]], store: Store) -> dict[str, SetValue]:
        """Raises:
        OutputError: features that were kept are gone.
        """
        members: dict[str, int] = {}
        for note in notes:
            members[note["views"]] = members.get(note["views"], 0) + 1
        whole = [key for key, count in members.items() if count >= VIEWS]
        if not whole:
            alone = f"made of all views of a source together; here are fewer than {VIEWS} of any source"
            return {FVD_V.name: SetValue(None, 0, alone)}

        def distance() -> SetValue:
            ours, theirs = FeatureStatistics(), FeatureStatistics()
            for key in whole:
                arrays = kept_features(store, _KEPT, key)
                ours.add(arrays["generated"])
                theirs.add(arrays["target"])
            return distance_value(ours, theirs, self.remark)

        return {FVD_V.name: remembered(store, whole, distance)}


_KEPT = "i3d_views"


def _times(count: int) -> np.ndarray:
    """Up to :data:`TIMES` of ``count`` frames, spread evenly, the last included."""
    return spread_indices(count, min(TIMES + 1, count))[1:] if count > 1 else np.zeros(1, np.int64)


def _readable(footage: Footage) -> bool:
    """Whether another row's video can be used; if not, that row says why."""
    try:
        return bool(footage.content and footage.info)
    except RecamError:
        return False


def _pictures(footage: Footage, times: np.ndarray, count: int, fps: float) -> Frames:
    """uint8 [T,224,224,3]: frames at ``times`` of a clip of ``count`` frames at ``fps``, as I3D sees them.

    Read one by one and shrunk at once: a source's views together are far larger than a clip.
    """
    import torch

    info = footage.info
    wanted = same_time(count, fps, info.num_frames, float(info.fps))[times]
    shrunk: dict[int, np.ndarray] = {}
    for index, frame in enumerate(footage.stream()):
        if index in wanted:
            picture = torch.from_numpy(frame.astype(np.float32)).permute(2, 0, 1)[None]
            with running("cpu"):  # with more threads torch takes another way, and other pixels round up
                picture = torch.nn.functional.interpolate(picture, (SIDE, SIDE), mode="bilinear")
            shrunk[index] = picture[0].permute(1, 2, 0).round().to(torch.uint8).numpy()
        if index == wanted.max():
            break
    return np.stack([shrunk[int(index)] for index in wanted])


def offer(settings: Settings) -> Offer:
    """Raises:
    CheckpointError: the weights that are given are no TorchScript.
    """
    figures = (FVD, FVD_SPREAD, FVD_TRUTH, FVD_SPREAD_TRUTH, FVD_V)
    spec = settings.weights.get("i3d")
    if not spec:
        needs = "I3D as TorchScript (i3d_torchscript.pt of StyleGAN-V, 51 MB)"
        return Offer(skipped=(Skipped(figures, needs, "--weights i3d=PATH"),))
    weights = find_weights("i3d", spec)
    network = check_script(Network(weights, settings.device))
    extractor, remark = I3dFeatures(network), weights_remark("i3d", weights)
    return Offer(
        set_measures=(
            DistanceMeasure(FVD, extractor, "first", "source", remark),
            DistanceMeasure(FVD_SPREAD, extractor, "spread", "source", remark),
            DistanceMeasure(FVD_TRUTH, extractor, "first", "target", remark),
            DistanceMeasure(FVD_SPREAD_TRUTH, extractor, "spread", "target", remark),
            ViewsMeasure(network, remark),
        )
    )
