"""FID through whole runs of a tiny Inception, against distances worked out beside it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from small_runs import MANIFEST, distance, row, run, value_of, write_clips
from tiny_detectors import TinyInception, save_inception
from tiny_networks import noise_frames, save_script

from recam.errors import CheckpointError, OutputError
from recam.evaluation.manifest import read_manifest
from recam.evaluation.measures import distances, fid
from recam.evaluation.measures.fid import InceptionFeatures
from recam.evaluation.networks import Network
from recam.evaluation.plan import Plan, Settings, make_plan
from recam.evaluation.score import score
from recam.evaluation.store import Store
from recam.evaluation.weights import PUBLISHED, find_weights
from recam.video.transforms import spread_indices


@pytest.fixture(scope="module")
def weights(tmp_path_factory) -> Path:
    return save_inception(tmp_path_factory.mktemp("weights") / "inception.pt")


@pytest.fixture
def plan(weights) -> Plan:
    return make_plan(Settings(weights={"inception": str(weights)}, only=("fid", "fid.truth")))


def features(weights: Path, *clips: np.ndarray) -> np.ndarray:
    """By the network itself, each frame alone."""
    network = torch.jit.load(str(weights))
    chosen = [clip[spread_indices(len(clip), min(16, len(clip)))] for clip in clips]
    frames = torch.from_numpy(np.concatenate(chosen)).permute(0, 3, 1, 2).float()
    with torch.no_grad():
        return torch.cat([network(frame[None], return_features=True) for frame in frames]).double().numpy()


def test_equal_videos_are_at_zero(tmp_path, plan) -> None:
    write_clips(tmp_path, {f"{k}.mkv": noise_frames(17, seed=k) for k in range(3)})
    records = run(tmp_path, plan, [row(f"r{k}", f"{k}.mkv", f"{k}.mkv", f"{k}.mkv") for k in range(3)])
    for name in ("fid", "fid.truth"):
        found = value_of(plan, records, tmp_path, name)
        assert found.value == pytest.approx(0, abs=1e-9)
        assert found.samples == 48
        assert "fewer than 2000" in found.note
        assert "not the published file (f58cb9b6ec32)" in found.note


def test_a_run_gives_the_distance_of_the_networks_features(tmp_path, plan, weights) -> None:
    """Every row counts, a source that several rows share counts once, as far as the rows go, and a video of 5
    frames gives 5."""
    sources = [noise_frames(20, seed=1), noise_frames(5, seed=2) // 2]
    ours = [noise_frames(18, seed=3 + k) // 3 for k in range(4)]
    write_clips(tmp_path, {f"s{k}.mkv": clip for k, clip in enumerate(sources)})
    write_clips(tmp_path, {f"g{k}.mkv": clip for k, clip in enumerate(ours)})
    rows = [row(f"r{k}", f"s{k // 3}.mkv", f"g{k}.mkv") for k in range(4)]
    records = run(tmp_path, plan, rows)
    found = value_of(plan, records, tmp_path, "fid")
    expected = distance(features(weights, *ours), features(weights, sources[0][:18], sources[1]))
    assert expected > 0.1
    assert found.value == pytest.approx(expected, rel=1e-5)
    assert found.samples == 64
    assert "64 and 21 samples" in found.note
    assert records[0].left_out == {"fid.truth": "the manifest gives no target"}


def test_true_videos_are_compared_where_there_are_any(tmp_path, plan, weights) -> None:
    clips = {name: noise_frames(16, seed=k) // (k + 1) for k, name in enumerate(("a", "b", "c", "t"))}
    write_clips(tmp_path, {f"{name}.mkv": clip for name, clip in clips.items()})
    rows = [row("r0", "a.mkv", "b.mkv", "t.mkv"), row("r1", "a.mkv", "c.mkv")]
    records = run(tmp_path, plan, rows)
    found = value_of(plan, records, tmp_path, "fid.truth")
    expected = distance(features(weights, clips["b"]), features(weights, clips["t"]))
    assert found.value == pytest.approx(expected, rel=1e-5)
    assert found.samples == 16


def test_workers_other_orders_and_a_second_run_give_the_same_bits(tmp_path, plan) -> None:
    names = [f"{k}.mkv" for k in range(4)]
    write_clips(tmp_path, {name: noise_frames(18, seed=k) for k, name in enumerate(names)})
    rows = [row(f"r{k}", names[k], names[(k + 1) % 4]) for k in range(4)]

    def features_kept(store: str) -> dict[str, bytes]:
        files = sorted((tmp_path / store / "features" / "inception").rglob("*.npz"))
        return {file.name: np.load(file)["pool"].tobytes() for file in files}

    values = []
    for place, workers, order in (("one", 1, rows), ("two", 2, rows), ("back", 1, rows[::-1])):
        (tmp_path / MANIFEST).write_text("\n".join(order), encoding="utf-8")
        store = Store(tmp_path / place)
        records = list(score(list(read_manifest(tmp_path / MANIFEST)), plan, store, workers=workers))
        notes = [record.notes["fid"] for record in records]
        values.append(plan.set_measures[0].score(notes, store)["fid"].value)
        again = list(score(list(read_manifest(tmp_path / MANIFEST)), plan, store))
        assert [record.notes for record in again] == [record.notes for record in records]
    assert values[0] == values[1]
    assert values[2] == pytest.approx(values[0], rel=1e-9)
    assert len(features_kept("one")) == 4
    assert features_kept("one") == features_kept("two") == features_kept("back")


def test_a_clip_seen_first_or_tenth_gives_the_same_bits(weights) -> None:
    """The script's optimiser sets in after the first calls."""
    extractor = InceptionFeatures(Network(find_weights("inception", str(weights))))
    clip = noise_frames(10)
    found = [extractor.extract(clip, 8.0)["pool"] for _ in range(10)]
    assert found[0].dtype == np.float32
    assert all(one.tobytes() == found[0].tobytes() for one in found)


