"""Files that are no videos, cut or damaged; outputs that cannot be written: one clear line, nothing left."""

from __future__ import annotations

import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from PIL import Image
from video_files import MakeVideo

from recam.errors import InputError, OutputError, VideoFileError
from recam.video import Video, VideoWriter, probe


def noise(index: int, width: int, height: int) -> np.ndarray:
    return np.random.default_rng(index).integers(0, 256, (height, width, 3), dtype=np.uint8)


def refused(path: Path, match: str, action: Callable[[Path], Any] = Video.load) -> None:
    with pytest.raises(VideoFileError, match=match) as caught:
        action(path)
    message = str(caught.value)
    assert message.startswith(str(path))
    assert "\n" not in message
    assert caught.value.path == path


def test_things_that_are_no_video_file(tmp_path: Path) -> None:
    refused(tmp_path / "missing.mp4", "no such file")
    refused(tmp_path, "is a folder")
    text = tmp_path / "text.mp4"
    text.write_text("This is not a video.\n" * 50)
    refused(text, "is not a video")
    ansi = tmp_path / "notes.txt"  # FFmpeg would render it as ANSI art
    ansi.write_text("hello " * 100)
    refused(ansi, "is not a video")
    empty = tmp_path / "empty.mp4"
    empty.touch()
    refused(empty, "is empty")
    picture = tmp_path / "picture.png"
    Image.new("RGB", (8, 8)).save(picture)
    refused(picture, "is not a video")
    playlist = tmp_path / "list.m3u8"
    playlist.write_text("#EXTM3U\n#EXTINF:1,\nhttp://127.0.0.1:9/a.ts\n#EXT-X-ENDLIST\n")
    refused(playlist, "is not a video")


def test_a_name_with_a_colon_or_other_odd_letters_is_just_a_name(
    make_video: MakeVideo, tmp_path: Path
) -> None:
    path = make_video().rename(tmp_path / "http: ünï 視頻%d.mp4")
    assert Video.load(path).num_frames == 10
    assert Video.load(Video.load(path).save(tmp_path / "file:%03d.mp4")).num_frames == 10


def test_sound_only_and_cover_art_are_no_moving_pictures(tmp_path: Path) -> None:
    song = tmp_path / "song.mp4"
    with av.open(str(song), "w") as output:
        stream: Any = output.add_stream("aac", rate=48000, layout="mono")
        for start in range(0, 48000, 1024):
            frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), "fltp", "mono")
            frame.sample_rate, frame.pts = 48000, start
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    refused(song, "no video stream")
    refused(song, "no video stream", probe)


def test_a_video_stream_without_any_frame(tmp_path: Path, make_video: MakeVideo) -> None:
    path = tmp_path / "none.mp4"
    with av.open(str(path), "w") as output:
        stream: Any = output.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        output.start_encoding()
    refused(path, "no frame|index .* cannot be read|no video stream")
    assert Video.load(make_video(frames=1)).num_frames == 1  # one frame is a video, if a short one


CUT: dict[str, dict[str, Any]] = {
    "mp4, index in front": {"options": {"movflags": "faststart"}},
    "mp4, index behind": {},
    "mp4 with sound": {"audio": "aac", "options": {"movflags": "faststart"}},
    "fragmented mp4": {"options": {"movflags": "frag_keyframe+empty_moov"}},
    "mkv": {"name": "in.mkv"},
    "webm": {"name": "in.webm", "codec": "libvpx-vp9"},
    "mov": {"name": "in.mov", "codec": "prores_ks", "pix_fmt": "yuv422p10le"},
}


@pytest.mark.parametrize("kind", CUT)
def test_a_file_that_was_cut_is_refused_and_not_read_as_a_shorter_one(
    kind: str, make_video: MakeVideo
) -> None:
    path = make_video(frames=24, draw=noise, **CUT[kind])
    whole = path.read_bytes()
    assert Video.load(path).num_frames == 24
    for part in (0.05, 0.5, 0.9, 0.98):
        path.write_bytes(whole[: int(len(whole) * part)])
        refused(path, "cut off")


