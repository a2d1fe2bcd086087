from __future__ import annotations

from pathlib import Path

import pytest
from video_files import MakeVideo, video_maker


@pytest.fixture
def make_video(tmp_path: Path) -> MakeVideo:
    return video_maker(tmp_path)
