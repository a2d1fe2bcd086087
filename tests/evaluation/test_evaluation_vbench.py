"""VBench's dimensions from networks: frames prepared as its code does, and known answers by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from tiny_networks import flat_frames, noise_frames, open_case, save_clip, save_dino, save_script, write_video
from torch import nn
from torch.nn import functional
from transformers import CLIPModel, ViTModel

from recam.errors import CheckpointError, InputError
from recam.evaluation.footage import Frames
from recam.evaluation.frame_features import (
    VbenchClipFrames,
    VbenchDinoFrames,
    vbench_clip_pictures,
    vbench_dino_pictures,
)
from recam.evaluation.measure import Found, Measure
from recam.evaluation.measures import vbench
from recam.evaluation.networks import Network, load_linear
from recam.evaluation.plan import Settings
from recam.evaluation.weights import find_weights


class Brightness(nn.Module):
    """Stands for MUSIQ: 100 times the mean."""

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        return pictures.mean(dim=[1, 2, 3]) * 100


class Longest(nn.Module):
    """Stands for MUSIQ: tells what it was shown."""

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        return torch.tensor([float(pictures.shape[2] * 1000 + pictures.shape[3])])


class OneSize(nn.Module):
    """Stands for a MUSIQ that was exported for one size of frames and refuses others."""

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        assert pictures.shape[2] == 32, "another size of frame"
        return pictures.mean()


class Average(nn.Module):
    """Stands for AMT: right for whatever changes evenly."""

    def forward(self, first: torch.Tensor, last: torch.Tensor, time: torch.Tensor) -> torch.Tensor:
        return first * (1 - time) + last * time


class Padded(nn.Module):
    """Stands for AMT: white where the sides are multiples of 16, else nothing."""

    def forward(self, first: torch.Tensor, last: torch.Tensor, time: torch.Tensor) -> torch.Tensor:
        whole = first.shape[2] % 16 == 0 and first.shape[3] % 16 == 0
        return torch.ones_like(first) * float(whole)


class Half(nn.Module):
    def forward(self, first: torch.Tensor, last: torch.Tensor, time: torch.Tensor) -> torch.Tensor:
        return first[:, :, ::2]


@pytest.fixture(scope="module")
def dino(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_dino(tmp_path_factory.mktemp("dino"))


@pytest.fixture(scope="module")
def clip_b32(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_clip(tmp_path_factory.mktemp("clip"), side=224, patch=32)


@pytest.fixture(scope="module")
def clip_l14(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_clip(tmp_path_factory.mktemp("clip"), side=224, patch=14)


def measure_of(name: str, **weights: Path) -> Measure:
    given = {key.replace("_", "-"): str(path) for key, path in weights.items()}
    (measure,) = (m for m in vbench.offer(Settings(given)).measures if m.name == name)
    return measure


def measured(name: str, folder: Path, frames: Frames, **weights: Path) -> Found:
    case = open_case(folder, write_video(folder / "clip.mkv", frames))
    return measure_of(name, **weights).measure(case)


def network_of(path: Path) -> Network:
    return Network(find_weights("x", str(path)))


def test_consistency_is_half_to_the_frame_before_and_half_to_the_first() -> None:
    x, y = np.array([1.0, 0, 0]), np.array([0, 3.0, 0])
    assert vbench.consistency(np.stack([x, x, x])) == 1
    assert vbench.consistency(np.stack([x, y, x])) == pytest.approx((0 + (0 + 1) / 2) / 2)
    assert vbench.consistency(np.stack([x, -x])) == 0  # not -1: VBench clips at 0
    slanted = np.array([1.0, 1.0, 0])
    assert vbench.consistency(np.stack([x, slanted, y])) == pytest.approx((0.5**0.5 + 0.5**0.5 / 2) / 2)


def test_clip_pictures_are_those_of_vbench() -> None:
    frames = noise_frames(2, 300, 500)
    pictures = torch.from_numpy(frames).permute(0, 3, 1, 2).float()
    wide = functional.interpolate(pictures, size=(224, 373), mode="bicubic", antialias=False)[..., 74:298]
    mean, std = (0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)
    ours = vbench_clip_pictures(frames)
    assert ours.shape == (2, 3, 224, 224)
    for channel in range(3):
        expected = (wide[:, channel] / 255 - mean[channel]) / std[channel]
        torch.testing.assert_close(ours[:, channel], expected)


def test_dino_pictures_keep_the_whole_frame() -> None:
    assert vbench_dino_pictures(noise_frames(1, 480, 832)).shape == (1, 3, 224, 388)
    assert vbench_dino_pictures(noise_frames(1, 83, 48)).shape == (1, 3, 387, 224)
    white = vbench_dino_pictures(flat_frames((255, 255, 255)))[0, :, 0, 0]
    torch.testing.assert_close(
        white, torch.tensor([(1 - 0.485) / 0.229, (1 - 0.456) / 0.224, (1 - 0.406) / 0.225])
    )


def test_subject_features_of_a_square_are_the_class_token_of_transformers(dino) -> None:
    frames = noise_frames(2, 224, 224)
    with torch.no_grad():
        model = ViTModel.from_pretrained(dino, add_pooling_layer=False).eval()
        theirs = model(pixel_values=vbench_dino_pictures(frames)).last_hidden_state[:, 0].numpy()
    ours = VbenchDinoFrames(network_of(dino)).extract(frames, 8.0)["features"]
    np.testing.assert_allclose(ours.astype(float), theirs, atol=1e-5)


def test_subject_features_of_a_wide_frame_stretch_positions_as_dino_does(dino) -> None:
    frames = noise_frames(1, 224, 388)
    model = ViTModel.from_pretrained(dino, add_pooling_layer=False).eval()
    positions = model.embeddings.position_embeddings.detach()
    grid = positions[:, 1:].reshape(1, 14, 14, -1).permute(0, 3, 1, 2)
    stretched = functional.interpolate(grid, scale_factor=(14.1 / 14, 24.1 / 14), mode="bicubic")
    assert stretched.shape[2:] == (14, 24)
    pictures = vbench_dino_pictures(frames)
    with torch.no_grad():
        patches = model.embeddings.patch_embeddings.projection(pictures).flatten(2).transpose(1, 2)
        tokens = torch.cat([model.embeddings.cls_token, patches], dim=1)
        tokens = tokens + torch.cat([positions[:, :1], stretched.flatten(2).transpose(1, 2)], dim=1)
        for layer in model.layers:
            tokens = layer(tokens)
        expected = model.layernorm(tokens)[0, 0].numpy()
        plain = model(pixel_values=pictures, interpolate_pos_encoding=True).last_hidden_state[0, 0].numpy()
    ours = VbenchDinoFrames(network_of(dino)).extract(frames, 8.0)["features"][0].astype(float)
    np.testing.assert_allclose(ours, expected, atol=1e-5)
    assert not np.allclose(plain, expected, atol=1e-4)


def test_threads_of_pictures_are_refused_before_they_fill_memory(dino) -> None:
    with pytest.raises(InputError, match="frames of 2000x2 are more than 16 times as long as wide"):
        VbenchDinoFrames(network_of(dino)).extract(noise_frames(1, 2, 2000), 8.0)


def test_digits_do_not_depend_on_the_number_of_threads(dino) -> None:
    frames = noise_frames(3, 64, 96)
    extractor = VbenchDinoFrames(network_of(dino))
    before = torch.get_num_threads()
    try:
        torch.set_num_threads(1)
        one = extractor.extract(frames, 8.0)["features"]
        torch.set_num_threads(2)
        two = extractor.extract(frames, 8.0)["features"]
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)
    np.testing.assert_array_equal(one, two)


def test_a_still_clip_is_wholly_consistent_and_another_is_not(dino, clip_b32, tmp_path) -> None:
    still = np.repeat(noise_frames(1), 3, axis=0)
    weights = {"dino": dino, "clip_b32": clip_b32}
    for name in ("vbench.subject", "vbench.background"):
        assert measured(name, tmp_path, still, **weights).values[name] == pytest.approx(1)
        found = measured(
            name, tmp_path / "moving", flat_frames((0, 0, 0), (255, 0, 0), (0, 255, 0)), **weights
        )
        assert found.values[name] is not None
        assert found.values[name] < 0.9999
        one = measured(name, tmp_path / "one", noise_frames(1), **weights)
        assert one.missing[name].status == "undefined"


def test_background_consistency_is_of_clips_picture_embeddings(clip_b32, tmp_path) -> None:
    frames = noise_frames(3, 64, 96)
    model = CLIPModel.from_pretrained(clip_b32).eval()
    with torch.no_grad():
        features = model.get_image_features(pixel_values=vbench_clip_pictures(frames)).pooler_output.numpy()
    found = measured("vbench.background", tmp_path, frames, clip_b32=clip_b32).values["vbench.background"]
    assert found == pytest.approx(vbench.consistency(features), abs=1e-6)


def test_the_aesthetic_head_is_linear_on_embeddings_of_length_1(clip_l14, tmp_path) -> None:
    frames = noise_frames(2)
    weight, bias = torch.linspace(-1, 2, 12)[None], torch.tensor([5.0])
    torch.save({"weight": weight, "bias": bias}, tmp_path / "head.pth")
    features = VbenchClipFrames(network_of(clip_l14), 14).extract(frames, 8.0)["features"].astype(float)
    features /= np.linalg.norm(features, axis=1, keepdims=True)
    expected = np.mean(features @ weight[0].double().numpy() + 5) / 10
    found = measured("vbench.aesthetic", tmp_path, frames, clip_l14=clip_l14, aesthetic=tmp_path / "head.pth")
    assert found.values["vbench.aesthetic"] == pytest.approx(expected, abs=1e-6)


def test_the_aesthetic_head_may_be_safetensors_and_never_a_program(tmp_path) -> None:
    from safetensors.torch import save_file

    save_file({"weight": torch.ones(1, 3), "bias": torch.zeros(1)}, tmp_path / "head.safetensors")
    weight, bias = load_linear(find_weights("aesthetic", str(tmp_path / "head.safetensors")))
    assert (weight.tolist(), bias) == ([1, 1, 1], 0)
    torch.save(nn.Linear(3, 1), tmp_path / "module.pth")  # a pickle of a class
    torch.save({"weight": torch.ones(2, 3), "bias": torch.zeros(2)}, tmp_path / "two.pth")
    (tmp_path / "text.pth").write_text("weights")
    for name, message in (("module", "no state dict"), ("two", "no linear layer"), ("text", "no state dict")):
        with pytest.raises(CheckpointError, match=message):
            load_linear(find_weights("aesthetic", str(tmp_path / f"{name}.pth")))


def test_a_head_for_other_features_is_refused(clip_l14, tmp_path) -> None:
    torch.save({"weight": torch.ones(1, 768), "bias": torch.zeros(1)}, tmp_path / "head.pth")
    with pytest.raises(CheckpointError, match="takes features of 768 numbers"):
        measured(
            "vbench.aesthetic", tmp_path, noise_frames(1), clip_l14=clip_l14, aesthetic=tmp_path / "head.pth"
        )


def test_imaging_is_the_mean_score_over_100(tmp_path) -> None:
    frames = flat_frames((255, 255, 255), (0, 0, 0), (51, 51, 51))
    musiq = save_script(tmp_path / "musiq.pt", Brightness())
    found = measured("vbench.imaging", tmp_path, frames, musiq=musiq)
    assert found.values["vbench.imaging"] == pytest.approx((1 + 0 + 0.2) / 3, abs=1e-6)


def test_only_frames_above_512_pixels_are_reduced_for_imaging(tmp_path) -> None:
    musiq = save_script(tmp_path / "musiq.pt", Longest())
    for (height, width), (high, wide) in {
        (300, 512): (300, 512), (480, 832): (295, 512), (720, 401): (512, 285), (32, 48): (32, 48),
    }.items():  # fmt: skip
        found = measured("vbench.imaging", tmp_path, noise_frames(1, height, width), musiq=musiq)
        assert found.values["vbench.imaging"] == pytest.approx((high * 1000 + wide) / 100)


def test_even_motion_is_smooth_and_a_jolt_costs(tmp_path) -> None:
    amt = save_script(tmp_path / "amt.pt", Average())
    even = flat_frames(*((value, value, value) for value in (0, 20, 40, 60, 80)))
    found = measured("vbench.motion", tmp_path, even, amt=amt).values["vbench.motion"]
    assert found == pytest.approx(1, abs=1.01 / 255)  # VBench cuts fractions off, so it may be one step dark
    jolt = flat_frames(*((value, value, value) for value in (0, 71, 40, 60, 80)))
    found = measured("vbench.motion", tmp_path / "jolt", jolt, amt=amt).values["vbench.motion"]
    assert found == pytest.approx(1 - 51 / 2 / 255, abs=1.01 / 255)


def test_motion_takes_odd_frames_between_their_neighbours() -> None:
    asked: list[tuple[int, int]] = []

    def between(first: np.ndarray, last: np.ndarray) -> np.ndarray:
        asked.append((int(first[0, 0, 0]), int(last[0, 0, 0])))
        return first

    frames = flat_frames(*((value, value, value) for value in range(6)))
    assert vbench.smoothness(frames, between) == pytest.approx(1 - 1 / 255)
    assert asked == [(0, 2), (2, 4)]  # frame 5 has no successor


def test_motion_shows_the_network_multiples_of_16_and_cuts_the_rest_off(tmp_path) -> None:
    amt = save_script(tmp_path / "amt.pt", Padded())
    white = np.full((3, 34, 50, 3), 255, dtype=np.uint8)
    assert measured("vbench.motion", tmp_path, white, amt=amt).values["vbench.motion"] == 1


def test_fewer_than_three_frames_have_no_motion(tmp_path) -> None:
    amt = save_script(tmp_path / "amt.pt", Average())
    found = measured("vbench.motion", tmp_path, noise_frames(2), amt=amt)
    assert found.missing["vbench.motion"].status == "undefined"


def test_scripts_that_are_something_else_fail_in_a_line(tmp_path) -> None:
    musiq, amt = save_script(tmp_path / "musiq.pt", Brightness()), save_script(tmp_path / "half.pt", Half())
    with pytest.raises(InputError, match=r"musiq\.pt: cannot be called as \(first \[1,3,H,W\]"):
        measured("vbench.motion", tmp_path, noise_frames(3), amt=musiq)
    with pytest.raises(InputError, match=r"half\.pt: gives \[1, 3, 16, 48\] for frames of \[1, 3, 32, 48\]"):
        measured("vbench.motion", tmp_path, noise_frames(3), amt=amt)
    one_size = save_script(tmp_path / "one.pt", OneSize())
    with pytest.raises(
        InputError, match=r"one\.pt: cannot be called .*\(RuntimeError: AssertionError: another size"
    ):
        measured("vbench.imaging", tmp_path, noise_frames(1, 64, 64), musiq=one_size)
    (tmp_path / "no.pt").write_bytes(b"no")
    with pytest.raises(CheckpointError, match="is no TorchScript"):
        measure_of("vbench.imaging", musiq=tmp_path / "no.pt")


def test_other_networks_than_vbenchs_are_refused(dino, clip_b32, clip_l14, tmp_path) -> None:
    torch.save({"weight": torch.ones(1, 12), "bias": torch.zeros(1)}, tmp_path / "head.pth")
    with pytest.raises(
        CheckpointError, match="a CLIP of 224 pixels with patches of 14; VBench's figure is defined"
    ):
        measured("vbench.background", tmp_path, noise_frames(2), clip_b32=clip_l14)
    with pytest.raises(CheckpointError, match="holds a 'clip', not a vision transformer"):
        measure_of("vbench.subject", dino=clip_b32)
    with pytest.raises(CheckpointError, match="holds a 'vit', not a CLIP"):
        measure_of("vbench.background", clip_b32=dino)
    with pytest.raises(CheckpointError, match="is no ViT-B/16"):
        measured("vbench.subject", tmp_path, noise_frames(2), dino=save_dino(tmp_path / "b32", patch=32))


def test_weights_saved_by_torch_load_without_running_anything(dino, tmp_path) -> None:
    from safetensors.torch import load_file

    save_dino(tmp_path)
    torch.save(load_file(tmp_path / "model.safetensors"), tmp_path / "pytorch_model.bin")
    (tmp_path / "model.safetensors").unlink()
    frames = noise_frames(1, 64, 64)
    ours, theirs = (VbenchDinoFrames(network_of(path)).extract(frames, 8.0) for path in (tmp_path, dino))
    np.testing.assert_array_equal(ours["features"], theirs["features"])


class Trap:
    """A pickle that leaves a file behind when it is loaded as pickles are."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self):
        return Path.touch, (self.path,)