@pytest.mark.parametrize("kind", [{}, {"name": "in.mkv"}, {"name": "in.avi", "codec": "mpeg4"}])
def test_damage_in_the_middle_is_reported(kind: dict[str, Any], make_video: MakeVideo) -> None:
    path = make_video(frames=40, draw=noise, **kind)
    data = bytearray(path.read_bytes())
    data[len(data) // 2 : len(data) // 2 + 4000] = bytes(4000)
    path.write_bytes(data)
    refused(path, "damaged")


def test_a_size_that_changes_on_the_way_is_refused(make_video: MakeVideo, tmp_path: Path) -> None:
    small, large = make_video("a.h264", size=(32, 32)), make_video("b.h264", size=(64, 64))
    joined = tmp_path / "joined.h264"
    joined.write_bytes(small.read_bytes() + large.read_bytes())
    refused(joined, "changes its size")


def frames(count: int = 4, side: int = 32) -> np.ndarray:
    return np.stack([noise(index, side, side) for index in range(count)])


def test_outputs_that_cannot_be_written(tmp_path: Path) -> None:
    video = Video.from_frames(frames(), 10)
    with pytest.raises(OutputError, match="does not exist"):
        video.save(tmp_path / "missing" / "out.mp4")
    (tmp_path / "folder.mp4").mkdir()
    with pytest.raises(OutputError, match="is a folder"):
        video.save(tmp_path / "folder.mp4")
    with pytest.raises(InputError, match=r"ends in \.mp4"):
        video.save(tmp_path / "out.avi")
    with pytest.raises(InputError, match="crf"):
        video.save(tmp_path / "out.mp4", crf=52)
    assert [p.name for p in tmp_path.iterdir()] == ["folder.mp4"]


def test_a_failed_run_leaves_the_old_file_alone_and_nothing_else(tmp_path: Path) -> None:
    path = Video.from_frames(frames(), 10).save(tmp_path / "out.mp4")
    before = path.read_bytes()

    def write_and_fail(failure: type[BaseException]) -> None:
        with VideoWriter(path, Fraction(10), 32, 32) as writer:
            writer.write(frames()[0])
            raise failure

    for failure in (KeyboardInterrupt, ZeroDivisionError):
        with pytest.raises(failure):
            write_and_fail(failure)

    def write_two_sizes() -> None:
        with VideoWriter(path, Fraction(10), 32, 32) as writer:
            writer.write(frames()[0])
            writer.write(frames(side=16)[0])

    with pytest.raises(InputError, match=r"frame 1 must be uint8 \[32, 32, 3\]"):
        write_two_sizes()
    with pytest.raises(OutputError, match="no frame"), VideoWriter(path, Fraction(10), 32, 32):
        pass
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def run_script(body: str, folder: Path) -> subprocess.Popen[str]:
    script = "import sys\nimport numpy as np\nfrom recam.video import Video, VideoWriter\n" + textwrap.dedent(
        body
    )
    return subprocess.Popen(
        [sys.executable, "-c", script], cwd=folder, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )


def test_a_full_disk_is_reported_and_leaves_nothing(tmp_path: Path) -> None:
    body = """
    import os, resource
    from recam.errors import OutputError
    frames = np.random.default_rng(0).integers(0, 256, (40, 64, 64, 3), dtype=np.uint8)
    Video.from_frames(frames, 10).save("out.mp4")
    whole = os.path.getsize("out.mp4")
    os.unlink("out.mp4")
    for limit in (0, 100, whole // 2, whole - 1):  # at the header, in the middle, at the very end
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
        try:
            Video.from_frames(frames, 10).save("out.mp4")
        except OutputError as error:
            print(error)
    """
    run = run_script(body, tmp_path)
    out, err = run.communicate(timeout=60)
    lines = out.strip().splitlines()
    assert err == ""
    assert len(lines) == 4
    assert all(line.startswith("out.mp4: ") and "file too large" in line for line in lines)
    assert list(tmp_path.iterdir()) == []


def test_control_c_leaves_no_file(tmp_path: Path) -> None:
    body = """
    from fractions import Fraction
    with VideoWriter("out.mp4", Fraction(10), 64, 64) as writer:
        print("going", flush=True)
        while True:
            writer.write(np.zeros((64, 64, 3), np.uint8))
    """
    run = run_script(body, tmp_path)
    assert run.stdout is not None
    assert run.stdout.readline() == "going\n"
    time.sleep(0.3)
    assert len(list(tmp_path.iterdir())) == 1
    run.send_signal(signal.SIGINT)
    run.communicate(timeout=30)
    assert run.returncode == -signal.SIGINT
    assert list(tmp_path.iterdir()) == []


def test_a_clock_that_jumps_by_hours_is_refused_not_filled(make_video: MakeVideo) -> None:
    """One bit of a time stamp can make a few pictures last for hours; reading them would never end."""
    times = [0.0, 0.04, 0.08, 0.12, 20_000.0, 20_000.04]
    with pytest.raises(VideoFileError, match=r"clock is damaged: it lasts \d+\.\d hours with 6 pictures"):
        probe(make_video(frames=6, times=times))


def test_a_slide_show_is_no_damaged_clock(make_video: MakeVideo) -> None:
    info = probe(make_video(frames=5, times=[0.0, 60.0, 61.0, 200.0, 600.0]))
    assert float(info.duration) == pytest.approx(600, rel=0.01)


def test_hours_between_all_pictures_are_no_division_by_zero(make_video: MakeVideo) -> None:
    info = probe(make_video(frames=4, times=[0.0, 5000.0, 10_000.0, 15_100.0]))
    assert info.fps > 0
    assert float(info.duration) == pytest.approx(20_100, rel=0.1)