def test_whatever_the_batch_the_features_are_the_same(weights, monkeypatch) -> None:
    extractor = InceptionFeatures(Network(find_weights("inception", str(weights))))
    clip = noise_frames(16)
    found = []
    for batch in (1, 4, 5, 16):
        monkeypatch.setattr(fid, "_BATCH", batch)
        found.append(extractor.extract(clip, 8.0)["pool"])
    for one in found[1:]:
        np.testing.assert_allclose(one, found[0], rtol=1e-5, atol=1e-6)


def test_a_network_saved_in_half_precision_runs_in_single(tmp_path, weights) -> None:
    torch.manual_seed(0)
    half = TinyInception().eval().half()
    path = save_script(tmp_path / "half.pt", half)
    found = InceptionFeatures(Network(find_weights("inception", str(path)))).extract(noise_frames(4), 8.0)
    single = save_script(tmp_path / "single.pt", half.float())
    expected = InceptionFeatures(Network(find_weights("inception", str(single)))).extract(
        noise_frames(4), 8.0
    )
    assert found["pool"].dtype == np.float32
    np.testing.assert_array_equal(found["pool"], expected["pool"])


def test_a_report_written_again_does_not_work_it_out_again(tmp_path, plan, monkeypatch) -> None:
    names = [f"{k}.mkv" for k in range(3)]
    write_clips(tmp_path, {name: noise_frames(4, seed=k) for k, name in enumerate(names)})
    records = run(tmp_path, plan, [row(f"r{k}", names[0], names[k]) for k in range(3)])
    first = value_of(plan, records, tmp_path, "fid")
    fewer = value_of(plan, records[:2], tmp_path, "fid")
    assert fewer.samples == 8
    assert fewer.value != first.value
    monkeypatch.setattr(distances, "frechet_distance", lambda *sides: pytest.fail("worked out again"))
    assert value_of(plan, records, tmp_path, "fid") == first
    assert value_of(plan, records[:2], tmp_path, "fid") == fewer


def test_features_that_are_gone_are_named(tmp_path, plan) -> None:
    write_clips(tmp_path, {"a.mkv": noise_frames(4)})
    records = run(tmp_path, plan, [row("r", "a.mkv", "a.mkv")])
    for file in (tmp_path / "store").rglob("*.npz"):
        file.unlink()
    with pytest.raises(OutputError, match="are gone or damaged; run the same command again"):
        value_of(plan, records, tmp_path, "fid")


def test_without_weights_it_says_what_is_needed() -> None:
    plan = make_plan(Settings(only=("fid",)))
    assert not plan.set_measures
    (skipped,) = plan.skipped
    assert [figure.name for figure in skipped.figures] == ["fid", "fid.truth"]
    assert "inception-2015-12-05.pt" in skipped.needs
    assert skipped.how == "--weights inception=PATH"


def test_what_is_no_torchscript_is_refused_before_anything_is_measured(tmp_path, weights) -> None:
    pickled = tmp_path / "state.pt"
    torch.save({"weight": torch.zeros(3)}, pickled)
    junk = tmp_path / "junk.pt"
    junk.write_bytes(b"<html>404</html>")
    for path in (pickled, junk):
        with pytest.raises(CheckpointError, match=r"is no TorchScript file .* pickled checkpoints are not"):
            make_plan(Settings(weights={"inception": str(path)}))
    with pytest.raises(CheckpointError, match="is no file; give a TorchScript file"):
        make_plan(Settings(weights={"inception": str(tmp_path)}))
    with pytest.raises(CheckpointError, match="its SHA-256 is"):
        make_plan(Settings(weights={"inception": f"{weights}#sha256={PUBLISHED['inception']}"}))


class Other(torch.nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x.mean()


def test_a_network_that_is_called_otherwise_leaves_the_clips_out_with_the_reason(tmp_path) -> None:
    path = save_script(tmp_path / "other.pt", Other())
    plan = make_plan(Settings(weights={"inception": str(path)}, only=("fid",)))
    write_clips(tmp_path, {"a.mkv": noise_frames(4)})
    (record,) = run(tmp_path, plan, [row("r", "a.mkv", "a.mkv")])
    assert "cannot be called as net(frames" in record.left_out["fid"]
    assert not record.notes


def test_one_sample_makes_no_distance(tmp_path, plan) -> None:
    write_clips(tmp_path, {"a.mkv": noise_frames(1)})
    records = run(tmp_path, plan, [row("r", "a.mkv", "a.mkv")])
    found = value_of(plan, records, tmp_path, "fid")
    assert found.value is None
    assert "needs 2 samples" in found.note
