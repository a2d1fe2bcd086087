"""Pairs of views: the right poses, frames, pixels and lens, in an order that anyone can repeat and resume."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import torch

from recam.camera import Intrinsics, write_multicamvideo
from recam.camera.formats import CameraSet, write_cameras
from recam.data.index import open_index
from recam.data.pair_loader import PairLoader, Skipped
from recam.data.pairs import Pair, PairDataset, PairSettings, collate_pairs, load_pair
from recam.data.views import ClipSettings, VideoViews, choose_window
from recam.errors import CheckpointError, DatasetError, FileError, InputError, VideoFileError
from recam.video import Video, VideoInfo, crop_and_resize, frames_to_tensor

FIVE = ClipSettings(5, 16, 16)


def _views(root: Path, settings: ClipSettings = FIVE) -> VideoViews:
    return VideoViews(open_index(root), settings)


def _file(root: Path, scene: int, camera: int) -> Path:
    return root / f"train/f24_aperture5/scene{scene}/videos/cam{camera:02d}.mp4"


def _same(one: Pair, other: Pair) -> bool:
    return torch.equal(one.source, other.source) and torch.equal(one.target, other.target)


# what a pair is


def test_a_pair_is_two_views_of_one_scene(made_world: Path) -> None:
    views = _views(made_world)
    pair = load_pair(views, 1, "cam02", "cam03")
    assert pair.scene == "train/f24_aperture5/scene2"
    assert (pair.cameras, pair.moves) == (("cam02", "cam03"), ("arc-left", "dolly-in"))
    assert pair.caption == "scene 2"
    for tensor, camera in ((pair.source, 2), (pair.target, 3)):
        assert torch.equal(tensor, frames_to_tensor(Video.load(_file(made_world, 2, camera)).frames))
    poses = views.index.scene(pair.scene).files.read_poses()
    first = poses["cam02"][0]
    np.testing.assert_allclose(pair.target_poses, poses["cam03"].relative_to(first).matrices[:, :3])
    np.testing.assert_allclose(pair.source_poses[0], np.eye(4)[:3], atol=1e-12)
    assert pair.camera.dtype == torch.float32
    np.testing.assert_allclose(pair.camera, pair.target_poses[[0, 4]].reshape(2, 12), rtol=1e-6)
    np.testing.assert_allclose(pair.source_camera[1], pair.source_poses[4].reshape(12), rtol=1e-6)


def test_relative_poses_keep_their_digits_far_from_the_origin(made_world: Path) -> None:
    folder = made_world / "train/f24_aperture5/scene0"
    poses = open_index(made_world).scene("train/f24_aperture5/scene0").files.read_poses()
    near = load_pair(_views(made_world), 0, "cam02", "cam03").camera
    shift = np.eye(4)
    shift[:3, 3] = [300.0, -20.0, 500.0]
    far = {name: type(path)(shift @ path.matrices) for name, path in poses.items()}
    write_multicamvideo(folder / "cameras/camera_extrinsics.json", far)
    moved = load_pair(_views(made_world), 0, "cam02", "cam03").camera
    np.testing.assert_allclose(moved, near, atol=2e-5)


@pytest.mark.parametrize(("stride", "start", "count"), [(1, 0, 5), (2, 3, 5), (3, 1, 9), (1, 25, 1)])
def test_any_stretch_and_stride(
    tmp_path: Path, add_scene: Callable[..., Path], stride: int, start: int, count: int
) -> None:
    add_scene(tmp_path, 0, frames=26)
    pair = load_pair(_views(tmp_path, ClipSettings(count, 16, 16, stride, start)), 0, "cam01", "cam02")
    chosen = slice(start, start + (count - 1) * stride + 1, stride)
    assert torch.equal(pair.target, frames_to_tensor(Video.load(_file(tmp_path, 0, 2)).frames[chosen]))
    poses = open_index(tmp_path).scene("train/f24_aperture5/scene0").files.read_poses()
    expected = poses["cam02"][chosen].relative_to(poses["cam01"][start]).matrices[:, :3]
    np.testing.assert_allclose(pair.target_poses, expected, atol=1e-12)


def test_a_late_stretch_is_sought_not_read_from_the_start(tmp_path: Path, add_scene) -> None:
    add_scene(tmp_path, 0, frames=90)  # 11 s: behind the seconds from which reading jumps to a key frame
    pair = load_pair(_views(tmp_path, ClipSettings(5, 16, 16, 1, 80)), 0, "cam01", "cam02")
    assert torch.equal(pair.target, frames_to_tensor(Video.load(_file(tmp_path, 0, 2)).frames[80:85]))


def test_drawn_starts_are_shared_and_reach_both_ends(tmp_path: Path, add_scene) -> None:
    add_scene(tmp_path, 0, frames=9)
    views = _views(tmp_path, ClipSettings(5, 16, 16, start="drawn"))
    starts = set()
    for seed in range(30):
        window = views.window(0, "cam01", np.random.default_rng(seed))
        starts.add(window.start)
    assert starts == {0, 1, 2, 3, 4}


def test_square_to_wide_by_a_centre_crop_and_the_focal_length_follows(tmp_path: Path, add_scene) -> None:
    add_scene(tmp_path, 0, size=48)
    views = _views(tmp_path, ClipSettings(5, 16, 32))
    pair = load_pair(views, 0, "cam01", "cam02")
    whole = Video.load(_file(tmp_path, 0, 2)).frames
    assert torch.equal(pair.target, frames_to_tensor(crop_and_resize(whole, 16, 32)))
    assert pair.lens is not None
    assert pair.lens.fx == pair.lens.fy == pytest.approx(24 / 23.76 * 32)
    assert (pair.lens.cx, pair.lens.cy) == (16, 8)
    wide, high = pair.tan_half_fov or (0, 0)
    assert wide == pytest.approx(23.76 / 48)  # the whole width is kept
    assert high == pytest.approx(wide / 2)


def test_drawn_crops_are_shared_and_shift_the_principal_point(tmp_path: Path, add_scene) -> None:
    add_scene(tmp_path, 0, size=48)
    views = _views(tmp_path, ClipSettings(5, 16, 32, crop="drawn"))
    tops = set()
    for seed in range(40):
        pair = load_pair(views, 0, "cam01", "cam02", np.random.default_rng(seed))
        top = pair.window.top
        tops.add(top)
        for tensor, camera in ((pair.source, 1), (pair.target, 2)):
            cut = Video.load(_file(tmp_path, 0, camera)).frames[:, top : top + 24]
            assert torch.equal(tensor, frames_to_tensor(crop_and_resize(cut, 16, 32)))
        assert pair.lens is not None
        assert pair.lens.fx == pair.lens.fy
        assert pair.lens.cy == pytest.approx((24 - top) * 2 / 3)
        if len(tops) > 5:
            break
    assert len(tops) > 5
    assert min(tops) >= 0
    assert max(tops) <= 24


def test_the_lens_of_a_camera_file_beats_the_folder(made_world: Path) -> None:
    index = open_index(made_world)
    scene = index.scene("train/f24_aperture5/scene0")
    own = made_world.parent / "own" / "street"
    own.mkdir(parents=True)
    for name, video in scene.files.videos.items():
        (own / f"{name}.mp4").write_bytes(video.read_bytes())
    cameras = CameraSet("recam", scene.files.read_poses(), False)
    write_cameras(own / "cameras.json", cameras, "nerfstudio", lens=Intrinsics(60, 60, 30, 30, 64, 64))
    pair = load_pair(_views(own.parent), 0, "cam01", "cam02")
    assert pair.lens == Intrinsics(15, 15, 7.5, 7.5, 16, 16)  # given for 64 x 64 pixels
    assert pair.caption == ""


def test_pairs_are_stacked(made_world: Path) -> None:
    views = _views(made_world)
    pairs = [load_pair(views, 0, "cam01", "cam02"), load_pair(views, 2, "cam03", "cam01")]
    batch = collate_pairs([pairs[0], replace(pairs[1], lens=None)])
    assert batch.target.shape == batch.source.shape == (2, 3, 5, 16, 16)
    assert torch.equal(batch.camera[1], pairs[1].camera)
    assert batch.source_camera is not None
    assert torch.equal(batch.source_camera[0], pairs[0].source_camera)
    assert batch.captions == ["scene 0", "scene 10"]
    assert batch.tan_half_fov is not None
    assert batch.tan_half_fov.isnan().tolist() == [[False] * 2, [True] * 2]


# which pairs there are


def test_pair_k_is_a_function_of_the_seed_and_k(made_world: Path) -> None:
    views = _views(made_world)
    pairs = PairDataset(views, PairSettings(seed=3, pairs_per_scene=3))
    alone = PairDataset(_views(made_world), PairSettings(seed=3, pairs_per_scene=3))
    for number in (17, 4, 200):
        assert _same(pairs[number], alone[number])
        assert pairs[number].cameras == alone[number].cameras
    others = PairDataset(views, PairSettings(seed=4, pairs_per_scene=3))
    assert [pairs.place(n) for n in range(40)] != [others.place(n) for n in range(40)]


def test_an_epoch_has_every_scene_with_every_target_once(made_world: Path) -> None:
    pairs = PairDataset(_views(made_world), PairSettings(pairs_per_scene=3))
    assert len(pairs) == 9
    orders = []
    for epoch in range(3):
        seen = [pairs[number] for number in range(9 * epoch, 9 * epoch + 9)]
        assert len({(pair.scene, pair.cameras[1]) for pair in seen}) == 9
        orders.append([(pair.scene, pair.cameras) for pair in seen])
    assert orders[0] != orders[1] != orders[2]


def test_the_source_is_another_camera_unless_asked(made_world: Path) -> None:
    views = _views(made_world)
    pairs = PairDataset(views, PairSettings(pairs_per_scene=3))
    assert all(len(set(pairs[number].cameras)) == 2 for number in range(45))
    same = PairDataset(views, PairSettings(pairs_per_scene=3, same_camera=True))
    shares = np.mean([len(set(same[number].cameras)) == 1 for number in range(90)])
    assert shares == pytest.approx(1 / 3, abs=0.15)  # sigma 0.05


@pytest.mark.parametrize("still", [0.0, 0.6, 1.0])
def test_the_source_stands_still_as_often_as_asked(made_world: Path, still: float) -> None:
    pairs = PairDataset(_views(made_world), PairSettings(still_source=still, pairs_per_scene=3))
    seen = [pairs[number].cameras for number in range(90)]
    moving = [source == "cam01" for source, target in seen if target != "cam01"]
    assert np.mean(moving) == pytest.approx(still + (1 - still) / 2, abs=0.2)  # sigma 0.07 at most
    if still == 1:
        assert all(moving)


def test_a_data_set_can_go_to_another_process(made_world: Path) -> None:
    pairs = PairDataset(_views(made_world))
    assert _same(pickle.loads(pickle.dumps(pairs))[2], pairs[2])


# shares, orders, going on


@pytest.mark.parametrize("world_size", [1, 2, 4])
def test_ranks_share_every_epoch(made_world: Path, world_size: int) -> None:
    pairs = PairDataset(_views(made_world), PairSettings(pairs_per_scene=3))
    everything = sorted((pairs[n].scene, *pairs[n].camera.flatten().tolist()) for n in range(18))
    taken = []
    for rank in range(world_size):
        for batch in PairLoader(pairs, 4, rank=rank, world_size=world_size, epochs=2):
            taken += [
                (scene, *camera.flatten().tolist())
                for scene, camera in zip(batch.scenes, batch.camera, strict=True)
            ]
    assert sorted(taken) == everything


def test_the_order_does_not_depend_on_the_workers(made_world: Path) -> None:
    pairs = PairDataset(_views(made_world), PairSettings(pairs_per_scene=2))
    orders = [
        [(batch.scenes, batch.camera.tolist()) for batch in PairLoader(pairs, 2, num_workers=n, epochs=2)]
        for n in (0, 1, 2)
    ]
    assert orders[0] == orders[1] == orders[2]
    assert [len(scenes) for scenes, _ in orders[0]] == [2] * 6


@pytest.mark.parametrize("workers", [0, 2])
def test_a_run_goes_on_in_the_middle_of_an_epoch(made_world: Path, workers: int) -> None:
    pairs = PairDataset(_views(made_world), PairSettings(pairs_per_scene=3))

    def loader(num_workers: int) -> PairLoader:
        return PairLoader(pairs, 2, rank=1, world_size=2, num_workers=num_workers, epochs=3)

    whole = [batch.camera.tolist() for batch in loader(0)]
    first = loader(workers)
    batches = iter(first)
    begun = [next(batches).camera.tolist() for _ in range(3)]  # workers have read further ahead
    state = json.loads(json.dumps(first.state_dict()))
    second = loader(2 - workers)  # another number of workers
    second.load_state_dict(state)
    assert second.epoch == 1
    assert begun + [batch.camera.tolist() for batch in second] == whole


def test_a_state_of_something_else_is_refused(made_world: Path) -> None:
    views = _views(made_world)
    state = PairLoader(PairDataset(views), 2).state_dict()
    with pytest.raises(CheckpointError, match="other scenes or settings"):
        PairLoader(PairDataset(views, PairSettings(seed=1)), 2).load_state_dict(state)
    with pytest.raises(CheckpointError, match="other processes: 1, not 2"):
        PairLoader(PairDataset(views), 2, world_size=2).load_state_dict(state)


# broken items


@pytest.mark.parametrize("workers", [0, 2])
def test_a_broken_video_stops_the_loader_by_name(made_world: Path, workers: int) -> None:
    broken = _file(made_world, 2, 3)
    broken.write_bytes(broken.read_bytes()[:300])
    pairs = PairDataset(_views(made_world), PairSettings(pairs_per_scene=3))
    with pytest.raises(VideoFileError) as caught:
        list(PairLoader(pairs, 2, num_workers=workers, epochs=1))
    assert caught.value.path == broken


@pytest.mark.parametrize("workers", [0, 2])
def test_broken_items_are_left_out_and_counted(
    made_world: Path, workers: int, caplog: pytest.LogCaptureFixture
) -> None:
    settings = PairSettings(pairs_per_scene=3)
    good = PairDataset(_views(made_world), settings)
    expected = [
        good[n].camera.tolist()
        for n in range(9)
        if "cam03" not in good[n].cameras or "scene2" not in good[n].scene
    ]
    broken = _file(made_world, 2, 3)
    broken.unlink()
    (made_world / "train/f24_aperture5/scene2/videos/cam03.mp4").write_bytes(b"no video")
    told: list[Skipped] = []
    loader = PairLoader(
        PairDataset(_views(made_world), settings), 2, num_workers=workers, epochs=1,
        on_error="skip", max_skipped=3, on_skip=told.append,
    )  # fmt: skip
    found = [camera for batch in loader for camera in batch.camera.tolist()]
    assert found == expected  # nothing in the place of what is left out
    assert len(told) == len(loader.skipped) == 9 - len(expected) > 0
    assert {skipped.error.path for skipped in told} == {broken}
    assert loader.state_dict()["skipped"] == len(told)
    assert caplog.text.count(f"skipped: {broken}") == len(told)


def test_too_many_broken_items_stop_the_loader(made_world: Path) -> None:
    for camera in (1, 2, 3):
        _file(made_world, 2, camera).write_bytes(b"no video")
    pairs = PairDataset(_views(made_world), PairSettings(pairs_per_scene=3))
    with pytest.raises(DatasetError, match="it is broken item 3, and max_skipped is 2"):
        list(PairLoader(pairs, 2, epochs=1, on_error="skip", max_skipped=2))


def test_what_makes_no_pair_is_named(made_world: Path, add_scene) -> None:
    def first(settings: ClipSettings) -> FileError:
        with pytest.raises(FileError) as caught:
            load_pair(_views(made_world, settings), 0, "cam01", "cam02")
        return caught.value

    short = first(ClipSettings(9, 16, 16, 2))
    assert str(short) == f"{_file(made_world, 0, 1)}: has 5 frames, too few for 9 frames every 2"
    assert "too few for 1 frames from frame 5 on" in str(first(ClipSettings(1, 16, 16, start=5)))
    Video.from_frames(np.full((5, 8, 8, 3), 90, np.uint8), 8).save(_file(made_world, 0, 2))
    assert "is 8x8; the other view of the pair is larger" in str(first(FIVE))
    for camera in (2, 3):
        _file(made_world, 10, camera).unlink()
    with pytest.raises(DatasetError, match="scene10: has 1 cameras; a pair needs two"):
        list(PairLoader(PairDataset(_views(made_world)), 1, epochs=1))


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: ClipSettings(8, 16, 16), "num_frames=8"),
        (lambda: ClipSettings(9, 16, 20), "width=20"),
        (lambda: ClipSettings(9, 16, 16, stride=0), "stride=0"),
        (lambda: ClipSettings(9, 16, 16, start=-1), "start=-1"),
        (lambda: PairSettings(still_source=1.5), "still_source=1.5"),
        (lambda: PairSettings(pairs_per_scene=0), "pairs_per_scene=0"),
        (lambda: PairLoader(None, 0), "batch_size=0"),  # type: ignore[arg-type]
        (lambda: PairLoader(None, 1, rank=2, world_size=2), "rank=2"),  # type: ignore[arg-type]
    ],
)
def test_numbers_out_of_range(make: Callable[[], object], said: str) -> None:
    with pytest.raises(InputError, match=said):
        make()


def test_what_is_to_be_drawn_needs_a_generator() -> None:
    info = VideoInfo(Path("a.mp4"), 16, 16, Fraction(8), 9, Fraction(0), 0, False, False, "h264")
    with pytest.raises(InputError, match="generator"):
        choose_window(info, 9, ClipSettings(5, 16, 16, crop="drawn"))
