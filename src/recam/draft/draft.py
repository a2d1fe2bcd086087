"""Drafts of whole videos: what a camera path will do to a video, in seconds and without a model."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import ExitStack
from fractions import Fraction
from typing import TypeVar

import numpy as np

from recam.camera import CameraPath, Intrinsics
from recam.draft.depth import DepthMaps
from recam.draft.parallax import DepthWarper
from recam.draft.warp import DEFAULT_DEPTH, DEFAULT_FOV_DEGREES, View, Warper, check_poses
from recam.errors import InputError, VideoFileError
from recam.files import check_output_path
from recam.video import Sound, Video, VideoInfo, VideoWriter, center_window, frame_range, probe, read_frames

Frames = TypeVar("Frames", np.ndarray, Video)


def draft_video(
    video: Frames,
    path: CameraPath | np.ndarray,
    *,
    intrinsics: Intrinsics | None = None,
    fov_degrees: float | None = None,
    depth: float | DepthMaps = DEFAULT_DEPTH,
    fill: bool = False,
) -> Frames:
    """Every frame as seen from its pose of ``path``: exact for turns and zooms.

    Moves are right as far as the depth is: a plane shows where a path goes, depth maps show its parallax.

    Args:
        video: frames uint8 [F, H, W, 3] or a Video, filmed from the path's origin.
        path: a CameraPath (spread over the video's F frames) or poses [F, 3, 4], camera-to-world, OpenCV
            axes (x right, y down, z forward), metres. Pose i is relative to **the source camera of frame i**:
            the same as relative to the first one where the source stands still; for a source that moves
            along S_i and a target T_i in one world, give S_i^-1 T_i. Its zoom changes the lens.
        intrinsics: lens of the source, of the video's size.
        fov_degrees: horizontal angle of view instead; default: that of the path's lens where known, else 50.
        depth: metres to the plane, parallel to the picture, that the scene is taken for; or the depth of
            every pixel (:func:`recam.draft.open_depth`), map i for frame i, or one for all.
        fill: paint what the source never saw with its nearest colours, blurred, not as a grey checkerboard.

    Returns:
        The same kind as ``video``; a Video keeps its rate and sound.

    Raises:
        InputError: counts or sizes that do not fit, a number out of range, or a path through the plane.
        DepthFileError: a depth map cannot be read or does not fit the video.
    """
    frames = video.frames if isinstance(video, Video) else video
    if frames.ndim != 4 or frames.shape[-1] != 3 or frames.dtype != np.uint8 or 0 in frames.shape:
        raise InputError(f"frames must be uint8 [F, H, W, 3]; got {frames.dtype} {list(frames.shape)}")
    poses, zooms = _views(path, len(frames))
    lens = _lens(path, intrinsics, fov_degrees, frames.shape[2], frames.shape[1])
    view = _view(lens, depth, fill, poses, len(frames))
    drawn = np.empty_like(frames)
    for index, frame in enumerate(frames):
        drawn[index] = view(index, frame, poses[index], zooms[index]).picture
    if isinstance(video, Video):
        return video.with_frames(drawn)
    return drawn


def draft_file(
    source: str | os.PathLike[str],
    output: str | os.PathLike[str],
    path: CameraPath | np.ndarray,
    *,
    intrinsics: Intrinsics | None = None,
    fov_degrees: float | None = None,
    depth: float | DepthMaps = DEFAULT_DEPTH,
    fill: bool = False,
    holes: str | os.PathLike[str] | None = None,
    start: float | Fraction = 0,
    max_frames: int | None = None,
    sound: bool = True,
    crf: int = 18,
    progress: Callable[[int, int], None] | None = None,
) -> VideoInfo:
    """Draft a video file of any length into an mp4, in constant memory; see :func:`draft_video`.

    Args:
        source: the video to read.
        output: the mp4 to write; it appears only once it is complete. It may be ``source`` itself.
        path: spread over the frames that are drafted.
        depth: as there; map i belongs to frame i of the whole file, also where ``start`` leaves some out.
        holes: also write a video, without loss, that is white where the draft shows what the source does not
            (the masks that inpainting takes), black elsewhere.
        start: seconds into the video to begin at.
        max_frames: stop after so many frames.
        sound: carry the sound over.
        crf: x264's quality, 0 (lossless) to 51.
        progress: called with (frames done, frames in all) after every frame.

    Returns:
        What was read of the source: size, exact rate, frame count.

    Raises:
        VideoFileError: the source cannot be read or is damaged.
        OutputError: the output cannot be written.
        InputError: a depth or angle out of range, or a path through the plane, or a picture without time.
    """
    check_output_path(output)
    if holes is not None:
        check_output_path(holes)
    info = probe(source)
    if info.num_frames < 2:
        raise VideoFileError(info.path, "holds a single frame; a camera path needs a video of two or more")
    first, count = frame_range(info, start, max_frames)
    lens = _lens(path, intrinsics, fov_degrees, info.width, info.height)
    poses, zooms = _views(path, count)
    view = _view(lens, depth, fill, poses, info.num_frames)
    carried = (
        Sound(info.path, info.start + first / info.fps, count / info.fps)
        if info.has_audio and sound
        else None
    )
    with ExitStack() as stack:
        size = (info.fps, info.width, info.height)
        writer = stack.enter_context(VideoWriter(output, *size, crf=crf, preset="veryfast", sound=carried))
        masks = stack.enter_context(VideoWriter(holes, *size, crf=0, preset="veryfast")) if holes else None
        for index, frame in enumerate(read_frames(info, start, max_frames)):
            seen = view(first + index, frame, poses[index], zooms[index])
            writer.write(seen.picture)
            if masks is not None:
                masks.write(np.repeat(seen.holes[..., None] * np.uint8(255), 3, axis=2))
            if progress is not None:
                progress(index + 1, count)
    return info


def _view(
    lens: Intrinsics, depth: float | DepthMaps, fill: bool, poses: np.ndarray, num_frames: int
) -> Callable[[int, np.ndarray, np.ndarray, float], View]:
    """What draws frame ``index`` of a video of ``num_frames`` from a pose and zoom, once all is checked."""
    if not isinstance(depth, DepthMaps):
        check_poses(poses, depth)
        plane = Warper(lens, depth, fill)
        return lambda index, frame, pose, zoom: plane.view(frame, pose, zoom)
    check_poses(poses)
    depth.check_count(num_frames)
    warp = DepthWarper(lens, fill)
    return lambda index, frame, pose, zoom: warp(frame, depth.inverse(index, frame), pose, zoom)


def _views(path: CameraPath | np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Poses [F,3,4] and zooms [F], one a frame."""
    if isinstance(path, CameraPath):
        spread = path.resample(count)
        return spread.extrinsics, spread.zooms
    path = np.asarray(path, np.float64)
    if len(path) != count:
        raise InputError(
            f"give one pose a frame: {count} frames and {len(path)} poses (a CameraPath is spread)"
        )
    return path, np.ones(count)


def _lens(
    path: CameraPath | np.ndarray,
    intrinsics: Intrinsics | None,
    fov_degrees: float | None,
    width: int,
    height: int,
) -> Intrinsics:
    if intrinsics is not None:
        if fov_degrees is not None:
            raise InputError("give intrinsics or fov_degrees, not both")
        if (intrinsics.width, intrinsics.height) != (width, height):
            raise InputError(
                f"the lens is for {intrinsics.width}x{intrinsics.height} and the video is {width}x{height}; "
                "crop or resize the lens first"
            )
        return intrinsics
    if fov_degrees is not None:
        return Intrinsics.from_fov_degrees(fov_degrees, width, height)
    return source_lens(path if isinstance(path, CameraPath) else None, width, height)


def source_lens(path: CameraPath | None, width: int, height: int) -> Intrinsics:
    """The lens that a source video of that size is taken to have, where the user says none.

    It is the path's own (:func:`path_lens`), else one of 50 degrees.
    """
    known = path_lens(path, width, height)
    return known or Intrinsics.from_fov_degrees(DEFAULT_FOV_DEGREES, width, height)


def path_lens(path: CameraPath | None, width: int, height: int) -> Intrinsics | None:
    """The lens that a path states, cut and scaled as the picture was where their sizes differ; else None."""
    known = None if path is None else path.intrinsics
    if known is None:
        return None
    return known.crop(*center_window(known.width, known.height, width / height)).resize(width, height)
