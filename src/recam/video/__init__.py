"""Video files and frames: decode, encode, probe, resize, crop, compare. numpy and torch, no models."""

from recam.video.io import Video, exact_rate, frame_range, read_frames
from recam.video.montage import contact_sheet, side_by_side
from recam.video.mux import Sound
from recam.video.probe import VideoInfo, probe
from recam.video.transforms import (
    center_crop,
    center_window,
    crop_and_resize,
    frames_to_tensor,
    resample_frames,
    resize,
    spread_indices,
    tensor_to_frames,
)
from recam.video.writer import VideoWriter

__all__ = [
    "Sound",
    "Video",
    "VideoInfo",
    "VideoWriter",
    "center_crop",
    "center_window",
    "contact_sheet",
    "crop_and_resize",
    "exact_rate",
    "frame_range",
    "frames_to_tensor",
    "probe",
    "read_frames",
    "resample_frames",
    "resize",
    "side_by_side",
    "spread_indices",
    "tensor_to_frames",
]
