"""Mat.Pix.: LoFTR through kornia on tiny weights, and matchers of the user's own."""

from __future__ import annotations

import copy
import importlib.util
import json
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from kornia.feature import LoFTR
from kornia.feature.loftr.loftr import default_cfg
from safetensors.torch import save_file

from recam.errors import CheckpointError, InputError, MachineError
from recam.evaluation.case import Case, Job
from recam.evaluation.evaluate import evaluate
from recam.evaluation.footage import Reel
from recam.evaluation.manifest import Row
from recam.evaluation.matchers import Loftr, find_plugin, load_loftr
from recam.evaluation.measures import dense_matches
from recam.evaluation.measures.dense_matches import MEAN, SUM, DenseMatchMeasure
from recam.evaluation.networks import Network
from recam.evaluation.plan import Settings, make_plan
from recam.evaluation.store import Store
from recam.evaluation.weights import find_weights
from recam.video import Video

SETTINGS: dict[str, Any] = {"width": 96, "height": 64, "moments": 2}

EXACT = '''
"""Finds every pixel that is where it was."""

import numpy as np


class Exact:
    name = "exact"
    key = "exact 1"

    def match(self, frame_a, frame_b):
        rows, columns = np.nonzero((frame_a == frame_b).all(axis=-1))
        points = np.stack([columns + 0.5, rows + 0.5], axis=1)
        return np.repeat(points, 2, axis=0), np.repeat(points, 2, axis=0), np.full(2 * len(points), 0.9)


class Unsure(Exact):
    def match(self, frame_a, frame_b):
        points_a, points_b, confidence = super().match(frame_a, frame_b)
        return points_a, points_b, np.where(points_a[:, 0] < 10, 0.5, 0.49)


class Wrong(Exact):
    def match(self, frame_a, frame_b):
        return np.zeros((3, 2)), np.zeros((3, 2)), np.zeros(2)


class Endless(Exact):
    def match(self, frame_a, frame_b):
        return np.full((1, 2), np.nan), np.zeros((1, 2)), np.ones(1)


class Fails(Exact):
    def match(self, frame_a, frame_b):
        raise KeyError("depth")


def exact(device):
    return Exact()


def unsure(device):
    return Unsure()


def wrong(device):
    return Wrong()


def endless(device):
    return Endless()


def fails(device):
    return Fails()


def nameless(device):
    return object()


def raises(device):
    raise RuntimeError("no checkpoint of RoMa here")
'''


def tiny_loftr() -> LoFTR:
    """Real LoFTR, 8 to 24 channels wide, that tells places apart without training: the features of drawn
    weights are made white, so that a place is most like itself."""
    config = copy.deepcopy(default_cfg)
    config["resnetfpn"] = {"initial_dim": 8, "block_dims": [8, 16, 24]}
    config["coarse"] |= {"d_model": 24, "d_ffn": 24, "layer_names": ["self", "cross"]}
    config["fine"] |= {"d_model": 8, "d_ffn": 8, "layer_names": ["self", "cross"]}
    torch.manual_seed(0)
    model = LoFTR(pretrained=None, config=config).eval()
    seen: list[torch.Tensor] = []
    last = model.backbone.layer3_outconv
    hook = last.register_forward_hook(lambda module, inputs, output: seen.append(inputs[0]))
    with torch.no_grad():
        model.extract_features(torch.cat([grey(frame) for frame in noise(9, 20)]))
        hook.remove()
        before = seen[0].permute(0, 2, 3, 1).reshape(-1, 24).double()
        mean = before.mean(0)
        level = torch.eye(24).double() - torch.outer(mean, mean) / (mean @ mean)
        values, axes = torch.linalg.eigh(level @ torch.cov(before.T) @ level)
        kept = values > values.max() * 1e-3
        white = axes[:, kept] @ torch.diag(values[kept] ** -0.5) @ axes[:, kept].T @ level
        last.weight.copy_((3 * white)[:, :, None, None])
    return model


def grey(frame: np.ndarray) -> torch.Tensor:
    return torch.tensor(frame @ [0.299, 0.587, 0.114] / 255)[None, None].float()


@pytest.fixture(scope="module")
def loftr_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkpoint as kornia's are: a state dict under ``state_dict``."""
    path = tmp_path_factory.mktemp("loftr") / "loftr_tiny.ckpt"
    torch.save({"state_dict": tiny_loftr().state_dict()}, path)
    return path


@pytest.fixture
def matcher_file(tmp_path: Path) -> Path:
    path = tmp_path / "my_matchers.py"
    path.write_text(EXACT)
    return path


