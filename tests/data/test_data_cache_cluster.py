"""Latents encoded by a Ray cluster of two machines, one of which dies: the same bytes as without."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch
from diffusers import AutoencoderKLWan

from recam.data.cache_latents import LatentSettings, cache_latents
from recam.data.cache_run import Made, RunOptions
from recam.data.encoders import find_encoders
from recam.data.index import open_index
from recam.data.views import ClipSettings
from recam.training.presets import autoencoder_model
from trees import file_bytes
from two_machines import Machines, two_machines


@pytest.fixture(scope="module")
def machines() -> Iterator[Machines]:
    with two_machines() as cluster:
        yield cluster


@pytest.mark.filterwarnings("ignore:1 of 2 machines")
def test_a_cluster_encodes_as_one_machine_does(
    machines: Machines, tmp_path: Path, add_scene: Callable[..., Path]
) -> None:
    world = tmp_path / "world"
    for number in range(8):
        add_scene(world, number)
    torch.manual_seed(0)
    AutoencoderKLWan(**autoencoder_model(base_dim=4, z_dim=4)).save_pretrained(tmp_path / "run" / "vae")
    settings = LatentSettings(ClipSettings(5, 16, 16))

    def encode(place: str, cluster: str | None, on_unit: Callable[[int, int, Made], None] | None) -> Path:
        options = RunOptions(cluster=cluster, shard_bytes=4000)
        encoders = find_encoders(tmp_path / "run")
        report = cache_latents(
            *(open_index(world), tmp_path / place, encoders, settings, options), on_unit=on_unit
        )
        assert report.made == 8
        return report.folder

    def lose(done: int, total: int, made: Made) -> None:
        if done == 2:
            machines.kill()

    alone = encode("alone", None, None)
    assert file_bytes(encode("together", machines.address, lose)) == file_bytes(alone)
