"""Drafts: what a camera path will do to a video, by geometry alone, in seconds and without a model."""

from recam.draft.draft import draft_file, draft_video
from recam.draft.warp import DEFAULT_DEPTH, DEFAULT_FOV_DEGREES, Warper, plane_homography

__all__ = [
    "DEFAULT_DEPTH",
    "DEFAULT_FOV_DEGREES",
    "Warper",
    "draft_file",
    "draft_video",
    "plane_homography",
]
