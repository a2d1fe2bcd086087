"""Runs inside Blender: reads jobs as lines of JSON, does them one after another, and answers each.

Imports nothing but Blender's own modules, numpy and Python's library.
"""

from __future__ import annotations

import json
import os
import queue
import shutil
import sys
import threading
import traceback
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))

import bpy  # pyright: ignore[reportMissingImports]
from errors_inside import AssetError  # pyright: ignore[reportMissingImports]

_MARK = "RECAM "
_GPUS = ("OPTIX", "CUDA", "HIP", "METAL", "ONEAPI")


def main() -> None:
    settings = json.loads(os.environ["RECAM_BLENDER_JOB"])
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8", buffering=1)
    os.dup2(2, 1)  # whatever Blender prints belongs into the log

    def answer(content: dict[str, Any]) -> None:
        answers.write(_MARK + json.dumps(content) + "\n")
        answers.flush()

    try:
        device, devices = _choose_device(settings["device"].upper())
    except ValueError as error:
        answer({"error": str(error)})
        return
    from jobs import Jobs  # pyright: ignore[reportMissingImports]

    jobs = Jobs(Path(settings["folder"]), device, int(settings["threads"]))
    waiting: queue.Queue[str] = queue.Queue()
    threading.Thread(target=_read, args=(waiting, settings["folder"]), daemon=True).start()
    answer({"version": bpy.app.version_string, "device": device, "devices": devices})
    while True:
        job = json.loads(waiting.get())
        try:
            answer(getattr(jobs, job.pop("job"))(**job) or {})
        except AssetError as error:
            answer({"error": error.reason, "path": error.path})
        except Exception as error:
            traceback.print_exc()
            sys.stderr.flush()
            answer({"error": f"{type(error).__name__}: {error}"})


def _read(waiting: queue.Queue[str], folder: str) -> None:
    """Hand lines on; the end of the input means that recam is gone, and so must we be, leaving nothing."""
    for line in sys.stdin:
        waiting.put(line)
    shutil.rmtree(folder, ignore_errors=True)
    os._exit(0)


def _choose_device(wanted: str) -> tuple[str, list[str]]:
    """(CPU or the kind of GPU, names of the devices); switched on in Cycles' preferences.

    Raises:
        ValueError: there is no such device.
    """
    if wanted == "CPU":
        return "CPU", []
    if "cycles" not in bpy.context.preferences.addons:
        bpy.ops.preferences.addon_enable(module="cycles")
    preferences = bpy.context.preferences.addons["cycles"].preferences
    kinds = _GPUS if wanted == "AUTO" else (wanted,)
    for kind in kinds:
        try:
            preferences.compute_device_type = kind
        except TypeError:  # this build does not know that kind
            continue
        found = [device for device in preferences.get_devices_for_type(kind) if device.type == kind]
        if found:
            for device in preferences.devices:
                device.use = device.type == kind
            return kind, [device.name for device in found]
    if wanted != "AUTO":
        raise ValueError(f"this Blender finds no device of kind {wanted.lower()}; use device auto or cpu")
    preferences.compute_device_type = "NONE"
    return "CPU", []


if __name__ == "__main__":
    main()
