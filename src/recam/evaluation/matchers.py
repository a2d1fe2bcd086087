"""Networks that match two frames densely: LoFTR of kornia, and any other through a factory of the user's own.

GIM, RoMa and their like have licences and packages of their own, so they are not built in: a function of a
module that the user names makes the matcher (see :func:`load_plugin`).
"""

from __future__ import annotations

import copy
import importlib
import importlib.util
import sys
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np

from recam.errors import CheckpointError, InputError, RecamError
from recam.evaluation.matching import Frame, Matched, Matcher
from recam.evaluation.networks import Network, as_device, running
from recam.evaluation.store import content_hash

if TYPE_CHECKING:
    import torch

_LEAST = 0.1
"""LoFTR's matches below this confidence are left out; its own threshold is 0.2, measures ask for more."""


@dataclass(frozen=True)
class Loftr:
    """LoFTR (Sun et al., "LoFTR", CVPR 2021) as kornia has it; at most one match for every 8x8 pixels."""

    network: Network
    indoor_new: bool = False
    """Whether these are the weights of the corrected indoor model (``loftr_indoor_ds_new``), whose position
    code differs; nothing in the file says so."""
    name = "loftr"

    @property
    def key(self) -> str:
        return f"loftr 1 new={self.indoor_new} {self.network.key}"

    def match(self, frame_a: Frame, frame_b: Frame) -> Matched:
        """Raises:
        CheckpointError: no weights of LoFTR.
        MachineError: the device cannot be used or has too little memory.
        """
        model, device = load_loftr(self.network, self.indoor_new), as_device(self.network.device)
        with running(self.network.device):
            found = model({"image0": _grey(frame_a, device), "image1": _grey(frame_b, device)})
            parts = [
                found[name].double().cpu().numpy() for name in ("keypoints0", "keypoints1", "confidence")
            ]
        # LoFTR has the first pixel's centre at 0.5, as we have.
        return Matched(*parts)


def _grey(frame: Frame, device: torch.device) -> torch.Tensor:
    """[1,1,H,W] from 0 to 1, as OpenCV makes a picture grey."""
    import torch

    grey = frame @ np.array([0.299, 0.587, 0.114], np.float32) / 255
    return torch.from_numpy(np.ascontiguousarray(grey, np.float32))[None, None].to(device)


@lru_cache(maxsize=2)
def load_loftr(network: Network, indoor_new: bool = False) -> Any:
    """kornia's ``LoFTR`` with weights of a file: kornia's checkpoint (a state dict, or one under
    ``state_dict``), or safetensors. Widths and numbers of layers are those of the weights.

    Raises:
        CheckpointError: the file holds no LoFTR.
        MachineError: the device cannot be used.
    """
    from kornia.feature import LoFTR

    path = network.path
    state = _state(path)
    try:
        config = _config(state)
        config["coarse"]["temp_bug_fix"] = indoor_new
        model = LoFTR(pretrained=None, config=config)
        model.load_state_dict(state)
    except (KeyError, IndexError, RuntimeError, ValueError, AttributeError) as error:
        raise CheckpointError(
            path, f"holds no LoFTR ({_short(error)}); give loftr_outdoor.ckpt or loftr_indoor_ds_new.ckpt"
        ) from error
    with running(network.device):
        return model.to(as_device(network.device)).float().eval()


def _state(path: Path) -> dict[str, Any]:
    import pickle

    import torch
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    if not path.is_file():
        raise CheckpointError(path, "is no file; give LoFTR's checkpoint, such as loftr_outdoor.ckpt")
    try:
        if path.suffix == ".safetensors":
            found: Any = load_file(path)
        else:
            found = torch.load(path, map_location="cpu", weights_only=True)
    except (OSError, ValueError, RuntimeError, EOFError, pickle.UnpicklingError, SafetensorError) as error:
        why = "" if isinstance(error, pickle.UnpicklingError) else f" ({_short(error)})"  # torch's is a page
        raise CheckpointError(
            path, f"cannot be read as plain tensors{why}, and code in it is not run; download it again"
        ) from error
    if isinstance(found, dict) and isinstance(found.get("state_dict"), dict):
        found = found["state_dict"]
    if not isinstance(found, dict) or not all(isinstance(value, torch.Tensor) for value in found.values()):
        raise CheckpointError(path, "is no state dict of plain tensors; give LoFTR's checkpoint")
    return {str(name).removeprefix("matcher."): value for name, value in found.items()}


