"""Cameras: poses, presets, files. Camera-to-world, OpenCV axes, metres, float64; see docs/conventions.md."""

from recam.camera.path import CameraPath
from recam.camera.poses import Poses
from recam.camera.presets import PRESET_NAMES, PRESETS, PresetInfo, find_preset

__all__ = ["PRESETS", "PRESET_NAMES", "CameraPath", "Poses", "PresetInfo", "find_preset"]
