"""What ``stabilize``, ``zoom`` and ``outpaint`` share: footage in, a path for it, a draft or a model's video.

Each makes a path relative to the source camera of the same frame; for a source that moves, what the model
follows is then ``T_i = S_i P_i`` (``CameraPath.follow``), while a draft draws P itself.
"""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from recam.apps.cli.camera.solve import lens_before_solving as stated_lens
from recam.apps.cli.frame import Output
from recam.apps.cli.lens_options import LensChoice
from recam.apps.cli.model_options import ModelRun, in_options, load_stretch
from recam.apps.cli.options import check_video_output
from recam.apps.cli.source_options import SourceMotion
from recam.errors import InputError, OutputError, VideoFileError
from recam.files import check_keeps, check_output_path

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from recam.camera import CameraPath, Intrinsics
    from recam.pipeline import RecamPipeline
    from recam.video import Video, VideoInfo

SavePathOption = Annotated[
    Path | None,
    typer.Option(
        "--save-path", metavar="FILE",
        help="Also write the camera path, relative to the source's first view, as recam JSON.",
    ),
]  # fmt: skip
SubjectDistanceOption = Annotated[
    float,
    typer.Option("--subject-distance", metavar="METRES", help="How far away the subject is in the source."),
]
FillOption = Annotated[
    bool,
    typer.Option("--fill", help="In a draft, fill what the source never saw from around it; else a checker."),
]


@dataclass(frozen=True)
class Footage:
    """The source as it is going to be shot.

    Attributes:
        info: what the file is.
        frames: [F], which of its frames the new video shows.
        lens: of the source camera, for pictures of the file's size.
        window: left, top, width and height of the part of these pictures that is shot: all of it, or what a
            model of another shape sees.
        lens_known: False where it is only assumed.
        motion: how the source camera moved, frame by frame from the file's first on; None: it stood still.
        pipe: the model; None for a draft.
        video: what of the file was read for the model.
    """

    info: VideoInfo
    frames: NDArray[np.int64]
    lens: Intrinsics
    window: tuple[int, int, int, int]
    lens_known: bool
    motion: CameraPath | None
    pipe: RecamPipeline | None = None
    video: Video | None = None

    @property
    def assumption(self) -> str:
        """What to add to a report that depends on the lens, where that is only assumed."""
        fov = round(self.lens.fov_degrees[0], 3)
        return "" if self.lens_known else f" (lens assumed: {fov:g} degrees wide; --fov)"

    @property
    def view(self) -> Intrinsics:
        """The lens of the part that is shot."""
        return self.lens.crop(*self.window)


