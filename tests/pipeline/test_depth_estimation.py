"""Depth from an estimator: a tiny one with random weights, saved and run as a downloaded one is."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from transformers import (
    DepthAnythingConfig,
    DepthAnythingForDepthEstimation,
    Dinov2Config,
    DPTConfig,
    GLPNConfig,
    ViTConfig,
    pipeline,
)
from transformers.models.dpt.image_processing_pil_dpt import DPTImageProcessorPil

from recam.camera import CameraPath
from recam.draft import draft_video
from recam.errors import CheckpointError
from recam.pipeline.depth import estimated_depth, kind_of


@pytest.fixture(scope="module")
def estimator(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("estimator")
    backbone = Dinov2Config(
        hidden_size=16, num_hidden_layers=2, num_attention_heads=2, image_size=28, patch_size=14,
        out_features=["stage1", "stage2"], reshape_hidden_states=False,
    )  # fmt: skip
    config = DepthAnythingConfig(
        backbone_config=backbone, reassemble_hidden_size=16, reassemble_factors=[1, 0.5],
        neck_hidden_sizes=[8, 8], fusion_hidden_size=8, head_hidden_size=4,
    )  # fmt: skip
    torch.manual_seed(0)
    DepthAnythingForDepthEstimation(config).save_pretrained(folder)
    size = {"height": 28, "width": 56}
    DPTImageProcessorPil(size=size, keep_aspect_ratio=False, ensure_multiple_of=14).save_pretrained(folder)
    return folder


def test_a_model_gives_a_map_for_every_frame(estimator: Path) -> None:
    frames = np.random.default_rng(0).integers(0, 256, (2, 30, 60, 3), np.uint8)
    maps = estimated_depth(estimator, median=3)
    assert (maps.kind, maps.count, maps.name) == ("inverse", None, str(estimator))
    first, second = (maps.inverse(index, frame) for index, frame in enumerate(frames))
    assert first.shape == (30, 60)
    usual = pipeline("depth-estimation", model=str(estimator))(Image.fromarray(frames[0]))
    expected = usual["predicted_depth"].numpy()
    np.testing.assert_allclose(maps.read(0, frames[0]), expected, rtol=1e-5)
    assert np.median(first) == pytest.approx(1 / 3, rel=0.3)  # random maps have edges everywhere
    assert not np.array_equal(first, second)
    np.testing.assert_array_equal(estimated_depth(estimator, median=3).inverse(0, frames[0]), first)


def test_a_draft_takes_an_estimator(estimator: Path) -> None:
    frames = np.random.default_rng(0).integers(0, 256, (2, 30, 60, 3), np.uint8)
    drawn = draft_video(frames, CameraPath.preset("arc-left", 2), depth=estimated_depth(estimator))
    np.testing.assert_array_equal(drawn[0], frames[0])
    assert abs(drawn[1].astype(int) - frames[1]).mean() > 5


def test_what_the_numbers_mean_comes_from_the_configuration() -> None:
    assert kind_of(DPTConfig()) == "inverse"
    assert kind_of(GLPNConfig()) == "metric"
    assert kind_of(DepthAnythingConfig(depth_estimation_type="metric")) == "metric"
    assert kind_of(ViTConfig()) is None


def test_a_model_that_is_not_here_is_not_fetched(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match=r"not on this machine.*hf download"):
        estimated_depth("nobody/no-such-depth-model")
    (tmp_path / "config.json").write_text('{"model_type": "vit"}')
    with pytest.raises(CheckpointError, match="cannot be used as a depth-estimation model"):
        estimated_depth(tmp_path)
