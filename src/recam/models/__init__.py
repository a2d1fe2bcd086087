"""Everything with weights: sizes, camera layers, the transformer, the flow and checkpoints."""

from recam.models.grid import LatentGrid
from recam.models.transformer import RecamTransformer3DModel

__all__ = ["LatentGrid", "RecamTransformer3DModel"]