def noise(seed: int, frames: int = 3, height: int = 64, width: int = 96) -> np.ndarray:
    rng = np.random.default_rng(seed)
    small = rng.integers(0, 256, (frames, height // 4, width // 4, 3), np.uint8)
    return small.repeat(4, axis=1).repeat(4, axis=2)


def case(folder: Path, source: np.ndarray, generated: np.ndarray) -> Case:
    files = {"source": source, "generated": generated}
    for name, frames in files.items():
        Video.from_frames(frames, 8).save(folder / f"{name}.mp4")
    row = Row(
        id="a", source=folder / "source.mp4", generated=folder / "generated.mp4", camera=None,
        preset="arc-left", camera_name="", source_camera="", focal_mm=None, fov_degrees=None, caption="",
        method="", target=None, poses=None,
    )  # fmt: skip
    return Case(Job(row, {}), Reel(), Store(folder / "store"))


def value(measure: DenseMatchMeasure, case: Case, name: str = MEAN.name) -> float:
    found = measure.measure(case).values[name]
    assert found is not None
    return found


def test_loftr_is_surer_of_a_copy_than_of_another_scene(tmp_path: Path, loftr_file: Path) -> None:
    offer = dense_matches.offer(Settings(weights={"loftr": str(loftr_file)}))
    matcher = offer.measures[0].matcher  # pyright: ignore[reportAttributeAccessIssue]
    measure = DenseMatchMeasure(matcher, **SETTINGS)
    copy_of_it = case(tmp_path, noise(1), noise(1))
    found = measure.measure(copy_of_it)
    assert found == measure.measure(copy_of_it)
    assert value(measure, copy_of_it) > 16  # of the 8 x 4 cells that are not at the border
    assert value(measure, case(tmp_path, noise(1), noise(2))) < 0.5 * value(measure, copy_of_it)
    assert found.values[SUM.name] == pytest.approx(2 * value(measure, copy_of_it) / 1000)
    assert found.details["matcher"] == "loftr"
    assert (found.details["tau"], found.details["size"]) == (0.5, "96x64")
    assert found.details["frames"] == [0, 2]


def test_loftr_from_a_file_is_the_loftr_that_was_saved(tmp_path: Path, loftr_file: Path) -> None:
    frame, other = noise(1)[0], noise(1)[0][:, ::-1].copy()
    saved = tiny_loftr()
    saved.coarse_matching.thr = 0.1
    with torch.inference_mode():
        wanted = saved({"image0": grey(frame), "image1": grey(other)})
    safe = tmp_path / "loftr.safetensors"
    save_file({f"matcher.{name}": part for name, part in saved.state_dict().items()}, safe)
    for path in (loftr_file, safe):
        found = Loftr(Network(find_weights("loftr", str(path)))).match(frame, other)
        np.testing.assert_allclose(found.confidence, wanted["confidence"].numpy(), atol=1e-3)
        np.testing.assert_allclose(found.points_b, wanted["keypoints1"].numpy(), atol=0.01)


def test_the_corrected_indoor_model_has_another_position_code(loftr_file: Path) -> None:
    network = Network(find_weights("loftr", str(loftr_file)))
    codes = [load_loftr(network, new).pos_encoding.pe for new in (False, True)]
    assert codes[0].shape == codes[1].shape
    assert not torch.equal(*codes)
    keys = {
        make_plan(Settings(weights={name: str(loftr_file)}, only=("mat_pix",))).measures[0].key
        for name in ("loftr", "loftr-indoor-new")
    }
    assert len(keys) == 2


def test_every_different_pixel_counts_once(tmp_path: Path, matcher_file: Path) -> None:
    frames = noise(1)
    half = frames.copy()
    half[:, :, 48:] = 255 - half[:, :, 48:]
    same = case(tmp_path, frames, frames)
    measure = DenseMatchMeasure(find_plugin(f"{matcher_file}:exact", "cpu"), **SETTINGS)
    assert value(measure, same) == 96 * 64
    assert value(measure, same, SUM.name) == 2 * 96 * 64 / 1000
    assert value(measure, case(tmp_path, frames, half)) < 0.7 * 96 * 64
    unsure = DenseMatchMeasure(find_plugin(f"{matcher_file}:unsure", "cpu"), **SETTINGS)
    assert value(unsure, same) == 10 * 64  # a confidence equal to the threshold counts


def test_frames_are_brought_to_the_stated_size(tmp_path: Path, matcher_file: Path) -> None:
    exact = find_plugin(f"{matcher_file}:exact", "cpu")
    tall = noise(1, height=128, width=64)
    assert value(DenseMatchMeasure(exact, **SETTINGS), case(tmp_path, tall, tall)) == 96 * 64
    default = DenseMatchMeasure(exact)
    assert (default.width, default.height, default.tau) == (768, 432, 0.5)
    assert (
        len({default.key, DenseMatchMeasure(exact, tau=0.2).key, DenseMatchMeasure(exact, width=9).key}) == 3
    )


def test_a_run_with_a_matcher_of_ones_own(tmp_path: Path, matcher_file: Path) -> None:
    for name in ("source", "generated"):
        Video.from_frames(noise(1), 8).save(tmp_path / f"{name}.mp4")
    row = {"id": "a", "source": "source.mp4", "generated": "generated.mp4", "preset": "arc-left"}
    (tmp_path / "manifest.jsonl").write_text(json.dumps(row))
    settings = Settings(weights={"matcher": f"{matcher_file}:exact"}, only=("mat_pix",))
    report = evaluate(tmp_path / "manifest.jsonl", tmp_path / "report", settings)
    assert report["about"]["settings"]["weights"] == {"matcher": {"from": "my_matchers.py:exact"}}
    line = json.loads((tmp_path / "report" / "clips.jsonl").read_text())
    assert line["values"] == {MEAN.name: 768 * 432, SUM.name: pytest.approx(3 * 768 * 432 / 1000)}
    assert str(tmp_path) not in json.dumps([report, line])
    skipped = evaluate(tmp_path / "manifest.jsonl", tmp_path / "other", Settings(only=("mat_pix",)))
    assert [MEAN.name in json.dumps(entry) for entry in skipped["skipped"]] == [True]


def test_a_plugin_travels_to_a_worker(matcher_file: Path, tmp_path: Path) -> None:
    plugin = find_plugin(f"{matcher_file}:exact", "cpu")
    again = pickle.loads(pickle.dumps(DenseMatchMeasure(plugin, **SETTINGS)))
    frames = noise(1)
    assert value(again, case(tmp_path, frames, frames)) == 96 * 64
    before = plugin.key
    matcher_file.write_text(EXACT + "\n# changed\n")
    assert find_plugin(f"{matcher_file}:exact", "cpu").key != before


@pytest.mark.parametrize(
    ("function", "said"),
    [("wrong", "[M,2], [M,2] and [M]"), ("endless", "not finite"), ("fails", "KeyError: 'depth'")],
)
def test_a_matcher_that_gives_no_matches_fails_its_clip(
    tmp_path: Path, matcher_file: Path, function: str, said: str
) -> None:
    plugin = find_plugin(f"{matcher_file}:{function}", "cpu")
    with pytest.raises(InputError) as caught:
        DenseMatchMeasure(plugin, **SETTINGS).measure(case(tmp_path, noise(1), noise(1)))
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ("nothing", "package.module:function"),
        ("no.such.package:roma", "ModuleNotFoundError"),
        ("FILE:absent", "AttributeError"),
        ("FILE:nameless", "makes no matcher"),
        ("FILE:raises", "no checkpoint of RoMa here"),
        ("gone.py:exact", "FileNotFoundError"),
    ],
)
def test_a_plugin_that_cannot_be_had_is_told_before_the_work(
    matcher_file: Path, spec: str, said: str
) -> None:
    with pytest.raises(CheckpointError) as caught:
        dense_matches.offer(Settings(weights={"matcher": spec.replace("FILE", str(matcher_file))}))
    assert said in str(caught.value)


