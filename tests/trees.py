"""Folders compared whole."""

from __future__ import annotations

from pathlib import Path


def file_bytes(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, by its path there, in the order of the paths."""
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}
