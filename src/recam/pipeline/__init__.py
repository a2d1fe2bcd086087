"""From a video, a camera path and a prompt to the scene along the new path."""

from recam.pipeline.recam import RecamPipeline, RecamResult
from recam.pipeline.settings import ModelSettings

__all__ = ["ModelSettings", "RecamPipeline", "RecamResult"]
