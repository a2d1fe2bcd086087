"""Fetching model files from a hub (huggingface.co, or whatever ``HF_ENDPOINT`` names)."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Sequence
from pathlib import Path

from huggingface_hub import HfApi, hf_hub_download, snapshot_download, try_to_load_from_cache
from huggingface_hub.errors import (
    EntryNotFoundError,
    GatedRepoError,
    HfHubHTTPError,
    HFValidationError,
    RepositoryNotFoundError,
)
from huggingface_hub.utils import filter_repo_objects

from recam.errors import CheckpointError
from recam.hub.resume import download_large

ATTEMPTS = 3
# The hub library has changed its HTTP library more than once; its error derives from the present one's.
_TRANSPORT_ERRORS: tuple[type[Exception], ...] = (
    OSError,
    *(base for base in HfHubHTTPError.__bases__ if issubclass(base, Exception)),
)


def is_hub_id(name: str) -> bool:
    """Whether ``name`` has the form ``owner/model`` and is no path here."""
    return bool(re.fullmatch(r"[A-Za-z0-9][\w.-]*/[\w.-]+", name)) and not Path(name).exists()


def fetch_folder(repo: str, patterns: Sequence[str], cache_dir: str | Path | None = None) -> Path:
    """The local folder of a hub model, with the files that ``patterns`` match.

    A download that breaks off is taken up where it stopped, here and by a later call.

    Raises:
        CheckpointError: no such model, no access, or the connection failed for good.
    """

    def fetch(endpoint: str | None) -> str:
        try:
            siblings = HfApi(endpoint=endpoint).model_info(repo).siblings or []
        except (HfHubHTTPError, *_TRANSPORT_ERRORS) as error:
            if isinstance(error, RepositoryNotFoundError | GatedRepoError):
                raise
            siblings = []  # no connection: perhaps all is in the cache, which the next call looks into
        for file in filter_repo_objects((item.rfilename for item in siblings), allow_patterns=list(patterns)):
            download_large(repo, file, endpoint, cache_dir)
        return snapshot_download(repo, allow_patterns=list(patterns), cache_dir=cache_dir, endpoint=endpoint)

    return Path(_fetching(repo, fetch))


def fetch_file(repo: str, file: str, cache_dir: str | Path | None = None) -> Path:
    """One file of a hub model; errors and resuming as in :func:`fetch_folder`."""

    def fetch(endpoint: str | None) -> str:
        try:
            download_large(repo, file, endpoint, cache_dir)
        except _TRANSPORT_ERRORS:
            cached = try_to_load_from_cache(repo, file, cache_dir=cache_dir)
            if not isinstance(cached, str):
                raise
            return cached
        return hf_hub_download(repo, file, cache_dir=cache_dir, endpoint=endpoint)

    return Path(_fetching(repo, fetch))


def _fetching(repo: str, fetch: Callable[[str | None], str]) -> str:
    endpoint = os.environ.get("HF_ENDPOINT")  # read now: the library reads it only once, when imported
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return fetch(endpoint)
        except GatedRepoError as error:
            raise CheckpointError(
                repo, "access must be asked for on the hub; then log in with hf auth login"
            ) from error
        except (RepositoryNotFoundError, HFValidationError) as error:
            raise CheckpointError(repo, "is neither a folder here nor a model on the hub") from error
        except EntryNotFoundError as error:
            if "outgoing traffic" not in str(error) and "connection" not in str(error).lower():
                raise CheckpointError(repo, f"lacks a file: {_first_line(error)}") from error
            last: Exception = error
        except _TRANSPORT_ERRORS as error:
            last = error
        if attempt == ATTEMPTS:
            raise CheckpointError(
                repo,
                f"the download failed {ATTEMPTS} times ({_first_line(last)}); check the connection and run "
                "the same command again, it goes on where it stopped",
            ) from last
    raise AssertionError("unreachable")


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
