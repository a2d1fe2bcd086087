"""How the tests type a command, and the small files that they type it on."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest
from typed import ENVIRONMENT, RECAM, Ran, moving_square

from recam.apps.cli.frame import run
from recam.apps.cli.main import app
from recam.camera import CameraPath, Poses, write_multicamvideo
from recam.video import Video

Typed = Callable[..., Ran]


@pytest.fixture
def recam(capsys: pytest.CaptureFixture[str]) -> Typed:
    """Run ``recam`` with these words inside the test's own process."""

    def typed(*words: object) -> Ran:
        capsys.readouterr()
        code = run(app, [str(word) for word in words])
        out, err = capsys.readouterr()
        return Ran(code, out, err)

    return typed


@pytest.fixture
def recam_process() -> Typed:
    """Run the installed ``recam`` with these words as a process of its own."""

    def typed(*words: object, preexec_fn: Callable[[], None] | None = None) -> Ran:
        done = subprocess.run(
            [*RECAM, *(str(word) for word in words)],
            capture_output=True, text=True, timeout=600, env=ENVIRONMENT, preexec_fn=preexec_fn,
        )  # fmt: skip
        return Ran(done.returncode, done.stdout, done.stderr)

    return typed


@pytest.fixture
def cameras_json(tmp_path: Path) -> Path:
    """A MultiCamVideo file of 9 frames: cam01 stands still, 1 m to the right of where cam02 drives in."""
    still = np.tile(np.eye(4), (9, 1, 1))
    still[:, 0, 3] = 1.0
    file = tmp_path / "cameras.json"
    drive = CameraPath.preset("dolly-in", num_frames=9).poses
    write_multicamvideo(file, {"cam01": Poses(still), "cam02": drive})
    return file


@pytest.fixture(scope="session")
def video_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[[int], Path]:
    """A real mp4 with that many frames at 8 frames a second."""
    folder = tmp_path_factory.mktemp("videos")

    def make(num_frames: int) -> Path:
        file = folder / f"{num_frames}.mp4"
        if not file.exists():
            Video.from_frames(moving_square(num_frames), 8).save(file)
        return file

    return make


def _truncated(source: Path, file: Path) -> None:
    file.write_bytes(source.read_bytes()[: source.stat().st_size * 6 // 10])


def _headless(source: Path, file: Path) -> None:
    content = source.read_bytes()
    assert content.index(b"moov") < content.index(b"mdat")  # written for the web: the index comes first
    file.write_bytes(content[: content.index(b"moov") - 4])


def _no_frames(source: Path, file: Path) -> None:
    with av.open(str(file), "w", format="avi") as container:  # an mp4 would drop the empty stream
        stream = container.add_stream("mpeg4", rate=8)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        container.start_encoding()


def _sound_only(source: Path, file: Path) -> None:
    with av.open(str(file), "w") as container:
        stream = container.add_stream("aac", rate=44100, layout="mono")
        for start in range(0, 44100, 1024):
            frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), format="fltp", layout="mono")
            frame.sample_rate, frame.pts = 44100, start
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


BAD_VIDEOS: dict[str, tuple[Callable[[Path, Path], object], str]] = {
    "no such file": (lambda source, file: None, "no such file"),
    "a directory": (lambda source, file: file.mkdir(), "folder"),
    "a text file": (lambda source, file: file.write_text("hello, I am a text\n" * 50), ""),
    "an empty file": (lambda source, file: file.write_bytes(b""), "empty"),
    "truncated": (_truncated, ""),
    "no index": (_headless, ""),
    "no frames": (_no_frames, "frame"),
    "sound only": (_sound_only, "no video"),
}


@pytest.fixture(params=BAD_VIDEOS)
def bad_video(
    request: pytest.FixtureRequest, tmp_path: Path, video_of: Callable[[int], Path]
) -> tuple[Path, str]:
    """A file that is no whole video, and a word that the refusal must say."""
    make, word = BAD_VIDEOS[request.param]
    file = tmp_path / "bad.mp4"
    make(video_of(24), file)
    return file, word


@pytest.fixture
def only(tmp_path: Path) -> Callable[..., None]:
    """Check that the test's folder holds these names and nothing else: no output, no temporary file."""

    def check(*names: str) -> None:
        assert sorted(path.name for path in tmp_path.iterdir()) == sorted(names)

    return check


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> Callable[[dict], Path]:
    """Folder of a miniature model with these settings."""
    folder = tmp_path_factory.mktemp("models")

    def make(settings: dict) -> Path:
        path = folder / settings["name"]
        if not path.exists():
            import torch
            from diffusers import AutoencoderKLWan
            from transformers import ByT5Tokenizer, UMT5Config, UMT5EncoderModel

            from recam.models import RecamTransformer3DModel
            from recam.pipeline import RecamPipeline

            torch.manual_seed(0)
            RecamPipeline(
                RecamTransformer3DModel(
                    num_attention_heads=2, attention_head_dim=12, text_dim=16, freq_dim=32, ffn_dim=32,
                    num_layers=2, camera_init_std=0.5,
                ),
                AutoencoderKLWan(base_dim=4, dim_mult=[1, 2, 2, 2], num_res_blocks=1),
                UMT5EncoderModel(
                    UMT5Config(vocab_size=384, d_model=16, d_kv=8, d_ff=32, num_layers=2, num_heads=2)
                ),
                ByT5Tokenizer(),
                settings=settings | {"max_sequence_length": 16, "negative_prompt": ""},
            ).save_pretrained(path)  # fmt: skip
        return path

    return make
