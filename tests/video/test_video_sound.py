"""Sound goes along, in time with the pictures: clicks in a tone are found where they were."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from video_files import MakeVideo

from recam.errors import VideoFileError
from recam.video import Sound, Video, probe


def clicks(path: Path) -> list[float]:
    """Seconds after the first picture at which the tone's clicks (one every half second) begin."""
    with av.open(str(path)) as container:
        pictures = container.demux(container.streams.video[0])
        begin = min(p.pts * p.time_base for p in pictures if p.pts is not None and p.time_base)
    found: list[float] = []
    last = Fraction(-1)
    with av.open(str(path)) as container:
        resampler = av.AudioResampler("fltp")
        for decoded in container.decode(container.streams.audio[0]):
            for frame in resampler.resample(decoded):
                base: Any = frame.pts * frame.time_base - begin
                for index in np.nonzero(abs(frame.to_ndarray()[0]) > 0.6)[0]:
                    time = base + Fraction(int(index), frame.sample_rate)
                    if time - last > Fraction(1, 10):
                        found.append(float(time))
                    last = time
    return found


def sound_of(path: Path) -> tuple[str, float]:
    """(codec, seconds) of a file's sound as decoded."""
    with av.open(str(path)) as container:
        stream = container.streams.audio[0]
        return stream.codec_context.name, sum(f.samples for f in container.decode(stream)) / stream.rate


KINDS: dict[str, tuple[dict[str, Any], str]] = {
    "aac mp4": ({"audio": "aac"}, "aac"),
    "aac mpeg-ts, both clocks off zero": ({"name": "in.ts", "audio": "aac"}, "aac"),
    "opus webm": ({"name": "in.webm", "codec": "libvpx-vp9", "audio": "libopus"}, "opus"),
    "mp3 mkv": ({"name": "in.mkv", "audio": "libmp3lame"}, "mp3float"),
    "flac mkv": ({"name": "in.mkv", "audio": "flac"}, "flac"),
    "pcm mov": ({"name": "in.mov", "audio": "pcm_s16le"}, "aac"),
    "pcm mov mono 22 kHz": (
        {"name": "in.mov", "audio": "pcm_s16le", "audio_rate": 22050, "layout": "mono"},
        "aac",
    ),
    "ac3 mkv 5.1": ({"name": "in.mkv", "audio": "ac3", "layout": "5.1"}, "aac"),
    "aac mp4, picture starts later": ({"audio": "aac", "delay": 0.3}, "aac"),
    "pcm mov, picture starts later": ({"name": "in.mov", "audio": "pcm_s16le", "delay": 0.3}, "aac"),
}


@pytest.mark.parametrize("kind", KINDS)
def test_sound_stays_in_time_with_the_pictures(kind: str, make_video: MakeVideo, tmp_path: Path) -> None:
    options, codec = KINDS[kind]
    source = make_video(**({"frames": 60, "size": (32, 32)} | options))
    before = clicks(source)
    assert len(before) >= 4
    for start, count in ((0.0, 60), (0.4, 40)):
        video = Video.load(source, start=start, max_frames=count)
        output = video.save(tmp_path / "out.mp4")
        end = count / 25
        expected = [t - start for t in before if t >= start - 0.001 and t - start < end - 0.05]
        heard = [t for t in clicks(output) if t < end - 0.05]
        assert heard == pytest.approx(expected, abs=0.003)
        name, seconds = sound_of(output)
        assert name == codec
        last = before[-1] + 0.4 if "later" in kind else 2.4  # where the source's sound ends
        assert seconds == pytest.approx(min(end, last - start), abs=0.05)
        info = probe(output)
        assert info.has_audio
        assert (info.num_frames, info.start) == (count, 0)
    assert probe(source).has_audio


def test_sound_is_cut_where_the_picture_ends_and_may_end_before(make_video: MakeVideo) -> None:
    long = Video.load(make_video("long.mp4", audio="aac", audio_seconds=4, frames=30))
    _, seconds = sound_of(long.save(Path(long.path or "").with_name("out.mp4")))
    assert seconds == pytest.approx(1.2, abs=0.03)
    short = Video.load(make_video("short.mp4", audio="aac", audio_seconds=0.5, frames=30))
    output = short.save(Path(short.path or "").with_name("out.mp4"))
    assert sound_of(output)[1] == pytest.approx(0.5, abs=0.03)
    assert probe(output).num_frames == 30


@pytest.mark.parametrize("options", [{"audio": "aac"}, {"name": "in.mov", "audio": "pcm_s16le"}])
def test_a_stretch_without_sound_is_written_silent(
    options: dict[str, Any], make_video: MakeVideo, tmp_path: Path
) -> None:
    source = make_video(audio_seconds=0.3, frames=50, **options)
    output = Video.load(source, start=1).save(tmp_path / "out.mp4")
    assert (probe(output).num_frames, probe(output).has_audio) == (25, False)


def test_new_pictures_take_the_sound_along_unless_told_not_to(make_video: MakeVideo, tmp_path: Path) -> None:
    source = Video.load(make_video(audio="aac", frames=30))
    result = Video.from_frames(255 - source.frames, source.fps, sound=source)
    assert probe(result.save(tmp_path / "a.mp4")).has_audio
    assert probe(source.with_frames(source.frames[:10]).save(tmp_path / "b.mp4")).has_audio
    assert not probe(result.save(tmp_path / "c.mp4", sound=False)).has_audio
    assert not probe(Video.from_frames(source.frames, 25).save(tmp_path / "d.mp4")).has_audio
    assert Video.load(tmp_path / "a.mp4", sound=False).sound is None


def test_a_source_that_is_gone_costs_the_sound_and_not_the_work(
    make_video: MakeVideo, tmp_path: Path
) -> None:
    source = Video.load(make_video(audio="aac"))
    assert source.path is not None
    source.path.unlink()
    with pytest.warns(UserWarning, match="without its sound"):
        output = source.save(tmp_path / "out.mp4")
    assert (probe(output).num_frames, probe(output).has_audio) == (10, False)


def test_asking_for_sound_of_a_silent_file_is_an_error(make_video: MakeVideo, tmp_path: Path) -> None:
    silent = make_video()
    video = Video.from_frames(
        np.zeros((3, 8, 8, 3), np.uint8), 10, sound=Sound(silent, Fraction(0), Fraction(1))
    )
    with pytest.raises(VideoFileError, match="no sound"):
        video.save(tmp_path / "out.mp4")
    assert not (tmp_path / "out.mp4").exists()
    assert list(tmp_path.glob(".*")) == []
