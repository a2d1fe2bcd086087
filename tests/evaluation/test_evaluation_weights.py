"""Weights by path, by hub id and by checksum."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import huggingface_hub.constants
import pytest

from hub_server import Hub, serve_hub
from recam.errors import CheckpointError, InputError
from recam.evaluation.plan import Settings, make_plan
from recam.evaluation.store import content_hash
from recam.evaluation.weights import Weights, find_weights


@pytest.fixture
def hub(monkeypatch, tmp_path) -> Iterator[Hub]:
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path / "hub-cache"))
    with serve_hub() as server:
        monkeypatch.setenv("HF_ENDPOINT", server.url)
        yield server


def some_file(folder: Path, name: str = "net.pt", content: bytes = b"numbers") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(content)
    return folder / name


def test_a_file_is_known_by_its_content(tmp_path) -> None:
    path = some_file(tmp_path)
    sha = hashlib.sha256(b"numbers").hexdigest()
    assert find_weights("inception", str(path)) == Weights(path, sha)
    assert find_weights("inception", f"{path}#sha256={sha.upper()}") == Weights(path, sha)
    path.write_bytes(b"other numbers")
    assert find_weights("inception", str(path)).sha256 == hashlib.sha256(b"other numbers").hexdigest()


def test_a_folder_is_known_by_names_and_bytes(tmp_path) -> None:
    some_file(tmp_path / "clip", "model.safetensors")
    found = find_weights("clip", str(tmp_path / "clip"))
    assert found == Weights(tmp_path / "clip", content_hash(tmp_path / "clip"))
    spec = f"{tmp_path / 'clip'}#sha256={found.sha256}"
    assert find_weights("clip", spec) == found
    some_file(tmp_path / "clip", "config.json", b"{}")
    with pytest.raises(CheckpointError, match="is not what --weights clip= asks for"):
        find_weights("clip", spec)


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("nowhere/at/all.pt", "does not exist; give --weights i3d= a file or folder"),
        ("./nowhere.pt", "does not exist"),
        ("", "--weights i3d= names nothing"),
        ("net.pt#sha256=abc", "which is no SHA-256"),
        ("net.pt#sha256=" + "0" * 64, "its SHA-256 is [0-9a-f]{64}, not 0{64}; fetch it again"),
    ],
)
def test_what_cannot_be_used_is_said_in_a_line(spec, message, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    some_file(tmp_path)
    with pytest.raises(CheckpointError, match=message) as caught:
        find_weights("i3d", spec)
    assert "\n" not in str(caught.value)


def test_one_file_of_a_hub_model(hub, tmp_path) -> None:
    path = some_file(tmp_path / "repo" / "auxiliary", "i3d.pt")
    some_file(tmp_path / "repo", "large.bin")
    hub.repos["someone/metrics"] = tmp_path / "repo"
    found = find_weights("i3d", "someone/metrics:auxiliary/i3d.pt")
    assert found.path.read_bytes() == path.read_bytes()
    assert found.sha256 == hashlib.sha256(b"numbers").hexdigest()
    assert not hub.starts("large.bin")
    with pytest.raises(CheckpointError, match="is not what --weights i3d= asks for"):
        find_weights("i3d", f"someone/metrics:auxiliary/i3d.pt#sha256={'1' * 64}")
    with pytest.raises(CheckpointError, match="someone/metrics: lacks a file"):
        find_weights("i3d", "someone/metrics:missing.pt")


def test_a_hub_models_folder_comes_without_pickles(hub, tmp_path) -> None:
    some_file(tmp_path / "repo", "model.safetensors")
    some_file(tmp_path / "repo", "config.json", b"{}")
    some_file(tmp_path / "repo", "pytorch_model.bin", b"a pickle")
    hub.repos["someone/clip"] = tmp_path / "repo"
    found = find_weights("clip", "someone/clip")
    assert {file.name for file in found.path.iterdir()} == {"model.safetensors", "config.json"}
    assert not hub.starts("pytorch_model.bin")
    assert find_weights("clip", f"someone/clip#sha256={found.sha256}") == found


def test_the_first_models_of_the_hub_have_one_old_file(hub, tmp_path) -> None:
    some_file(tmp_path / "repo", "pytorch_model.bin", b"tensors")
    some_file(tmp_path / "repo", "config.json", b"{}")
    some_file(tmp_path / "repo", "training_args.bin", b"a pickle of anything")
    hub.repos["someone/old"] = tmp_path / "repo"
    found = find_weights("clip", "someone/old")
    assert {file.name for file in found.path.iterdir()} == {"pytorch_model.bin", "config.json"}
    assert not hub.starts("training_args.bin")


def test_a_hub_model_without_weights_is_refused(hub, tmp_path) -> None:
    some_file(tmp_path / "repo", "flax_model.msgpack")
    some_file(tmp_path / "repo", "config.json", b"{}")
    hub.repos["someone/flax"] = tmp_path / "repo"
    with pytest.raises(CheckpointError, match=r"has neither safetensors nor pytorch_model\.bin"):
        find_weights("clip", "someone/flax")


def test_without_a_connection_one_line_says_so(monkeypatch, tmp_path) -> None:
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path / "hub-cache"))
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")  # nothing listens here
    with pytest.raises(CheckpointError, match="check the connection") as caught:
        find_weights("i3d", "someone/metrics:i3d.pt")
    assert "\n" not in str(caught.value)


def test_a_network_that_does_not_exist_is_named() -> None:
    with pytest.raises(InputError, match="there is no network 'inceptoin'; --weights knows inception, i3d"):
        make_plan(Settings(weights={"inceptoin": "net.pt"}))
