"""What FID, FVD and FVD-V cost: networks of the published sizes with random weights, and the distance itself.

    OMP_NUM_THREADS=1 python benchmarks/evaluate_distances.py
    python benchmarks/evaluate_distances.py --weights inception=inception-2015-12-05.pt i3d=i3d_torchscript.pt

Seconds of one video: 16 frames through Inception-v3 (FID), two clips of 16 frames through I3D (both FVD), ten
views at 8 times (one side of FVD-V); then seconds for adding up 2,048 features of many frames and for the
distance of two such sets. On the CPU processor seconds count, which what else runs there moves little.
"""

from __future__ import annotations

import argparse
import json
import platform
import resource
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from recam.evaluation.distribution import FeatureStatistics, frechet_distance
from recam.evaluation.measures.fid import InceptionFeatures
from recam.evaluation.measures.fvd import SIDE, TIMES, I3dFeatures, i3d
from recam.evaluation.networks import Network
from recam.evaluation.weights import find_weights


def main() -> None:
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("--weights", nargs="*", default=[], metavar="NAME=SPEC")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--frames", type=int, default=81)
    parser.add_argument("--size", type=int, nargs=2, default=(480, 832), metavar=("HEIGHT", "WIDTH"))
    parser.add_argument("--vectors", type=int, default=16_000, help="features to add up on either side")
    options = parser.parse_args()
    clock = time.process_time if options.device == "cpu" else time.perf_counter
    with tempfile.TemporaryDirectory() as folder:
        specs = dict(entry.split("=", 1) for entry in options.weights)
        for name, make in (("inception", Inception), ("i3d", I3d)):
            if name not in specs:
                specs[name] = str(Path(folder) / f"{name}.pt")
                torch.manual_seed(0)
                torch.jit.save(torch.jit.script(make().eval()), specs[name])
        networks = {name: Network(find_weights(name, spec), options.device) for name, spec in specs.items()}
        frames = np.random.default_rng(0).integers(0, 256, (options.frames, *options.size, 3), dtype=np.uint8)
        views = np.random.default_rng(1).integers(0, 256, (TIMES, 10, SIDE, SIDE, 3), dtype=np.uint8)
        found = {
            "fid_video_s": seconds(
                clock, lambda: InceptionFeatures(networks["inception"]).extract(frames, 15.0)
            ),
            "fvd_video_s": seconds(clock, lambda: I3dFeatures(networks["i3d"]).extract(frames, 15.0)),
            "fvd_v_side_s": seconds(clock, lambda: i3d(networks["i3d"], views)),
            "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10,
        }
    found |= distance_seconds(options.vectors)
    about = {"benchmark": "evaluate_distances", "machine": platform.processor() or platform.machine(),
             "threads": torch.get_num_threads(), "device": options.device}  # fmt: skip
    print(json.dumps(about | found))


def seconds(clock: Callable[[], float], work: Callable[[], object]) -> float:
    """The better of two runs after a first one, which loads the network."""
    times = []
    for _ in range(3):
        start = clock()
        work()
        times.append(clock() - start)
    return round(min(times[1:]), 2)


def distance_seconds(vectors: int) -> dict[str, float]:
    rng = np.random.default_rng(0)
    mixed = rng.normal(size=(2048, 2048)).astype(np.float32) / 45
    sides = []
    adding = 0.0
    for _ in range(2):
        statistics = FeatureStatistics()
        for _ in range(0, vectors, 16):
            batch = rng.normal(size=(16, 2048)).astype(np.float32) @ mixed
            start = time.process_time()
            statistics.add(batch)
            adding += time.process_time() - start
        start = time.process_time()
        sides.append(statistics.gaussian())
        adding += time.process_time() - start
    start = time.process_time()
    frechet_distance(*sides)
    return {
        "add_1000_vectors_s": round(adding / (2 * vectors) * 1000, 3),
        "distance_2048_s": round(time.process_time() - start, 1),
    }


