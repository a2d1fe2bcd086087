"""CLIP-T, CLIP-F and CLIP-V: how pictures and captions reach CLIP, and known answers."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from small_runs import row, run
from tiny_networks import (
    MOST_TOKENS,
    flat_frames,
    noise_frames,
    open_case,
    save_clip,
    save_preparation,
    write_video,
)
from transformers import CLIPModel
from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil

from recam.errors import CheckpointError, InputError, MachineError
from recam.evaluation.case import Case
from recam.evaluation.frame_features import BATCH, ClipFrames, caption_features, read_preparation
from recam.evaluation.measure import Found
from recam.evaluation.measures import clip
from recam.evaluation.networks import Network, load_clip
from recam.evaluation.plan import Settings, make_plan
from recam.evaluation.store import Store
from recam.evaluation.weights import find_weights

RED, GREEN, BLUE = (255, 0, 0), (0, 255, 0), (0, 0, 255)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_clip(tmp_path_factory.mktemp("clip"))


def network_of(folder: Path) -> Network:
    return Network(find_weights("clip", str(folder)))


def measured(name: str, folder: Path, case: Case) -> Found:
    (measure,) = (m for m in clip.offer(Settings({"clip": str(folder)})).measures if m.name == name)
    return measure.measure(case)


def embedded(folder: Path, frames: np.ndarray) -> np.ndarray:
    """By transformers alone, each frame on its own, at length 1."""
    pictures = CLIPImageProcessorPil.from_pretrained(folder)(list(frames), return_tensors="pt")
    model = CLIPModel.from_pretrained(folder).eval()
    with torch.no_grad():
        found = model.get_image_features(**pictures).pooler_output.double().numpy()
    return found / np.linalg.norm(found, axis=1, keepdims=True)


@pytest.mark.parametrize(("height", "width"), [(32, 48), (61, 37), (28, 28), (20, 33)])
def test_pictures_are_prepared_as_transformers_does(folder, height, width) -> None:
    frames = noise_frames(2, height, width)
    theirs = CLIPImageProcessorPil.from_pretrained(folder)(list(frames), return_tensors="np")["pixel_values"]
    ours = read_preparation(network_of(folder))(frames)
    assert ours.dtype == np.float32
    np.testing.assert_allclose(ours, theirs, atol=1e-6)


def test_the_settings_of_a_folder_count(folder, tmp_path) -> None:
    frames = noise_frames(1, 40, 60)
    for number, options in enumerate(
        [{"do_center_crop": False}, {"resample": 2}, {"image_mean": [0, 0.1, 1]}]
    ):
        save_preparation(tmp_path / str(number), 28, **options)
        theirs = CLIPImageProcessorPil.from_pretrained(tmp_path / str(number))(
            list(frames), return_tensors="np"
        )
        ours = read_preparation(network_of(tmp_path / str(number)))(frames)
        np.testing.assert_allclose(ours, theirs["pixel_values"], atol=1e-6)
        assert not np.allclose(
            theirs["pixel_values"].mean(), read_preparation(network_of(folder))(frames).mean()
        )


def test_sizes_may_be_plain_numbers_as_in_the_first_published_folders(folder, tmp_path) -> None:
    frames = noise_frames(1, 40, 60)
    config = json.loads((folder / "preprocessor_config.json").read_text()) | {"size": 28, "crop_size": 28}
    (tmp_path / "preprocessor_config.json").write_text(json.dumps(config))
    ours = read_preparation(network_of(tmp_path))(frames)
    np.testing.assert_array_equal(ours, read_preparation(network_of(folder))(frames))


@pytest.mark.parametrize(
    "config",
    ["[", "[1]", "{}", '{"size": 20, "crop_size": 28, "image_mean": [0, 0, 0], "image_std": [1, 1, 1]}',
     '{"size": 28, "image_mean": [0, 0, 0], "image_std": [1, 0, 1]}',
     '{"size": 28, "image_mean": [0, 0], "image_std": [1, 1]}',
     '{"size": 28, "do_rescale": false, "image_mean": [0, 0, 0], "image_std": [1, 1, 1]}'],
)  # fmt: skip
def test_a_broken_way_to_prepare_pictures_is_refused(config, tmp_path) -> None:
    (tmp_path / "preprocessor_config.json").write_text(config)
    with pytest.raises(CheckpointError, match=r"preprocessor_config\.json"):
        read_preparation(network_of(tmp_path))


def test_clip_f_is_the_mean_cosine_of_adjacent_frames(folder, tmp_path) -> None:
    frames = np.concatenate([flat_frames(RED, GREEN), noise_frames(2)])
    case = open_case(tmp_path, write_video(tmp_path / "a.mkv", frames))
    of = embedded(folder, frames)
    expected = 100 * np.mean([of[0] @ of[1], of[1] @ of[2], of[2] @ of[3]])
    assert measured("clip.f", folder, case).values["clip.f"] == pytest.approx(expected, abs=1e-4)
    assert expected < 99


def test_a_still_clip_has_clip_f_100_and_a_copy_has_clip_v_100(folder, tmp_path) -> None:
    still = write_video(tmp_path / "still.mkv", np.repeat(noise_frames(1), 3, axis=0))
    assert measured("clip.f", folder, open_case(tmp_path, still)).values["clip.f"] == pytest.approx(100)
    moving = write_video(tmp_path / "moving.mkv", noise_frames(3))
    copy = write_video(tmp_path / "copy.mkv", noise_frames(3))
    assert measured("clip.v", folder, open_case(tmp_path, moving, copy)).values["clip.v"] == pytest.approx(
        100
    )


def test_clip_v_pairs_frames_of_the_same_time(folder, tmp_path) -> None:
    source = np.concatenate([flat_frames(RED, RED, GREEN, GREEN, BLUE, BLUE)])
    twice = write_video(tmp_path / "source.mkv", source, fps=16)
    right = write_video(tmp_path / "right.mkv", flat_frames(RED, GREEN, BLUE), fps=8)
    wrong = write_video(tmp_path / "wrong.mkv", flat_frames(GREEN, BLUE, RED), fps=8)
    assert measured("clip.v", folder, open_case(tmp_path, right, twice)).values["clip.v"] == pytest.approx(
        100
    )
    of = embedded(folder, flat_frames(RED, GREEN, BLUE))
    expected = 100 * np.mean([of[0] @ of[1], of[1] @ of[2], of[2] @ of[0]])
    found = measured("clip.v", folder, open_case(tmp_path, wrong, twice)).values["clip.v"]
    assert found == pytest.approx(expected, abs=1e-4)


def test_clip_t_is_the_mean_cosine_of_caption_and_frames(folder, tmp_path) -> None:
    frames = noise_frames(2)
    case = open_case(tmp_path, write_video(tmp_path / "a.mkv", frames), caption="a red wall")
    model = CLIPModel.from_pretrained(folder).eval()
    with torch.no_grad():
        text = (
            model.get_text_features(input_ids=torch.tensor([[1, 3, 4, 7, 2]]))
            .pooler_output[0]
            .double()
            .numpy()
        )
    expected = 100 * np.mean(embedded(folder, frames) @ (text / np.linalg.norm(text)))
    found = measured("clip.t", folder, case)
    assert found.values["clip.t"] == pytest.approx(expected, abs=1e-4)
    assert not found.details


def test_a_caption_that_is_too_long_is_cut_and_the_clip_says_so(folder, tmp_path) -> None:
    words = "a red wall moves a green wall"
    short, long = (caption_features(network_of(folder), text) for text in (words[:-10], words))
    assert (short.tokens, short.used) == (7, 7)
    assert (long.tokens, long.used) == (9, MOST_TOKENS)
    case = open_case(tmp_path, write_video(tmp_path / "a.mkv", noise_frames(2)), caption=words)
    details = measured("clip.t", folder, case).details
    assert details == {"caption": "cut to 8 of its 9 tokens, CLIP's most"}


def test_a_clip_without_a_caption_lacks_clip_t_alone(folder, tmp_path) -> None:
    case = open_case(tmp_path, write_video(tmp_path / "a.mkv", noise_frames(2)))
    lacks = {
        measure.name: case.lacks(measure.inputs)
        for measure in clip.offer(Settings({"clip": str(folder)})).measures
    }
    assert lacks == {"clip.t": "caption", "clip.f": "", "clip.v": ""}


def test_one_frame_has_no_clip_f(folder, tmp_path) -> None:
    case = open_case(tmp_path, write_video(tmp_path / "a.mkv", noise_frames(1)))
    found = measured("clip.f", folder, case)
    assert found.values["clip.f"] is None
    assert found.missing["clip.f"].status == "undefined"


def test_orthogonal_features_have_cosine_0_and_zeros_too() -> None:
    features = np.array([[3.0, 0, 0], [0, 2, 0], [0, 0, 0]], dtype=np.float32)
    cosines = clip.directions(features) @ clip.directions(features).T
    np.testing.assert_array_equal(cosines, np.diag([1.0, 1.0, 0.0]))


def test_features_are_kept_and_shared_by_the_three_figures(folder, tmp_path) -> None:
    case = open_case(tmp_path, write_video(tmp_path / "a.mkv", noise_frames(2)), caption="a wall")
    frames = ClipFrames(network_of(folder))
    first = measured("clip.f", folder, case)
    kept = Store(tmp_path / "store").features("clip", case.features_key(case.generated, frames))
    assert kept is not None
    assert kept["features"].shape == (2, 12)
    Store(tmp_path / "store").keep_features(
        "clip", case.features_key(case.generated, frames), {"features": np.eye(2, 12, dtype=np.float32)}
    )
    assert measured("clip.f", folder, case).values["clip.f"] == 0 != first.values["clip.f"]


def test_a_frames_features_depend_on_its_video_alone(folder) -> None:
    frames = noise_frames(BATCH + 3)
    extractor = ClipFrames(network_of(folder))
    whole, again = (extractor.extract(frames, 8.0)["features"] for _ in range(2))
    np.testing.assert_array_equal(whole, again)
    np.testing.assert_allclose(whole[BATCH:], extractor.extract(frames[BATCH:], 8.0)["features"], atol=1e-6)


def test_another_model_or_device_is_another_measure(folder, tmp_path) -> None:
    other = save_clip(tmp_path / "other", seed=5)
    keys = {
        measure.key
        for settings in (
            Settings({"clip": str(folder)}), Settings({"clip": str(other)}),
            Settings({"clip": str(folder)}, device="cuda"),
        )
        for measure in clip.offer(settings).measures
    }  # fmt: skip
    assert len(keys) == 9


def test_without_weights_the_figures_are_skipped_and_it_is_said_how() -> None:
    offer = clip.offer(Settings())
    assert not offer.measures
    (skipped,) = offer.skipped
    assert [figure.name for figure in skipped.figures] == ["clip.t", "clip.f", "clip.v"]
    assert skipped.how == "--weights clip=openai/clip-vit-large-patch14"


def test_a_folder_that_lacks_weights_is_refused_rather_than_filled_at_random(folder, tmp_path) -> None:
    from safetensors.torch import load_file, save_file

    save_clip(tmp_path)
    weights = load_file(tmp_path / "model.safetensors")
    del weights["text_projection.weight"]
    save_file(weights, tmp_path / "model.safetensors", {"format": "pt"})
    with pytest.raises(
        CheckpointError, match=r"lacks 1 weights, such as text_projection.weight; give openai/"
    ):
        load_clip(network_of(tmp_path))


def test_what_is_no_clip_is_refused_in_a_line(folder, tmp_path) -> None:
    (tmp_path / "empty").mkdir()
    save_clip(tmp_path / "broken")
    (tmp_path / "broken" / "model.safetensors").write_bytes(b"\xff" * 100)
    save_clip(tmp_path / "speechless")
    for file in (tmp_path / "speechless").glob("tokenizer*"):
        file.unlink()
    for name, message in (("empty", "is no folder of transformers"), ("broken", "cannot be used as a CLIP")):
        with pytest.raises(CheckpointError, match=message) as caught:
            load_clip(network_of(tmp_path / name))
        assert "\n" not in str(caught.value)
    with pytest.raises(CheckpointError, match="has no tokenizer"):
        caption_features(network_of(tmp_path / "speechless"), "a wall")


def test_broken_weights_end_a_run_rather_than_fail_every_clip(tmp_path) -> None:
    save_clip(tmp_path / "broken")
    (tmp_path / "broken" / "model.safetensors").write_bytes(b"\xff" * 100)
    write_video(tmp_path / "a.mkv", noise_frames(2))
    plan = make_plan(Settings({"clip": str(tmp_path / "broken")}, only=("clip.f",)))
    with pytest.raises(CheckpointError, match="cannot be used as a CLIP"):
        run(tmp_path, plan, [row("one", "a.mkv", "a.mkv")])
    save_clip(tmp_path / "broken")
    plan = make_plan(Settings({"clip": str(tmp_path / "broken")}, only=("clip.f",)))
    (record,) = run(tmp_path, plan, [row("one", "a.mkv", "a.mkv")])
    assert record.found["clip.f"].values["clip.f"] is not None


def test_weights_that_are_not_finite_fail_the_clip(folder, tmp_path) -> None:
    save_clip(tmp_path / "nan")
    model = CLIPModel.from_pretrained(tmp_path / "nan")
    model.visual_projection.weight.data[0, 0] = float("nan")
    model.save_pretrained(tmp_path / "nan")
    case = open_case(tmp_path, write_video(tmp_path / "a.mkv", noise_frames(2)))
    with pytest.raises(InputError, match="not finite"):
        measured("clip.f", tmp_path / "nan", case)


def test_a_device_that_is_not_there_is_the_machines_error(folder) -> None:
    with pytest.raises(MachineError, match="device 'warp' cannot be used"):
        load_clip(Network(find_weights("clip", str(folder)), "warp"))
