"""Networks of measures, in float32, loaded once a process and never in part: a weight that a folder lacks is
an error, where ``transformers`` would draw it at random."""

from __future__ import annotations

import json
import pickle
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from recam.errors import CheckpointError, InputError, MachineError

if TYPE_CHECKING:
    import torch

    from recam.evaluation.weights import Weights

HELD = 8
"""Networks that a process holds: more than one clip needs."""


@dataclass(frozen=True)
class Network:
    """Weights, and where they run."""

    weights: Weights
    device: str = "cpu"

    @property
    def key(self) -> str:
        """Changes with whatever may change an output's digits."""
        return f"{self.weights.sha256} {self.device.partition(':')[0]}"

    @property
    def path(self) -> Path:
        return self.weights.path


@dataclass(frozen=True)
class Kind:
    """A kind of model in a folder of ``transformers``."""

    model_type: str
    """In ``config.json``."""
    title: str
    example: str


CLIP = Kind("clip", "CLIP", "openai/clip-vit-large-patch14")
VIT = Kind("vit", "vision transformer", "facebook/dino-vitb16")


def check_folder(network: Network, kind: Kind) -> Network:
    """``network`` itself, if its folder says that it holds such a model; nothing is loaded.

    Raises:
        CheckpointError: it does not, or lacks its weights.
    """
    path = network.path
    if not (path / "config.json").is_file():
        raise CheckpointError(
            path,
            f"is no folder of transformers with a {kind.title} (config.json, model.safetensors); give "
            f"{kind.example}",
        )
    found = read_config(path, "config.json").get("model_type")
    if found != kind.model_type:
        raise CheckpointError(path, f"holds a {found!r:.40}, not a {kind.title}; give {kind.example}")
    if not (any(path.glob("*.safetensors")) or any(path.glob("pytorch_model*.bin"))):
        raise CheckpointError(path, "has no weights (model.safetensors); download them too")
    return network


@lru_cache(maxsize=HELD)
def load_clip(network: Network) -> Any:
    """CLIP of ``transformers`` (``CLIPModel``).

    Raises:
        CheckpointError: no folder with a whole CLIP.
        MachineError: the device cannot be used.
    """
    from transformers import CLIPModel

    return _load_folder(CLIPModel, network, CLIP)


@lru_cache(maxsize=HELD)
def load_vit(network: Network) -> Any:
    """A vision transformer of ``transformers`` (``ViTModel``), without the layer after its class token.

    Raises:
        CheckpointError: no folder with a whole vision transformer.
        MachineError: the device cannot be used.
    """
    from transformers import ViTModel

    return _load_folder(ViTModel, network, VIT, add_pooling_layer=False)


@lru_cache(maxsize=HELD)
def load_tokenizer(network: Network) -> Any:
    """The tokenizer of a folder of ``transformers``.

    Raises:
        CheckpointError: it has none that can be read.
    """
    from transformers import AutoTokenizer

    whole = ("tokenizer.json",), ("vocab.json", "merges.txt")
    if not any(all((network.path / name).is_file() for name in names) for names in whole):
        # without them transformers would make one that knows no words
        raise CheckpointError(
            network.path, "has no tokenizer (tokenizer.json, or vocab.json and merges.txt); download it too"
        )
    try:
        return AutoTokenizer.from_pretrained(network.path, local_files_only=True)
    except _BROKEN as error:
        raise CheckpointError(network.path, f"has no tokenizer that can be read ({_said(error)})") from error


@lru_cache(maxsize=HELD)
def load_script(network: Network) -> Any:
    """A TorchScript module.

    Raises:
        CheckpointError: no TorchScript.
        MachineError: the device cannot be used.
    """
    import torch

    _check_file(network.path, "a TorchScript file (torch.jit.save)")
    device = as_device(network.device)
    with running(network.device):
        try:
            script = torch.jit.load(str(network.path), map_location=device)
            return script.eval().float()  # one saved in half precision for a GPU gives the same on a CPU
        except torch.OutOfMemoryError:
            raise
        except _BROKEN as error:
            raise CheckpointError(
                network.path, f"is no TorchScript ({_said(error)}); give a file of torch.jit.save"
            ) from error


@lru_cache(maxsize=HELD)
def load_linear(weights: Weights) -> tuple[NDArray[np.float64], float]:
    """A linear layer with one output: its weights [D] and its bias, of a state dict (safetensors or torch).

    Raises:
        CheckpointError: the file holds no such layer.
    """
    import torch
    from safetensors.torch import load_file

    path = weights.path
    _check_file(path, "a file of a linear layer, such as sa_0_4_vit_l_14_linear.pth")
    try:
        if path.suffix == ".safetensors":
            state: Any = load_file(path)
        else:
            state = torch.load(path, map_location="cpu", weights_only=True)
    except _BROKEN as error:
        raise CheckpointError(
            path, f"is no state dict of plain tensors ({_said(error)}); download it again"
        ) from error
    weight, bias = (
        (state.get(name) for name in ("weight", "bias")) if isinstance(state, dict) else (None, None)
    )
    if not (
        isinstance(weight, torch.Tensor)
        and isinstance(bias, torch.Tensor)
        and weight.ndim == 2
        and weight.shape[0] == 1
        and bias.numel() == 1
    ):
        raise CheckpointError(path, "is no linear layer with one output (weight [1,D] and bias [1])")
    return weight[0].double().numpy(), float(bias.double())