def conv(dim: int, inner: int, outer: int, size: int | tuple[int, ...], stride: int = 1) -> nn.Sequential:
    """A convolution of Inception, padded so that stride 1 keeps the size."""
    kernel = (size,) * dim if isinstance(size, int) else size
    layer, norm = (nn.Conv2d, nn.BatchNorm2d) if dim == 2 else (nn.Conv3d, nn.BatchNorm3d)
    padding = tuple(side // 2 for side in kernel) if stride == 1 or dim == 3 else (0,) * dim
    return nn.Sequential(layer(inner, outer, kernel, stride, padding, bias=False), norm(outer), nn.ReLU())


class Branches(nn.Module):
    """Networks side by side, their channels one after another."""

    def __init__(self, *branches: nn.Module) -> None:
        super().__init__()
        self.branches = nn.ModuleList(branches)

    def forward(self, x: Tensor) -> Tensor:
        found = []
        for branch in self.branches:
            found.append(branch(x))
        return torch.cat(found, 1)


def _flat(*sizes: tuple[int, int, int | tuple[int, ...], int]) -> nn.Sequential:
    return nn.Sequential(*(conv(2, *size) for size in sizes))


def _square(inner: int, pooled: int) -> Branches:
    pool = nn.Sequential(nn.AvgPool2d(3, 1, 1), conv(2, inner, pooled, 1))
    return Branches(
        conv(2, inner, 64, 1), _flat((inner, 48, 1, 1), (48, 64, 5, 1)),
        _flat((inner, 64, 1, 1), (64, 96, 3, 1), (96, 96, 3, 1)), pool,
    )  # fmt: skip


def _long(c: int) -> Branches:
    row, column = (1, 7), (7, 1)
    return Branches(
        conv(2, 768, 192, 1), _flat((768, c, 1, 1), (c, c, row, 1), (c, 192, column, 1)),
        _flat((768, c, 1, 1), (c, c, column, 1), (c, c, row, 1), (c, c, column, 1), (c, 192, row, 1)),
        nn.Sequential(nn.AvgPool2d(3, 1, 1), conv(2, 768, 192, 1)),
    )  # fmt: skip


def _wide(inner: int) -> Branches:
    def both() -> Branches:
        return Branches(conv(2, 384, 384, (1, 3)), conv(2, 384, 384, (3, 1)))

    return Branches(
        conv(2, inner, 320, 1), nn.Sequential(conv(2, inner, 384, 1), both()),
        nn.Sequential(_flat((inner, 448, 1, 1), (448, 384, 3, 1)), both()),
        nn.Sequential(nn.AvgPool2d(3, 1, 1), conv(2, inner, 192, 1)),
    )  # fmt: skip


class Inception(nn.Module):
    """The layers of Inception-v3 (Szegedy et al. 2015) with random weights, called as NVIDIA's file is."""

    def __init__(self) -> None:
        super().__init__()
        half = Branches(conv(2, 288, 384, 3, 2), _flat((288, 64, 1, 1), (64, 96, 3, 1), (96, 96, 3, 2)),
                        nn.MaxPool2d(3, 2))  # fmt: skip
        quarter = Branches(
            _flat((768, 192, 1, 1), (192, 320, 3, 2)),
            _flat((768, 192, 1, 1), (192, 192, (1, 7), 1), (192, 192, (7, 1), 1), (192, 192, 3, 2)),
            nn.MaxPool2d(3, 2),
        )
        self.layers = nn.Sequential(
            conv(2, 3, 32, 3, 2), nn.Conv2d(32, 32, 3), conv(2, 32, 64, 3), nn.MaxPool2d(3, 2),
            conv(2, 64, 80, 1), nn.Conv2d(80, 192, 3), nn.MaxPool2d(3, 2),
            _square(192, 32), _square(256, 64), _square(288, 64), half,
            _long(128), _long(160), _long(160), _long(192), quarter, _wide(1280), _wide(2048),
        )  # fmt: skip

    def forward(self, img: Tensor, return_features: bool = True) -> Tensor:
        x = functional.interpolate(img, (299, 299), mode="bilinear")
        return self.layers((x - 128) / 128).mean((2, 3))


def _mixed(inner: int, a: int, b: int, c: int, d: int, e: int, f: int) -> Branches:
    return Branches(
        conv(3, inner, a, 1), nn.Sequential(conv(3, inner, b, 1), conv(3, b, c, 3)),
        nn.Sequential(conv(3, inner, d, 1), conv(3, d, e, 3)),
        nn.Sequential(nn.MaxPool3d(3, 1, 1), conv(3, inner, f, 1)),
    )  # fmt: skip


class I3d(nn.Module):
    """The layers of I3D (Carreira and Zisserman 2017) with random weights, called as StyleGAN-V's file is."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            conv(3, 3, 64, 7, 2), nn.MaxPool3d((1, 3, 3), (1, 2, 2), (0, 1, 1)), conv(3, 64, 64, 1),
            conv(3, 64, 192, 3), nn.MaxPool3d((1, 3, 3), (1, 2, 2), (0, 1, 1)),
            _mixed(192, 64, 96, 128, 16, 32, 32), _mixed(256, 128, 128, 192, 32, 96, 64),
            nn.MaxPool3d(3, 2, 1), _mixed(480, 192, 96, 208, 16, 48, 64),
            _mixed(512, 160, 112, 224, 24, 64, 64), _mixed(512, 128, 128, 256, 24, 64, 64),
            _mixed(512, 112, 144, 288, 32, 64, 64), _mixed(528, 256, 160, 320, 32, 128, 128),
            nn.MaxPool3d(2, 2, ceil_mode=True), _mixed(832, 256, 160, 320, 32, 128, 128),
            _mixed(832, 384, 192, 384, 48, 128, 128), nn.AvgPool3d((2, 7, 7), 1), nn.Conv3d(1024, 400, 1),
        )  # fmt: skip

    def forward(
        self, x: Tensor, rescale: bool = False, resize: bool = False, return_features: bool = False
    ) -> Tensor:
        clips, _, times, height, width = x.shape
        flat = x.permute(0, 2, 1, 3, 4).reshape(clips * times, 3, height, width)
        flat = functional.interpolate(flat, (224, 224), mode="bilinear")
        x = flat.reshape(clips, times, 3, 224, 224).permute(0, 2, 1, 3, 4) / 255 * 2 - 1
        return self.layers(x).flatten(2).mean(2)


if __name__ == "__main__":
    main()
