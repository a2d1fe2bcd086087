"""Drafts: what a camera path will do to a video, by geometry alone, in seconds and without a model."""

from recam.draft.depth import DepthKind, DepthMaps
from recam.draft.depth_files import open_depth
from recam.draft.draft import draft_file, draft_video, path_lens, source_lens
from recam.draft.overlay import draw_overlay, view_frames
from recam.draft.parallax import DepthWarper
from recam.draft.warp import DEFAULT_DEPTH, DEFAULT_FOV_DEGREES, View, Warper, plane_homography

__all__ = [
    "DEFAULT_DEPTH",
    "DEFAULT_FOV_DEGREES",
    "DepthKind",
    "DepthMaps",
    "DepthWarper",
    "View",
    "Warper",
    "draft_file",
    "draft_video",
    "draw_overlay",
    "open_depth",
    "plane_homography",
    "path_lens",
    "source_lens",
    "view_frames",
]
