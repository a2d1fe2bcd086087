"""Cameras: poses, presets, files. Camera-to-world, OpenCV axes, metres, float64; see docs/conventions.md."""

from recam.camera.formats import (
    FORMATS,
    CameraSet,
    read_cameras,
    write_cameras,
    write_multicamvideo,
)
from recam.camera.intrinsics import Intrinsics
from recam.camera.keyframe import Keyframe
from recam.camera.keyframe_file import read_keyframes
from recam.camera.keyframes import Keyframes
from recam.camera.lenses import Lenses
from recam.camera.path import CameraPath
from recam.camera.poses import Poses
from recam.camera.presets import PRESET_NAMES, PRESETS, PresetInfo, find_preset

__all__ = [
    "FORMATS",
    "PRESETS",
    "PRESET_NAMES",
    "CameraPath",
    "CameraSet",
    "Intrinsics",
    "Keyframe",
    "Keyframes",
    "Lenses",
    "Poses",
    "PresetInfo",
    "find_preset",
    "read_cameras",
    "read_keyframes",
    "write_cameras",
    "write_multicamvideo",
]
