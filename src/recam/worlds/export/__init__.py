"""The published camera rules for users' own projects in Blender and Unreal Engine."""

from recam.worlds.export.rigs import TARGETS, Rig, RigSettings, Target, draw_export_rig
from recam.worlds.export.write import export_rigs

__all__ = ["TARGETS", "Rig", "RigSettings", "Target", "draw_export_rig", "export_rigs"]