def test_a_program_among_the_weights_is_not_run(tmp_path) -> None:
    save_dino(tmp_path / "dino")
    (tmp_path / "dino" / "model.safetensors").unlink()
    torch.save({"trap": Trap(tmp_path / "sprung")}, tmp_path / "dino" / "pytorch_model.bin")
    torch.save({"weight": Trap(tmp_path / "sprung")}, tmp_path / "head.pth")
    with pytest.raises(CheckpointError, match="cannot be used as a vision transformer"):
        VbenchDinoFrames(network_of(tmp_path / "dino")).extract(noise_frames(1), 8.0)
    with pytest.raises(CheckpointError, match="no state dict of plain tensors"):
        load_linear(find_weights("aesthetic", str(tmp_path / "head.pth")))
    assert not (tmp_path / "sprung").exists()


def test_what_lacks_weights_is_skipped_one_by_one(dino, clip_l14) -> None:
    assert [skipped.figures[0].name for skipped in vbench.offer(Settings()).skipped] == [
        "vbench.subject", "vbench.background", "vbench.aesthetic", "vbench.imaging", "vbench.motion",
    ]  # fmt: skip
    offer = vbench.offer(Settings({"dino": str(dino), "clip-l14": str(clip_l14)}))
    assert [measure.name for measure in offer.measures] == ["vbench.subject"]
    (aesthetic,) = (skipped for skipped in offer.skipped if skipped.figures[0].name == "vbench.aesthetic")
    assert aesthetic.needs == "LAION's linear aesthetic predictor"
    assert aesthetic.how.startswith("--weights aesthetic=")
