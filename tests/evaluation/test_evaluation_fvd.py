"""FVD and FVD-V through whole runs of a tiny I3D, against distances worked out beside it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from small_runs import distance, row, run, store_of, value_of, write_clips
from tiny_detectors import save_i3d
from tiny_networks import noise_frames, write_video

from recam.camera import PRESET_NAMES
from recam.evaluation.footage import Reel
from recam.evaluation.measures import fvd
from recam.evaluation.measures.fvd import VIEWS, I3dFeatures
from recam.evaluation.networks import Network
from recam.evaluation.plan import Plan, Settings, make_plan
from recam.evaluation.score import Record
from recam.evaluation.weights import find_weights
from recam.video.transforms import spread_indices

NAMES = ("fvd", "fvd.spread", "fvd.truth", "fvd.spread_truth", "fvd_v")


@pytest.fixture(scope="module")
def weights(tmp_path_factory) -> Path:
    return save_i3d(tmp_path_factory.mktemp("weights") / "i3d.pt")


@pytest.fixture
def plan(weights) -> Plan:
    return make_plan(Settings(weights={"i3d": str(weights)}, only=NAMES))


def moving(count: int, seed: int, dim: int = 1) -> np.ndarray:
    """Noise that slides by a pixel a frame."""
    wide = noise_frames(1, 24, 32 + count, seed=seed)[0] // dim
    return np.stack([wide[:, index : index + 32] for index in range(count)])


def features(weights: Path, *clips: np.ndarray) -> np.ndarray:
    """By the network itself, each clip [T,H,W,3] alone."""
    network = torch.jit.load(str(weights))
    tensors = [torch.from_numpy(clip.copy()).permute(3, 0, 1, 2)[None].float() for clip in clips]
    with torch.no_grad():
        found = [network(clip, rescale=True, resize=True, return_features=True) for clip in tensors]
    return torch.cat(found).double().numpy()


def test_equal_videos_are_at_zero(tmp_path, plan) -> None:
    write_clips(tmp_path, {f"{k}.mkv": moving(20, k) for k in range(3)})
    records = run(tmp_path, plan, [row(f"r{k}", f"{k}.mkv", f"{k}.mkv", f"{k}.mkv") for k in range(3)])
    for name in NAMES[:4]:
        found = value_of(plan, records, tmp_path, name)
        assert found.value == pytest.approx(0, abs=1e-9)
        assert found.samples == 3
        assert "not the published file (bec6519f66ea)" in found.note


def test_a_run_gives_the_distances_of_the_networks_features(tmp_path, plan, weights) -> None:
    """The first 16 frames, and 16 spread over the clip; each source once, as far as the rows go."""
    sources = [moving(25, 1), moving(19, 2, 2)]
    ours = [moving(24, 3 + k, 3) for k in range(4)]
    truths = [moving(21, 10 + k, 2) for k in range(4)]
    for letter, clips in (("s", sources), ("g", ours), ("t", truths)):
        write_clips(tmp_path, {f"{letter}{k}.mkv": clip for k, clip in enumerate(clips)})
    rows = [row(f"r{k}", f"s{k // 2}.mkv", f"g{k}.mkv", f"t{k}.mkv") for k in range(4)]
    records = run(tmp_path, plan, rows)

    def chosen(clips: list[np.ndarray], spread: bool) -> np.ndarray:
        cut = [clip[spread_indices(len(clip), 16)] if spread else clip[:16] for clip in clips]
        return features(weights, *cut)

    for name, others, spread in (
        ("fvd", sources, False),
        ("fvd.spread", [sources[0][:24], sources[1]], True),
        ("fvd.truth", truths, False),
        ("fvd.spread_truth", truths, True),
    ):
        expected = distance(chosen(ours, spread), chosen(others, spread))
        found = value_of(plan, records, tmp_path, name)
        assert expected > 1e-3
        assert found.value == pytest.approx(expected, rel=1e-4)
        assert found.samples == 4
        assert f"4 and {len(others)} samples" in found.note


def test_a_video_of_fewer_than_16_frames_is_left_out_and_counted(tmp_path, plan) -> None:
    write_clips(tmp_path, {"long.mkv": moving(16, 0), "short.mkv": moving(15, 1)})
    records = run(tmp_path, plan, [row("r0", "long.mkv", "short.mkv"), row("r1", "short.mkv", "long.mkv")])
    reasons = [record.left_out["fvd"] for record in records]
    assert reasons[0] == "the generated video has fewer than the 16 frames that FVD takes"
    assert reasons[1] == (
        "the source video has, at the times of the generated one, fewer than the 16 frames that FVD takes"
    )
    assert not any("fvd" in record.notes for record in records)


def test_a_source_is_seen_at_the_times_of_the_generated_video(tmp_path, plan, weights) -> None:
    """A method that read every second frame from the third on, whatever rates the files state."""
    source, ours = moving(40, 1), [moving(18, 3), moving(18, 4)]
    write_clips(tmp_path, {"s.mkv": source, "z.mkv": source[::-1], "g0.mkv": ours[0], "g1.mkv": ours[1]})
    steps = {"source_start": 2, "source_stride": 2}
    rows = [row(f"r{k}", name, f"g{k}.mkv", **steps) for k, name in enumerate(("s.mkv", "z.mkv"))]
    records = run(tmp_path, plan, rows)
    shown = [clip[2:38:2] for clip in (source, source[::-1])]
    for name, times in (("fvd", slice(16)), ("fvd.spread", spread_indices(18, 16))):
        expected = distance(
            features(weights, *(clip[times] for clip in ours)),
            features(weights, *(clip[times] for clip in shown)),
        )
        assert value_of(plan, records, tmp_path, name).value == pytest.approx(expected, rel=1e-4)


def test_a_clip_seen_first_or_tenth_gives_the_same_bits(weights) -> None:
    extractor = I3dFeatures(Network(find_weights("i3d", str(weights))))
    clip = moving(20, 0)
    found = [extractor.extract(clip, 8.0) for _ in range(5)]
    for name in ("first", "spread"):
        assert found[0][name].shape == (1, 5)
        assert all(one[name].tobytes() == found[0][name].tobytes() for one in found)


def many_views(folder: Path, count: int, method: str = "", dim: int = 2, frames: int = 12) -> list[str]:
    """Rows of two sources with ``count`` views each, every one with its true video."""
    rows = []
    for source in range(2):
        write_video(folder / f"s{source}.mkv", moving(frames, source))
        for view, preset in enumerate(PRESET_NAMES[:count]):
            name = f"{method}{source}{view}"
            write_video(folder / f"g{name}.mkv", moving(frames, 100 + 20 * source + view, dim))
            write_video(folder / f"t{source}{view}.mkv", moving(frames, 200 + 20 * source + view))
            rows.append(
                row(name, f"s{source}.mkv", f"g{name}.mkv", f"t{source}{view}.mkv", preset=preset,
                    method=method)
            )  # fmt: skip
    return rows


def view_features(weights: Path, count: int, letter: str, dim: int) -> np.ndarray:
    """Clips of ``count`` views at 8 of 12 times, not the first, of two sources; views by presets' names."""
    presets = sorted(range(count), key=lambda view: PRESET_NAMES[view])
    clips = []
    for source in range(2):
        seeds = [(100 if letter == "g" else 200) + 20 * source + view for view in presets]
        views = np.stack([_shrunk(moving(12, seed, dim)) for seed in seeds])
        clips += [views[:, time] for time in spread_indices(12, 9)[1:]]
    return features(weights, *clips)


