"""Blender in its own process: jobs go in and answers come out as lines of JSON, arrays as files.

Blender is under the GPL and wants a numpy of its own, so recam never imports it: the scripts in ``inside/``
run there, and know nothing of recam.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

from recam.errors import FileError, MachineError
from recam.worlds.blender.find import Blender

SCRIPT = Path(__file__).resolve().parent / "inside" / "serve.py"
_MARK = "RECAM "
_START_SECONDS = 180.0
_LINES_SHOWN = 6
_POLL_SECONDS = 0.5


class BlenderProcess:
    """A running Blender. It ends with :meth:`close`, and by itself when this process ends in any way.

    Attributes:
        folder: temporary folder for what is exchanged.
        about: what the process said of itself: ``version``, ``device`` (CPU or a kind of GPU), ``devices``.

    Args:
        blender: which Blender.
        device: ``"auto"``, ``"cpu"``, or a kind of GPU: cuda, optix, hip, oneapi, metal.
        threads: of the CPU; 0 for one a core.

    Raises:
        MachineError: Blender does not start, or has no such device.
    """

    def __init__(self, blender: Blender, device: str = "auto", threads: int = 0) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="recam-blender-"))
        self._log_path = self.folder / "log.txt"
        self._answers: queue.Queue[dict[str, Any] | None] = queue.Queue()
        self._job = "start"
        settings = {"folder": str(self.folder), "device": device, "threads": threads}
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
        try:
            with self._log_path.open("wb") as log:
                self._process = subprocess.Popen(
                    blender.command(SCRIPT),
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=log,
                    text=True,
                    encoding="utf-8",
                    errors="replace",
                    env={**environment, "RECAM_BLENDER_JOB": json.dumps(settings)},
                    # Ctrl-C reaches every process of a terminal; this one ends when we say so.
                    start_new_session=True,
                )
        except OSError as error:
            shutil.rmtree(self.folder, ignore_errors=True)
            reason = (error.strerror or str(error)).lower()
            raise MachineError(f"{blender.program} cannot be started: {reason}") from error
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._jobs = self._process.stdin
        threading.Thread(target=self._listen, args=(self._process.stdout,), daemon=True).start()
        try:
            self.about = self._answer(_START_SECONDS, None)
        except BaseException:
            self.close()
            raise

    def run(
        self,
        job: str,
        timeout: float,
        on_wait: Callable[[], None] | None = None,
        **arguments: Any,
    ) -> dict[str, Any]:
        """Do one job and give its answer.

        Args:
            timeout: seconds after which Blender is stopped.
            on_wait: called now and then while Blender works; what it raises stops Blender.

        Raises:
            FileError: an asset cannot be used; the error names the file.
            MachineError: Blender failed, crashed or took too long. The process is closed then.
        """
        if self._process.poll() is not None:
            raise self._died()
        self._job = job
        try:
            self._jobs.write(json.dumps({"job": job, **arguments}) + "\n")
            self._jobs.flush()
        except OSError as error:
            raise self._died() from error
        try:
            return self._answer(timeout, on_wait)
        except FileError:
            raise
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """End the process and remove its folder."""
        if self._process.poll() is None:
            self._process.kill()
        with contextlib.suppress(OSError):
            self._jobs.close()
        self._process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def is_alive(self) -> bool:
        return self._process.poll() is None

    def _listen(self, lines: IO[str]) -> None:
        # Blender prints what it likes; only marked lines are answers.
        for line in lines:
            if line.startswith(_MARK):
                self._answers.put(json.loads(line[len(_MARK) :]))
        lines.close()
        self._answers.put(None)

    def _answer(self, timeout: float, on_wait: Callable[[], None] | None) -> dict[str, Any]:
        end = time.monotonic() + timeout
        while True:
            try:
                answer = self._answers.get(timeout=max(0.0, min(_POLL_SECONDS, end - time.monotonic())))
                break
            except queue.Empty as error:
                if time.monotonic() >= end:
                    raise MachineError(
                        f"Blender did not finish within {timeout:g} s ({self._job}){self._last_lines()}; "
                        "smaller pictures, fewer samples or a longer time limit may help"
                    ) from error
                if on_wait:
                    on_wait()
        if answer is None:
            raise self._died()
        if "error" not in answer:
            return answer
        if answer.get("path"):
            raise FileError(answer["path"], answer["error"])
        raise MachineError(f"Blender failed ({self._job}): {answer['error']}{self._last_lines()}")

    def _died(self) -> MachineError:
        code = self._process.wait()
        how = f"was ended by signal {-code}" if code < 0 else f"ended with code {code}"
        return MachineError(f"Blender {how} ({self._job}){self._last_lines()}")

    def _last_lines(self) -> str:
        try:
            text = self._log_path.read_text(errors="replace")
        except OSError:
            return ""
        lines = [line.strip() for line in text.splitlines() if line.strip()][-_LINES_SHOWN:]
        return f"; its last words: {' | '.join(lines)}" if lines else ""