def _config(state: dict[str, Any]) -> dict[str, Any]:
    """kornia's settings for weights of these shapes; what shapes do not tell is as published."""
    from kornia.feature.loftr.loftr import default_cfg

    config = copy.deepcopy(default_cfg)
    widths = [len(state[f"backbone.layer{number}.0.conv1.weight"]) for number in (1, 2, 3)]
    config["resnetfpn"] = {"initial_dim": len(state["backbone.conv1.weight"]), "block_dims": widths}
    for name, part, width in (("loftr_coarse", "coarse", widths[2]), ("loftr_fine", "fine", widths[0])):
        layers = len({key.split(".")[2] for key in state if key.startswith(f"{name}.layers.")})
        config[part] |= {"d_model": width, "d_ffn": width, "layer_names": ["self", "cross"] * (layers // 2)}
    config["match_coarse"]["thr"] = _LEAST
    return config


@dataclass(frozen=True)
class Plugin:
    """A matcher of the user's own, loaded anew in every process."""

    spec: str
    """``package.module:factory`` or ``path/to/file.py:factory``."""
    device: str
    name: str
    key: str

    def match(self, frame_a: Frame, frame_b: Frame) -> Matched:
        """Raises:
        CheckpointError: it cannot be loaded here.
        InputError: it fails, or what it gives are no matches.
        MachineError: the device has too little memory.
        """
        matcher = load_plugin(self.spec, self.device)
        try:
            with running(self.device):
                found = matcher.match(frame_a, frame_b)
        except RecamError:
            raise
        except Exception as error:  # one clip that a matcher cannot take is a row, not the end of the run
            raise InputError(f"matcher {self.spec}: fails ({_short(error)})") from error
        try:
            points_a, points_b, confidence = (np.asarray(part, np.float64) for part in found)
        except (TypeError, ValueError) as error:
            raise InputError(f"matcher {self.spec}: must give points, points and confidence") from error
        count = len(confidence) if confidence.ndim == 1 else -1
        if points_a.shape != (count, 2) or points_b.shape != (count, 2):
            shapes = [list(part.shape) for part in (points_a, points_b, confidence)]
            raise InputError(f"matcher {self.spec}: must give [M,2], [M,2] and [M], not {shapes}")
        if not all(np.isfinite(part).all() for part in (points_a, points_b, confidence)):
            raise InputError(f"matcher {self.spec}: gives values that are not finite")
        return Matched(points_a, points_b, confidence)


def find_plugin(spec: str, device: str) -> Plugin:
    """The user's matcher, loaded once to learn its name and key, which a change of its file changes too.

    Raises:
        CheckpointError: it cannot be loaded, or is no matcher.
    """
    code, _, function = spec.rpartition(":")
    if code.endswith(".py"):
        spec = f"{Path(code).absolute()}:{function}"  # workers may stand in another folder
    matcher = load_plugin(spec, device)
    name, key = (getattr(matcher, part, None) for part in ("name", "key"))
    if not isinstance(name, str) or not isinstance(key, str) or not callable(getattr(matcher, "match", None)):
        raise CheckpointError(
            spec, "makes no matcher: it needs the texts name and key, and match(frame_a, frame_b)"
        )
    written = content_hash(Path(code)) if code.endswith(".py") else code
    return Plugin(spec, device, name, f"{name} {key} {written}")


@lru_cache(maxsize=2)
def load_plugin(spec: str, device: str) -> Matcher:
    """Call the factory that ``spec`` names with the device; it runs the user's code, as the user asks.

    Args:
        spec: ``package.module:factory`` of an installed package, or ``path/to/file.py:factory``.

    Raises:
        CheckpointError: no such module or function, or it fails.
    """
    code, _, function = spec.rpartition(":")
    if not code or not function.isidentifier():
        raise CheckpointError(
            spec, "is no matcher's name; write package.module:function or path/to/file.py:function"
        )
    try:
        return getattr(_module(code), function)(device)
    except Exception as error:  # whatever the user's code raises is theirs to read
        raise CheckpointError(spec, f"cannot make a matcher ({_short(error)})") from error


def _module(code: str) -> ModuleType:
    if not code.endswith(".py"):
        return importlib.import_module(code)
    name = f"recam_matcher_{Path(code).stem}"
    found = importlib.util.spec_from_file_location(name, code)
    if found is None or found.loader is None:
        raise ImportError(f"{code} is no Python file")
    module = importlib.util.module_from_spec(found)
    sys.modules[name] = module  # dataclasses look their module up
    found.loader.exec_module(module)
    return module


def _short(error: BaseException) -> str:
    return f"{type(error).__name__}: {' '.join(str(error).split())}"[:200]
