"""Large files of a hub, downloaded so that a broken or stopped download goes on where it was.

The hub library resumes within one call, but drops its partial file when that call fails or the program
ends, and these files are gigabytes. So they are brought into its cache beforehand, under the name that it
looks for.
"""

from __future__ import annotations

import hashlib
import http.client
import os
import re
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO
from urllib.parse import urlparse

from huggingface_hub import constants, get_hf_file_metadata, hf_hub_url
from huggingface_hub.file_download import repo_folder_name
from huggingface_hub.utils import WeakFileLock, build_hf_headers, tqdm

LARGE_FILE_BYTES = 16 * 2**20
"""Smaller files are left to the hub library."""
CHUNK_BYTES = 2**20
TIMEOUT_SECONDS = 30


def download_large(repo: str, file: str, endpoint: str | None, cache_dir: str | Path | None) -> None:
    """Bring a large file into the hub's cache, going on with what an earlier call left; skip small ones.

    Raises:
        OSError: the connection failed or the file came damaged; what was received stays for the next call.
    """
    url = hf_hub_url(repo, file, endpoint=endpoint)
    metadata = get_hf_file_metadata(url, endpoint=endpoint)
    if metadata.etag is None or metadata.size is None or metadata.size < LARGE_FILE_BYTES:
        return
    root = Path(cache_dir or constants.HF_HUB_CACHE)
    blobs = root / repo_folder_name(repo_id=repo, repo_type="model") / "blobs"
    blob, partial = blobs / metadata.etag, blobs / f"{metadata.etag}.recam-part"
    if blob.exists():
        return
    blobs.mkdir(parents=True, exist_ok=True)
    with WeakFileLock(f"{partial}.lock"):
        if not blob.exists():
            same_host = urlparse(metadata.location).netloc == urlparse(url).netloc
            # A token is for the hub, not for the storage that it redirects to.
            headers = build_hf_headers() if same_host else {}
            _go_on(metadata.location, headers, partial, metadata.size, file)
            _verify(partial, metadata.etag)
            os.replace(partial, blob)
    Path(f"{partial}.lock").unlink(missing_ok=True)


def _go_on(url: str, headers: dict[str, str], partial: Path, size: int, name: str) -> None:
    with partial.open("ab") as out:
        done = out.tell()
        if done >= size:
            return
        request = urllib.request.Request(url, headers={**headers, "Range": f"bytes={done}-"})
        try:
            with (
                urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as response,
                tqdm(total=size, initial=done, unit="B", unit_scale=True, desc=name) as bar,
            ):
                if response.status != 206:  # the whole file, from its start
                    out.truncate(0)
                    bar.reset(size)
                _copy(response, out, bar.update)
        except http.client.HTTPException as error:
            raise OSError(f"{name}: the connection broke off ({error})") from error
        received = out.tell()
    if received < size:
        raise OSError(f"{name}: the connection broke off after {received:,} of {size:,} bytes")


def _copy(response: http.client.HTTPResponse, out: BinaryIO, report: Callable[[int], object]) -> None:
    while chunk := response.read1(CHUNK_BYTES):
        out.write(chunk)
        report(len(chunk))


def _verify(partial: Path, etag: str) -> None:
    """Large files of the hub are named by their SHA-256; other ETags say nothing about the content."""
    if not re.fullmatch(r"[0-9a-f]{64}", etag):
        return
    with partial.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    if digest != etag:
        partial.unlink()
        raise OSError(f"the downloaded file is damaged (SHA-256 {digest[:12]}..., not {etag[:12]}...)")