def test_files_that_hold_no_loftr_are_refused(tmp_path: Path) -> None:
    files = {"text.ckpt": b"no network", "empty.ckpt": b""}
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    torch.save({"state_dict": {"conv.weight": torch.zeros(2)}}, tmp_path / "other.ckpt")
    torch.save([1, 2], tmp_path / "list.pt")
    torch.save({"model": SETTINGS, "run": Path("x")}, tmp_path / "pickled.ckpt")  # no plain tensors
    cut = tiny_loftr().state_dict()
    cut.pop("loftr_fine.layers.1.norm2.bias")
    torch.save(cut, tmp_path / "cut.ckpt")
    for name in (*files, "other.ckpt", "list.pt", "pickled.ckpt", "cut.ckpt", "gone.ckpt"):
        with pytest.raises(CheckpointError) as caught:
            dense_matches.offer(Settings(weights={"loftr": str(tmp_path / name)}))
        assert name in str(caught.value)
        assert "\n" not in str(caught.value)


def test_a_device_that_is_not_there_is_the_machines_error(loftr_file: Path) -> None:
    with pytest.raises(MachineError):
        dense_matches.offer(Settings(weights={"loftr": str(loftr_file)}, device="cuda:77"))


def test_without_a_matcher_the_figures_are_skipped(monkeypatch: pytest.MonkeyPatch, loftr_file: Path) -> None:
    skipped = dense_matches.offer(Settings()).skipped[0]
    assert skipped.figures == (MEAN, SUM)
    assert "--weights loftr=" in skipped.how
    assert "--weights matcher=" in skipped.how
    find = importlib.util.find_spec
    monkeypatch.setattr(dense_matches, "find_spec", lambda name: None if name == "kornia" else find(name))
    assert dense_matches.offer(Settings(weights={"loftr": str(loftr_file)})).skipped[0].needs == "kornia"


def test_two_matchers_are_one_too_many(loftr_file: Path) -> None:
    with pytest.raises(InputError, match="two matchers"):
        dense_matches.offer(Settings(weights={"loftr": str(loftr_file), "matcher": "a:b"}))
