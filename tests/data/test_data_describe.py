"""Captions by a vision-language model: tiny ones with random weights, saved and loaded as real ones are."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import torch
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import (
    BertConfig,
    BlipConfig,
    BlipForConditionalGeneration,
    BlipProcessor,
    BlipTextConfig,
    BlipVisionConfig,
    CLIPVisionConfig,
    LlamaConfig,
    LlavaConfig,
    LlavaForConditionalGeneration,
    LlavaProcessor,
    PreTrainedTokenizerFast,
)
from transformers.models.blip.image_processing_pil_blip import BlipImageProcessorPil
from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil

from recam.apps.cli.frame import run
from recam.apps.cli.main import app
from recam.data.captions import load_captions
from recam.data.describe import Described, describe_dataset, spread_frames
from recam.data.describe_models import CaptionOptions, Frames, load_captioner
from recam.data.index import open_index
from recam.errors import CheckpointError, InputError, MachineError, OutputError
from recam.video import Video

WORDS = [
    *("[PAD]", "[UNK]", "[CLS]", "[SEP]", "<image>", "USER:", "ASSISTANT:", "a", "man", "woman", "dog"),
    *("walks", "runs", "in", "the", "street", "room", ".", "describe", "it"),
]
CHAT = (
    "{% for m in messages %}USER: {% for c in m['content'] %}{% if c['type'] == 'image' %}<image> {% else %}"
    "{{ c['text'] }} {% endif %}{% endfor %}{% endfor %}ASSISTANT:"
)
SHORT = CaptionOptions(prompt="describe it", dtype="float32", device="cpu", max_tokens=8)


def _tokenizer() -> PreTrainedTokenizerFast:
    words = Tokenizer(models.WordLevel({word: i for i, word in enumerate(WORDS)}, unk_token="[UNK]"))
    words.pre_tokenizer = pre_tokenizers.WhitespaceSplit()  # type: ignore[assignment]
    return PreTrainedTokenizerFast(
        tokenizer_object=words,
        pad_token="[PAD]",
        unk_token="[UNK]",
        bos_token="[CLS]",
        eos_token="[SEP]",
        additional_special_tokens=["<image>"],
    )


@pytest.fixture(scope="module")
def chat_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A LLaVA of two layers."""
    folder = tmp_path_factory.mktemp("llava")
    vision = CLIPVisionConfig(
        hidden_size=16, intermediate_size=16, num_hidden_layers=2, num_attention_heads=2, image_size=28,
        patch_size=14,
    )  # fmt: skip
    text = LlamaConfig(
        vocab_size=len(WORDS), hidden_size=16, intermediate_size=16, num_hidden_layers=2,
        num_attention_heads=2, num_key_value_heads=2, pad_token_id=0, bos_token_id=2, eos_token_id=3,
        initializer_range=1.0,
    )  # fmt: skip
    torch.manual_seed(0)
    config = LlavaConfig(vision_config=vision, text_config=text, image_token_index=4, image_seq_length=4)
    LlavaForConditionalGeneration(config).save_pretrained(folder)
    pictures = CLIPImageProcessorPil(size={"shortest_edge": 28}, crop_size={"height": 28, "width": 28})
    LlavaProcessor(
        pictures,
        _tokenizer(),
        patch_size=14,
        vision_feature_select_strategy="default",
        num_additional_image_tokens=1,
        chat_template=CHAT,
    ).save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def caption_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A BLIP of two layers: a captioning model without a chat."""
    folder = tmp_path_factory.mktemp("blip")
    size = {
        "hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2,
        "initializer_range": 1.0,
    }  # fmt: skip
    text = BlipTextConfig(
        vocab_size=len(WORDS), encoder_hidden_size=16, pad_token_id=0, bos_token_id=2, eos_token_id=3,
        sep_token_id=3, max_position_embeddings=32, **size,
    )  # fmt: skip
    vision = BlipVisionConfig(image_size=28, patch_size=14, **size)
    torch.manual_seed(1)
    BlipForConditionalGeneration(BlipConfig(text_config=text, vision_config=vision)).save_pretrained(folder)
    BlipProcessor(BlipImageProcessorPil(size={"height": 28, "width": 28}), _tokenizer()).save_pretrained(
        folder
    )
    return folder


def _clips(count: int) -> list[list[np.ndarray]]:
    rng = np.random.default_rng(0)
    return [[rng.integers(0, 255, (30, 40, 3), np.uint8) for _ in range(2)] for _ in range(count)]


@pytest.mark.parametrize("kind", ["chat_model", "caption_model"])
def test_a_model_describes_clips_alone_and_together_alike(kind: str, request: pytest.FixtureRequest) -> None:
    captioner = load_captioner(str(request.getfixturevalue(kind)), SHORT)
    clips = _clips(3)
    together = list(captioner(clips))
    assert together == [text for clip in clips for text in captioner([clip])]
    assert all(set(text.split()) <= set(WORDS[4:]) and text for text in together)  # no question, no padding
    assert len(set(together)) > 1


def test_a_chat_model_looks_at_every_frame(chat_model: Path) -> None:
    captioner = load_captioner(str(chat_model), SHORT)
    clips = _clips(6)
    assert list(captioner(clips)) != list(captioner([[first, first] for first, _ in clips]))


class _Counting:
    """Says the colour of the middle frame; stops the run after a number of calls."""

    def __init__(self, calls: int = 99) -> None:
        self.calls, self.seen = calls, 0

    def __call__(self, clips: Sequence[Frames]) -> list[str]:
        if self.calls == 0:
            raise KeyboardInterrupt
        self.calls -= 1
        self.seen += len(clips)
        return [f"a picture of brightness {frames[len(frames) // 2].mean():.0f}" for frames in clips]


@pytest.fixture
def bare_world(made_world: Path) -> Path:
    """Three scenes of three cameras without a caption."""
    for file in made_world.rglob("scene.json"):
        file.write_text('{"caption": ""}')
    return made_world


def _describe(root: Path, captioner: _Counting, **options: object) -> Described:
    return describe_dataset(open_index(root), captioner, root / "captions.json", **options)  # type: ignore[arg-type]


def test_a_stopped_run_goes_on_and_ends_with_the_same_file(bare_world: Path) -> None:
    whole = _describe(bare_world, _Counting())
    expected = (bare_world / "captions.json").read_text()
    assert (whole.written, whole.kept, whole.failed) == (3, 0, [])
    (bare_world / "captions.json").unlink()
    with pytest.raises(KeyboardInterrupt):
        _describe(bare_world, _Counting(2))
    journal = bare_world / "captions.json.part.jsonl"
    assert not (bare_world / "captions.json").exists()
    journal.write_bytes(journal.read_bytes() + b'{"file_name": "half a li')  # as kill -9 leaves it
    again = _Counting()
    report = _describe(bare_world, again)
    assert (report.written, report.resumed, again.seen) == (1, 2, 1)
    assert (bare_world / "captions.json").read_text() == expected
    assert not journal.exists()
    scene = open_index(bare_world).scene("train/f24_aperture5/scene2")
    assert set(scene.captions.values()) == {load_captions(bare_world).texts[scene.name]}


def test_a_stopped_run_of_other_settings_is_not_gone_on_with(bare_world: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        _describe(bare_world, _Counting(1), settings={"model": "a"})
    with pytest.raises(InputError, match="other settings"):
        _describe(bare_world, _Counting(), settings={"model": "b"})


def test_captions_that_are_there_stay(bare_world: Path) -> None:
    mine = {"train/f24_aperture5/scene2": "mine", "train/f24_aperture5/scene0/videos/cam01.mp4": "mine too"}
    (bare_world / "captions.json").write_text(json.dumps(mine))
    report = _describe(bare_world, _Counting())
    assert (report.written, report.kept) == (2, 1)
    index = open_index(bare_world)
    assert set(index.scene("train/f24_aperture5/scene2").captions.values()) == {"mine"}
    texts = index.scene("train/f24_aperture5/scene0").captions
    assert texts["cam01"] == "mine too"
    assert texts["cam02"].startswith("a picture")
    report = _describe(bare_world, _Counting(), overwrite=True)
    assert (report.written, report.kept) == (3, 0)
    assert "mine" not in (bare_world / "captions.json").read_text()


def test_another_file_is_not_replaced(bare_world: Path) -> None:
    (bare_world / "captions.json").write_text("{}")
    (bare_world / "metadata.csv").write_text("file_name,text\n")  # which is read instead
    with pytest.raises(OutputError, match="not what was read"):
        _describe(bare_world, _Counting())


def test_every_video_can_have_its_own(bare_world: Path) -> None:
    report = _describe(bare_world, _Counting(), every_video=True, batch=4)
    assert report.written == 9
    texts = load_captions(bare_world).texts
    assert len(set(texts.values())) > 3
    assert "train/f24_aperture5/scene10/videos/cam03.mp4" in texts


def test_what_cannot_be_described_is_named(bare_world: Path) -> None:
    (bare_world / "train/f24_aperture5/scene2/videos/cam01.mp4").write_bytes(b"")
    report = _describe(bare_world, _Counting(), batch=3)
    assert report.written == 2
    (line,) = report.failed
    assert "scene2/videos/cam01.mp4: is empty" in line
    assert sorted(load_captions(bare_world).texts) == [
        "train/f24_aperture5/scene0", "train/f24_aperture5/scene10",
    ]  # fmt: skip


def test_frames_are_spread_evenly(tmp_path: Path) -> None:
    frames = np.repeat(np.arange(9, dtype=np.uint8) * 25, 16 * 16 * 3).reshape(9, 16, 16, 3)
    Video.from_frames(frames, 8).save(tmp_path / "a.mp4")
    means = [frame.mean() for frame in spread_frames(tmp_path / "a.mp4", 3)]
    assert np.allclose(means, [25, 100, 175], atol=4)
    assert len(spread_frames(tmp_path / "a.mp4", 50)) == 9


def test_models_and_functions_that_are_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))  # which the folder joins
    (tmp_path / "some_captions.py").write_text("number = 3\ndef nothing(options): return None\n")
    with pytest.raises(InputError, match="no_such_module"):
        load_captioner("no_such_module:make")
    for name in ("number", "nothing"):
        with pytest.raises(InputError, match="must be a function"):
            load_captioner(f"some_captions:{name}")
    (tmp_path / "config.json").write_text(json.dumps(BertConfig().to_dict()))
    with pytest.raises(CheckpointError, match="describes images"):
        load_captioner(str(tmp_path))


def test_a_device_that_is_none(chat_model: Path) -> None:
    with pytest.raises(MachineError, match="device teapot cannot be used"):
        load_captioner(str(chat_model), CaptionOptions(device="teapot"))


def test_the_command(
    bare_world: Path,
    chat_model: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture,
) -> None:
    assert (
        run(app, ["data", "caption", str(bare_world), "--model", str(chat_model), "--max-tokens", "6"]) == 0
    )
    assert "captions.json: 3 captions written, 0 there already, 0 failed" in capsys.readouterr().out
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "own_captions.py").write_text(
        "def make(options):\n    return lambda clips: [options.prompt + str(len(clip)) for clip in clips]\n"
    )
    mine = ["--model", "own_captions:make", "--prompt", "frames: ", "--frames", "2", "--overwrite", "--json"]
    assert run(app, ["data", "caption", str(bare_world), *mine]) == 0
    assert json.loads(capsys.readouterr().out)["written"] == 3
    assert set(load_captions(bare_world).texts.values()) == {"frames: 2"}