def _shrunk(frames: np.ndarray) -> np.ndarray:
    tensor = torch.from_numpy(frames).permute(0, 3, 1, 2).float()
    tensor = torch.nn.functional.interpolate(tensor, (224, 224), mode="bilinear")
    return tensor.round().to(torch.uint8).permute(0, 2, 3, 1).numpy()


def test_fvd_v_takes_the_views_of_one_time_as_a_clip(tmp_path, plan, weights) -> None:
    records = run(tmp_path, plan, many_views(tmp_path, VIEWS))
    found = value_of(plan, records, tmp_path, "fvd_v")
    expected = distance(view_features(weights, VIEWS, "g", 2), view_features(weights, VIEWS, "t", 1))
    assert expected > 1e-3
    assert found.value == pytest.approx(expected, rel=1e-4)
    assert found.samples == 16
    few = plan.set_measures[-1].score(
        [record.notes["fvd_v"] for record in records[: VIEWS - 1]], store_of(tmp_path)
    )
    assert few["fvd_v"].value is None
    assert "all views of a source together" in few["fvd_v"].note


def test_fvd_v_of_true_videos_is_zero_and_methods_are_kept_apart(tmp_path, plan) -> None:
    rows = many_views(tmp_path, VIEWS, "ours")
    rows += [line.replace('"id": "ours', '"id": "same').replace('"method": "ours"', '"method": "same"')
             .replace('"generated": "gours', '"generated": "t') for line in rows]  # fmt: skip
    records = run(tmp_path, plan, rows)

    def of(method: str) -> list[Record]:
        return [record for record in records if record.method == method]

    assert value_of(plan, of("same"), tmp_path, "fvd_v").value == pytest.approx(0, abs=1e-9)
    assert value_of(plan, of("ours"), tmp_path, "fvd_v").value > 1e-3


