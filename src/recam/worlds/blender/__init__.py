"""Photoreal scenes with Blender (an extra, in its own process)."""

from recam.worlds.blender.engine import BlenderEngine
from recam.worlds.blender.find import Blender, find_blender

__all__ = ["Blender", "BlenderEngine", "find_blender"]