def read_config(path: Path, *names: str) -> Mapping[str, Any]:
    """The first of some JSON files of a folder that exists.

    Raises:
        CheckpointError: none exists, or it is no JSON object.
    """
    for name in names:
        file = path / name
        if file.is_file():
            try:
                found = json.loads(file.read_bytes())
            except (OSError, ValueError, RecursionError) as error:
                raise CheckpointError(file, f"is no JSON ({_said(error)})") from error
            if not isinstance(found, dict):
                raise CheckpointError(file, "is no JSON object")
            return found
    raise CheckpointError(path, f"lacks {names[0]}, which says how pictures are prepared; download it too")


def as_device(name: str) -> torch.device:
    """Raises:
    MachineError: torch knows no such device, or this machine has none.
    """
    import torch

    try:
        device = torch.device(name)
        torch.zeros(1, device=device)
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        raise MachineError(
            f"device {name!r} cannot be used ({_said(error)}); give cpu, or a device that torch sees"
        ) from error
    return device


@contextmanager
def running(device: str) -> Iterator[None]:
    """Without gradients, and giving the same digits however often and after whatever it is called; memory
    that does not suffice is the machine's error, not the clip's.

    On the CPU in one thread: the last bits depend on their number, which would make a report depend on the
    machine and on ``--workers``. Processes side by side use the other cores as well.
    """
    import torch

    exact = torch.backends.cudnn.flags(enabled=True, benchmark=False, deterministic=True, allow_tf32=False)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with torch.inference_mode(), exact:
            yield
    except torch.OutOfMemoryError as error:
        raise MachineError(
            f"{device} has too little free memory for the networks; close what else uses it, score with "
            "fewer workers, or give device cpu"
        ) from error
    finally:
        torch.set_num_threads(threads)


def check_script(network: Network) -> Network:
    """``network`` itself, if its file is built as TorchScript is; nothing of it is run.

    Raises:
        CheckpointError: it is something else, such as a pickled checkpoint.
    """
    _check_file(network.path, "a TorchScript file (torch.jit.save)")
    try:
        with zipfile.ZipFile(network.path) as archive:
            names = archive.namelist()
    except (OSError, zipfile.BadZipFile):
        names = []
    inside = {name.partition("/")[2] for name in names}
    if "constants.pkl" not in inside or not any(name.startswith("code/") for name in inside):
        raise CheckpointError(
            network.path,
            "is no TorchScript file (torch.jit.save); pickled checkpoints are not opened, for their loading "
            "runs what they say",
        )
    return network


def call_script(network: Network, expects: str, *inputs: torch.Tensor, **options: bool) -> torch.Tensor:
    """What a TorchScript module makes of ``inputs``, on the CPU.

    Args:
        expects: how it must be callable, for the error.
        options: arguments by name.

    Raises:
        CheckpointError: no TorchScript.
        InputError: it cannot be called so with this clip, or gives no finite tensor.
        MachineError: the device cannot be used or has too little memory.
    """
    import torch

    script, device = load_script(network), as_device(network.device)
    # The optimiser rewrites a network after its first calls: digits would depend on how many clips a process
    # has seen.
    with running(network.device), torch.jit.optimized_execution(False):
        try:
            output = script(*(value.to(device) for value in inputs), **options)
        except torch.OutOfMemoryError:
            raise
        except (torch.jit.Error, RuntimeError, TypeError, ValueError) as error:
            raise InputError(
                f"{network.path.name}: cannot be called as {expects} ({_said(error)}); export it for such "
                "clips"
            ) from error
        if not isinstance(output, torch.Tensor):
            raise InputError(f"{network.path.name}: gives no tensor; it must be callable as {expects}")
        return finite(network, output.float().cpu())


def finite(network: Network, output: torch.Tensor) -> torch.Tensor:
    """``output`` of a network.

    Raises:
        InputError: it holds values that are not finite.
    """
    import torch

    if not bool(torch.isfinite(output).all()):
        raise InputError(f"{network.path.name}: gives values that are not finite; are its weights whole?")
    return output


_BROKEN = (
    OSError, ValueError, KeyError, TypeError, AttributeError, ImportError, RuntimeError, EOFError,
    pickle.UnpicklingError,
)  # fmt: skip
"""What libraries raise on files that are not what they should be."""


def _load_folder(kind: Any, network: Network, what: Kind, **options: Any) -> Any:
    import torch
    from safetensors import SafetensorError
    from transformers.utils import logging

    path = check_folder(network, what).path
    logging.disable_progress_bar()
    verbosity = logging.get_verbosity()
    logging.set_verbosity_error()  # what the folder holds beyond the network is no concern
    device = as_device(network.device)
    try:
        model, info = kind.from_pretrained(
            path, local_files_only=True, dtype=torch.float32, output_loading_info=True, **options
        )
    except (*_BROKEN, SafetensorError) as error:
        raise CheckpointError(
            path, f"cannot be used as a {what.title} ({_said(error)}); give {what.example}"
        ) from error
    finally:
        logging.set_verbosity(verbosity)
    missing = sorted(info["missing_keys"])
    if missing:
        raise CheckpointError(
            path,
            f"holds no whole {what.title}: lacks {len(missing)} weights, such as {missing[0]}; give "
            f"{what.example}",
        )
    with running(network.device):
        return model.to(device).eval()


def _check_file(path: Path, what: str) -> None:
    if not path.is_file():
        raise CheckpointError(path, f"is no file; give {what}, on a hub as OWNER/REPO:FILE")


def _said(error: BaseException) -> str:
    """What an error says, in a line; of a fault inside TorchScript the last line, behind all the code's."""
    text = str(error).strip()
    if "TorchScript" in text:
        text = text.splitlines()[-1]
    return (" ".join(text.split()) or type(error).__name__)[:200]