def test_fvd_v_needs_views_enough_and_true_ones(tmp_path, plan) -> None:
    rows = many_views(tmp_path, VIEWS - 1)
    records = run(tmp_path, plan, [*rows, row("free", "s0.mkv", "g00.mkv", preset="tilt-up")])
    reason = "the source has fewer than the 9 views with a true video that FVD-V takes"
    assert {record.left_out["fvd_v"] for record in records[:-1]} == {reason}
    assert records[-1].left_out["fvd_v"] == "the manifest gives no target"


def test_a_broken_view_leaves_the_others_of_its_source(tmp_path, plan, weights) -> None:
    rows = many_views(tmp_path, VIEWS + 1)
    (tmp_path / "g00.mkv").write_bytes(b"no video")
    records = run(tmp_path, plan, rows)
    assert records[0].reason
    assert all("fvd_v" in record.notes for record in records[1:])
    assert value_of(plan, records, tmp_path, "fvd_v").samples == 16


def test_a_view_of_another_length_is_read_at_the_same_times(tmp_path) -> None:
    """A method that writes 24 frames at twice the rate shows the same times at every other frame."""
    slow = moving(12, 0)
    write_video(tmp_path / "slow.mkv", slow, fps=8)
    write_video(tmp_path / "fast.mkv", np.repeat(slow, 2, axis=0), fps=16)
    times = spread_indices(12, 8)
    reel = Reel()
    pictures = [
        fvd._pictures(reel.footage(tmp_path / name), times, 12, 8.0) for name in ("slow.mkv", "fast.mkv")
    ]
    np.testing.assert_array_equal(pictures[0], pictures[1])


def test_views_are_shrunk_to_the_same_pixels_with_any_number_of_threads(tmp_path) -> None:
    write_video(tmp_path / "clip.mkv", moving(12, 0))
    pictures = []
    threads = torch.get_num_threads()
    try:
        for count in (1, 2):
            torch.set_num_threads(count)
            pictures.append(fvd._pictures(Reel().footage(tmp_path / "clip.mkv"), np.arange(12), 12, 8.0))
    finally:
        torch.set_num_threads(threads)
    np.testing.assert_array_equal(pictures[0], pictures[1])


def test_without_weights_it_says_what_is_needed() -> None:
    plan = make_plan(Settings(only=("fvd_v",)))
    (skipped,) = plan.skipped
    assert tuple(figure.name for figure in skipped.figures) == NAMES
    assert "i3d_torchscript.pt" in skipped.needs
    assert skipped.how == "--weights i3d=PATH"
