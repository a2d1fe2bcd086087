"""Reading files of every kind, and writing them back: counts, rates, sizes, colours, rotation."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from video_files import MakeVideo, pattern, read_index

from recam.errors import InputError, MachineError, VideoFileError
from recam.video import Video, VideoInfo, exact_rate, probe, read_frames
from recam.video.io import _refuse_too_large

KINDS: dict[str, dict[str, Any]] = {
    "h264 mp4": {},
    "h264 mp4 without B-frames, 60 fps": {"fps": 60, "frames": 20},
    "h264 mp4 23.976": {"fps": Fraction(24000, 1001)},
    "h264 mp4 29.97": {"fps": Fraction(30000, 1001)},
    "h264 mkv 23.976 (milliseconds)": {"name": "in.mkv", "fps": Fraction(24000, 1001), "frames": 50},
    "h264 mkv 59.94 (milliseconds)": {"name": "in.mkv", "fps": Fraction(60000, 1001), "frames": 70},
    "h264 4:4:4 odd size": {"size": (63, 47), "pix_fmt": "yuv444p"},
    "h264 portrait": {"size": (48, 64)},
    "h264 16x16": {"size": (16, 16)},
    "h264 mpeg-ts": {"name": "in.ts", "frames": 30},
    "h264 raw stream": {"name": "in.h264"},
    "h264 fragmented mp4": {"options": {"movflags": "frag_keyframe+empty_moov"}},
    "hevc mp4": {"codec": "libx265"},
    "vp8 webm with hidden frames": {"name": "in.webm", "codec": "libvpx", "frames": 40},
    "vp9 webm": {"name": "in.webm", "codec": "libvpx-vp9"},
    "mpeg4 avi": {"name": "in.avi", "codec": "mpeg4"},
    "mpeg2 program stream": {"name": "in.mpg", "codec": "mpeg2video", "frames": 30},
    "motion jpeg mov, full range": {"name": "in.mov", "codec": "mjpeg", "pix_fmt": "yuvj420p"},
    "prores 10 bit mov": {"name": "in.mov", "codec": "prores_ks", "pix_fmt": "yuv422p10le"},
    "gif": {"name": "in.gif", "codec": "gif", "pix_fmt": "rgb8", "fps": 10},
    "wmv": {"name": "in.wmv", "codec": "wmv2"},
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_file_is_read_whole_and_in_order(kind: str, make_video: MakeVideo) -> None:
    options = {"frames": 10, "fps": 25, "size": (64, 48)} | KINDS[kind]
    path = make_video(**options)
    info, video = probe(path), Video.load(path)
    assert info.fps == video.fps == options["fps"]
    assert info.num_frames == video.num_frames == options["frames"]
    assert (video.width, video.height) == (info.width, info.height) == options["size"]
    assert info.duration == video.duration == Fraction(options["frames"]) / Fraction(options["fps"])
    assert not info.variable_frame_rate
    assert not info.has_audio
    assert [read_index(frame) for frame in video.frames] == [i % 25 for i in range(options["frames"])]
    left = video.frames[0][video.height // 2, 1].astype(int)
    assert left[0] > left[1] + 60  # red is red, and on the left


@pytest.mark.parametrize(
    "fps", [Fraction(24000, 1001), Fraction(25), Fraction(60), Fraction(9, 5), Fraction(7)]
)
def test_a_round_trip_keeps_count_rate_duration_and_pictures(fps: Fraction, tmp_path: Path) -> None:
    frames = np.stack([pattern(index, 64, 48) for index in range(13)])
    path = Video.from_frames(frames, fps).save(tmp_path / "out.mp4", crf=5)
    back = Video.load(path)
    assert back.fps == fps
    assert back.duration == 13 / fps
    assert [read_index(frame) for frame in back.frames] == list(range(13))
    assert abs(back.frames.astype(int) - frames).mean() < 3  # chroma at half size blurs the coloured edges


def test_what_is_written_plays_in_browsers(tmp_path: Path) -> None:
    frames = np.stack([pattern(index, 64, 48) for index in range(5)])
    path = Video.from_frames(frames, 24).save(tmp_path / "out.mp4")
    data = path.read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")  # starts before it is loaded whole
    with av.open(str(path)) as container:
        stream: Any = container.streams.video[0]
        context = stream.codec_context
        assert (context.name, context.pix_fmt) == ("h264", "yuv420p")
        assert (context.color_primaries, context.color_trc, context.colorspace) == (1, 1, 1)
        assert context.color_range == 1
        assert stream.start_time == 0


@pytest.mark.parametrize(
    "colour",
    [(255, 0, 0), (0, 255, 0), (0, 0, 255), (128, 128, 128), (255, 255, 255), (0, 0, 0), (200, 100, 50)],
)
def test_colours_survive(colour: tuple[int, int, int], tmp_path: Path) -> None:
    frames = np.full((2, 32, 32, 3), colour, np.uint8)
    back = Video.load(Video.from_frames(frames, 10).save(tmp_path / "out.mp4", crf=0))
    assert abs(back.frames.astype(int) - colour).max() <= 2


@pytest.mark.parametrize("size", [(1, 1), (2, 3), (33, 20), (20, 33), (47, 31)])
def test_odd_sizes_gain_one_copied_row_or_column(size: tuple[int, int], tmp_path: Path) -> None:
    width, height = size
    frames = np.full((3, height, width, 3), 50, np.uint8)
    frames[:, :, -1:] = 200
    back = Video.load(Video.from_frames(frames, 10).save(tmp_path / "out.mp4", crf=0))
    assert (back.width, back.height) == (width + width % 2, height + height % 2)
    if width % 2:
        assert abs(back.frames[:, :, -1].astype(int) - 200).max() <= 8


@pytest.mark.parametrize("name", ["in.mp4", "in.mkv"])
@pytest.mark.parametrize(
    ("rotation", "flip", "clockwise"),
    [(90, False, 270), (-90, False, 90), (180, False, 180), (0, True, 0), (90, True, 270)],
)
def test_rotation_metadata_is_applied(
    name: str, rotation: int, flip: bool, clockwise: int, make_video: MakeVideo
) -> None:
    path = make_video(name, rotation=rotation, flip=flip)
    info, video = probe(path), Video.load(path)
    plain = np.stack([pattern(index, 64, 48) for index in range(10)])
    expected = np.rot90(plain, rotation // 90, axes=(1, 2))  # counter-clockwise, as the writer means it
    if flip:
        expected = expected[:, :, ::-1]
    assert (info.width, info.height) == (expected.shape[2], expected.shape[1])
    if not flip:
        assert info.rotation == clockwise
    assert abs(video.frames.astype(int) - expected).mean() < 8
    wrong = expected[:, ::-1, ::-1]
    assert abs(video.frames.astype(int) - wrong).mean() > 30


def test_pixels_that_are_not_square_are_stretched(make_video: MakeVideo) -> None:
    path = make_video(size=(60, 48), aspect=Fraction(4, 3))
    video = Video.load(path)
    assert (video.width, video.height) == (80, 48)
    assert probe(path).width == 80
    assert [read_index(frame) for frame in video.frames] == list(range(10))


def test_a_variable_rate_is_laid_on_a_constant_grid_and_keeps_its_duration(make_video: MakeVideo) -> None:
    times = [0, 0.04, 0.08, 0.2, 0.24, 0.28, 0.5, 0.54, 0.58, 0.62]
    path = make_video(times=times)
    info, video = probe(path), Video.load(path)
    assert info.variable_frame_rate
    assert info.fps == 25
    assert float(info.duration) == pytest.approx(0.66, abs=0.5 / 25 + 1e-9)
    assert info.num_frames == video.num_frames
    shown = [max(i for i, time in enumerate(times) if time <= slot / 25 + 1e-6) for slot in range(len(video))]
    assert [read_index(frame) for frame in video.frames] == shown
    back = probe(video.save(path.with_name("out.mp4")))
    assert (back.fps, back.num_frames, back.variable_frame_rate) == (25, info.num_frames, False)


def test_a_wild_clock_does_not_ask_for_thousands_of_frames(make_video: MakeVideo) -> None:
    path = make_video(times=[0, 0.001, 0.002, 0.003, 0.004, 0.5, 0.501, 0.502, 0.503, 1.0])
    info = probe(path)
    assert info.fps <= 120
    assert len(Video.load(path)) == info.num_frames <= 125


def test_frames_that_an_edit_list_cuts_away_are_not_shown(make_video: MakeVideo) -> None:
    """Phones trim a clip by an edit list: the first frames are in the file, only to be decoded."""
    path = make_video(frames=20, times=[(index - 5) / 25 for index in range(20)])
    info, video = probe(path), Video.load(path)
    assert (info.num_frames, info.fps, info.variable_frame_rate) == (15, 25, False)
    assert [read_index(frame) for frame in video.frames] == list(range(5, 20))


def test_a_stretch_of_a_file_is_the_same_frames_as_the_whole(make_video: MakeVideo) -> None:
    path = make_video(
        frames=220, size=(32, 32)
    )  # long enough that seeking comes in, with key frames far apart
    whole = Video.load(path).frames
    for start, count in ((0.0, 3), (0.2, 4), (5.52, 6), (8.4, None)):
        part = Video.load(path, max_frames=count, start=start)
        first = round(start * 25)
        expected = whole[first : None if count is None else first + count]
        np.testing.assert_array_equal(part.frames, expected)
    assert len(list(read_frames(path, max_frames=7))) == 7


def test_frames_are_read_one_at_a_time(make_video: MakeVideo) -> None:
    frames = read_frames(make_video(frames=30))
    first = next(frames)
    assert (first.shape, first.dtype) == ((48, 64, 3), np.uint8)
    assert read_index(next(frames)) == 1
    frames.close()  # closes the file without reading on


def test_range_arguments_are_checked(make_video: MakeVideo) -> None:
    path = make_video()
    with pytest.raises(InputError, match="max_frames"):
        Video.load(path, max_frames=0)
    for start in (-1, float("nan"), float("inf")):
        with pytest.raises(InputError, match="start"):
            Video.load(path, start=start)
    with pytest.raises(VideoFileError, match=r"lasts 0\.40 s"):
        Video.load(path, start=0.4)


def test_a_video_too_large_for_memory_is_refused_with_the_figure(tmp_path: Path) -> None:
    huge = VideoInfo(tmp_path, 8000, 8000, Fraction(60), 10**7, Fraction(0), 0, False, False, "h264")
    with pytest.raises(MachineError, match=r"need 1788139\.\d GiB .*\(max_frames\)"):
        _refuse_too_large(huge, huge.num_frames)


def test_with_frames_keeps_the_duration(make_video: MakeVideo) -> None:
    video = Video.load(make_video(frames=12, fps=24))
    fewer = video.with_frames(video.frames[::4])
    assert (fewer.num_frames, fewer.fps, fewer.duration) == (3, 6, video.duration)
    assert video.with_frames(video.frames).fps == 24


@settings(deadline=None)
@given(st.fractions(min_value=Fraction(1, 10), max_value=240, max_denominator=1001))
def test_exact_rates_stay_exact(fps: Fraction) -> None:
    assert exact_rate(fps) == fps
    if fps.denominator <= 4:
        assert exact_rate(float(fps)) == fps


def test_common_decimal_rates_mean_the_broadcast_fractions() -> None:
    assert exact_rate(23.976) == Fraction(24000, 1001)
    assert exact_rate(29.97) == Fraction(30000, 1001)
    assert exact_rate(59.94) == Fraction(60000, 1001)
    assert exact_rate(24.0) == 24
    for bad in (0, -1, float("nan"), float("inf"), 1001):
        with pytest.raises(InputError, match="fps"):
            exact_rate(bad)


def test_frames_of_another_shape_or_type_are_refused() -> None:
    for frames in (np.zeros((2, 4, 4, 3)), np.zeros((4, 4, 3), np.uint8), np.zeros((0, 4, 4, 3), np.uint8)):
        with pytest.raises(InputError, match="uint8"):
            Video.from_frames(frames, 24)