@dataclass(frozen=True)
class Take:
    """A command's request: what to read, what to write, and what draws it.

    Attributes:
        source, output, save_path: files.
        run: the model's run; None: a draft.
        fill: for drafts.
    """

    source: Path
    output: Path
    save_path: Path | None
    run: ModelRun | None
    fill: bool = False

    def check(self, motion: SourceMotion) -> None:
        """Fail before any work where an output could not be written, or would replace what is read.

        Raises:
            OutputError: it cannot, or it would.
        """
        check_video_output(self.output, self.source)
        if self.save_path is None:
            return
        check_output_path(self.save_path)
        if self.save_path.absolute() == self.output.absolute():
            raise OutputError(self.save_path, "is to be the video; give the camera path another name")
        check_keeps(self.save_path, self.source, motion.file)

    def open(
        self, out: Output, lens: LensChoice, motion: SourceMotion, info: VideoInfo | None = None
    ) -> Footage:
        """Read what is needed of the source, and load the model if there is one.

        Args:
            info: of the source, where it was looked into already.

        Raises:
            VideoFileError: no video, or a single frame.
            InputError: options or counts that do not fit.
        """
        import numpy as np

        from recam.camera import Intrinsics
        from recam.draft import DEFAULT_FOV_DEGREES, path_lens
        from recam.video import center_window, probe

        info = info or probe(self.source)
        if info.num_frames < 2:
            raise VideoFileError(self.source, "holds a single frame; there is no motion to re-shoot")
        path = motion.load(info)
        size = info.width, info.height
        known = lens.lens(*size) or path_lens(path, *size) or stated_lens(lens, info)[0]
        used = known or Intrinsics.from_fov_degrees(DEFAULT_FOV_DEGREES, *size)
        frames, pipe, video = np.arange(info.num_frames), None, None
        window = (0, 0, *size)
        if self.run is not None:
            out.stage(f"loading {self.run.model}")
            pipe = self.run.load()
            wanted = self.run.num_frames or pipe.settings.num_frames
            with in_options():
                video = load_stretch(self.source, info, pipe, wanted)
                frames = pipe.frame_indices(video, wanted, self.run.fit)
            height, width = pipe.frame_size(video)
            window = center_window(info.width, info.height, width / height)
        if path is not None:
            path = motion.at(path, int(frames.max()) + 1)
        return Footage(info, frames, used, window, known is not None, path, pipe, video)

    def shoot(
        self, out: Output, footage: Footage, path: CameraPath, depth: float, data: dict[str, Any], *lines: str
    ) -> None:
        """Draw the new video, write what was asked for, and report.

        Args:
            path: [F] relative to the source camera of the same frame.
            depth: metres to the plane that a draft takes the scene for.
            data, lines: what the command itself has to report.
        """
        target = path if footage.motion is None else path.follow(footage.motion.take(footage.frames))
        if self.run is None:
            from recam.draft import draft_file

            with out.progress("drafting frames") as update:
                draft_file(
                    self.source, self.output, path,
                    intrinsics=footage.lens, depth=depth, fill=self.fill, progress=update,
                )  # fmt: skip
            size: Any = footage.info
            notes, seed = [], None
        else:
            assert footage.pipe is not None
            assert footage.video is not None
            count = None if footage.pipe.settings.fixed_size else len(footage.frames)
            with in_options(), out.progress("rendering steps") as update:
                result = self.run.shoot(footage.pipe, footage.video, target, count, update)
            result.video.save(self.output)
            size, notes, seed = result.video, list(result.notes), result.seed
        if self.save_path is not None:
            target.save(self.save_path)
        self._report(out, size, data, lines, notes, seed)

    def _report(
        self,
        out: Output,
        size: VideoInfo | Video,
        data: dict[str, Any],
        lines: tuple[str, ...],
        notes: list[str],
        seed: int | None,
    ) -> None:
        head = {
            "output": str(self.output),
            "path": str(self.save_path) if self.save_path else None,
            "model": self.run.model if self.run else None,
            "seed": seed,
            "num_frames": size.num_frames,
            "width": size.width,
            "height": size.height,
            "fps": float(size.fps),
            "notes": notes,
        }
        if not out.as_json:
            for note in notes:
                print(f"note: {note}", file=sys.stderr)
        drawn = "a draft" if self.run is None else f"by {self.run.model}, seed {seed}"
        text = f"{size.num_frames} frames, {size.width}x{size.height}, {float(size.fps):.5g} frames/s"
        more = [f"{self.save_path}: the camera path"] if self.save_path else []
        out.result(head | data, f"{self.output}: {drawn}, {text}", *lines, *more)


def model_or_draft(draft: bool, **said: Any) -> ModelRun | None:
    """The model's run, or None for a draft.

    Args:
        said: what the user said about the model, by the names of :class:`ModelRun`.

    Raises:
        InputError: a draft of so many frames.
    """
    if not draft:
        return ModelRun(**said)
    if said.get("num_frames") is not None:
        raise InputError("--num-frames is for models; a draft shows the whole video")
    return None


def moved(path: CameraPath) -> dict[str, float]:
    """How far a path goes from the source's view at most, and all turning and all way on it added up."""
    import numpy as np

    from recam.camera.narrate import totals

    whole = totals(path)
    return {
        "turn_degrees": round(path.max_rotation_degrees(), 4),
        "distance_m": round(float(np.linalg.norm(path.poses.translations, axis=1).max()), 4),
        "turned_in_all_degrees": round(whole.turned_degrees, 4),
        "travelled_in_all_m": round(whole.travelled_metres, 4),
    }


def progress_over(frames: int, at_start: bool, easing: str) -> NDArray[np.float64]:
    """[F] from 0 to 1 over the clip, or all 1.

    Raises:
        InputError: no such easing.
    """
    import numpy as np

    from recam.camera.easing import ease

    times = np.ones(frames) if at_start else np.linspace(0, 1, frames)
    return ease(easing, times)


def read_quantity(text: str, option: str, units: tuple[str, ...]) -> float:
    """A number with or without one of ``units`` behind it: "20", "20deg" or "-20°".

    Raises:
        InputError: anything else.
    """
    known = "|".join(re.escape(unit) for unit in units)
    found = re.fullmatch(
        rf"\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)\s*(?:{known})?\s*", text, re.IGNORECASE
    )
    if not found:
        raise InputError(f"{option} {text!r} is no number; write it as in 1.5 or 1.5{units[0]}")
    return float(found[1])
