"""Where the weights of a network are: what the user typed for ``--weights NAME=SPEC``, found and checked.

Nothing here loads weights. A network that is code as well as numbers (TorchScript) is a program of its
author: state the checksum of the file you mean (``#sha256=...``), and another file is refused.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from recam.errors import CheckpointError
from recam.evaluation.store import content_hash

NETWORKS = (
    "inception", "i3d", "clip", "loftr", "loftr-indoor-new", "matcher", "dino", "clip-b32", "clip-l14",
    "aesthetic", "musiq", "amt",
)  # fmt: skip
"""Names that ``--weights`` knows; ``matcher`` is code of the user's own."""
PUBLISHED = {
    "inception": "f58cb9b6ec323ed63459aa4fb441fe750cfe39fafad6da5cb504a16f19e958f4",
    "i3d": "bec6519f66ea534e953026b4ae2c65553c17bf105611c746d904657e5860a5e2",
}
"""SHA-256 of the files behind published figures: ``inception-2015-12-05.pt`` of NVIDIA's StyleGAN2-ADA and
``i3d_torchscript.pt`` of StyleGAN-V, as several public projects that download them state it."""
_FOLDER_FILES = ("*.json", "*.txt", "*.safetensors", "*.model", "*.jinja")
"""Of a hub model's folder: no pickles where there are safetensors."""
_OLD_FILE = "pytorch_model.bin"
"""What the hub's first models have alone (openai/clip-vit-base-patch32): a pickle, which ``transformers``
reads as plain tensors (``weights_only``), so that nothing in it is run."""
_CHECKSUM = re.compile(r"[0-9a-fA-F]+")
_ON_HUB = re.compile(r"(?P<repo>[A-Za-z0-9][\w.-]*/[\w.-]+)(?::(?P<file>[^:]+))?")


@dataclass(frozen=True)
class Weights:
    """A file or folder of weights, known by its content."""

    path: Path
    sha256: str
    """Of a file: SHA-256 of its bytes, 64 digits. Of a folder: of its names and bytes, 40 digits."""


def find_weights(name: str, spec: str) -> Weights:
    """The weights that ``--weights name=spec`` means, downloaded where they are not here yet.

    Args:
        spec: a file or folder here; ``owner/repo`` (a folder with a model's weights and settings) or
            ``owner/repo:file`` on the hub (``HF_ENDPOINT``, default huggingface.co); each with
            ``#sha256=HEX`` behind it where its content is to be checked.

    Raises:
        CheckpointError: there are none, they cannot be read or fetched, or their checksum is another.
    """
    place, mark, wanted = spec.rpartition("#sha256=")
    if not mark:
        place, wanted = spec, ""
    elif not _CHECKSUM.fullmatch(wanted) or len(wanted) not in (40, 64):
        raise CheckpointError(
            place or spec,
            f"the checksum of --weights {name}= is {wanted!r:.80}, which is no SHA-256: 64 hexadecimal "
            "digits for a file, the 40 that a report states for a folder",
        )
    path = _place(name, place)
    try:
        stamp = path.stat()
        found = _hash(path.resolve(), stamp.st_size, stamp.st_mtime_ns)
    except OSError as error:
        raise CheckpointError(path, f"cannot be read: {(error.strerror or str(error)).lower()}") from error
    if wanted and wanted.lower() != found:
        raise CheckpointError(
            path,
            f"is not what --weights {name}= asks for: its SHA-256 is {found}, not {wanted.lower()}; fetch it "
            "again, or correct the checksum",
        )
    return Weights(path, found)


def _place(name: str, place: str) -> Path:
    if not place:
        raise CheckpointError(
            "", f"--weights {name}= names nothing; give a file, a folder, owner/repo or owner/repo:file"
        )
    path = Path(place).expanduser()
    if path.exists():
        return path
    on_hub = _ON_HUB.fullmatch(place)
    if on_hub is None or place.startswith((".", "~")):
        raise CheckpointError(
            place,
            f"does not exist; give --weights {name}= a file or folder, or owner/repo or owner/repo:file "
            "on the hub",
        )
    from recam.hub import fetch_file, fetch_folder  # imports the hub's library: not for local files

    if on_hub["file"]:
        return fetch_file(on_hub["repo"], on_hub["file"])
    folder = fetch_folder(on_hub["repo"], _FOLDER_FILES)
    if not any(folder.glob("**/*.safetensors")):
        folder = fetch_folder(on_hub["repo"], (*_FOLDER_FILES, _OLD_FILE))
        if not (folder / _OLD_FILE).exists():
            raise CheckpointError(
                on_hub["repo"],
                f"has neither safetensors nor {_OLD_FILE} on the hub. For another file give --weights "
                f"{name}={on_hub['repo']}:FILE",
            )
    return folder


@lru_cache(maxsize=64)
def _hash(path: Path, size: int, changed: int) -> str:
    """Once a process, as long as size and time of change stay: these files are large."""
    return content_hash(path)
