"""Few boxes about many points: what cameras keep out of in an environment that is no more than triangles."""

from __future__ import annotations

import numpy as np

from recam.camera.poses import FloatArray

CELL = 0.4
"""Metres a side of the cells that points fall into."""
MOST_BOXES = 1500
"""With more boxes the cells are made larger: each point of a camera's path is checked against each box."""


_SHIFT = 0.137
"""Models stand on round numbers of metres: their walls are not to lie on the borders of cells."""


def merged_boxes(points: FloatArray, cell: float = CELL) -> FloatArray:
    """[B,2,3] boxes, none overlapping, that hold all points [N,3]; no farther than a cell from one of them.

    Cells with a point are joined to rows along x, equal rows to sheets along y, equal sheets along z.
    """
    while True:
        boxes = _merge(np.unique(np.floor((points + _SHIFT) / cell).astype(np.int64), axis=0))
        if len(boxes) <= MOST_BOXES:
            return boxes * cell - _SHIFT
        cell *= 1.5


def _merge(cells: np.ndarray) -> FloatArray:
    boxes = np.stack([cells, cells + 1], axis=1)  # [B, low or high, axis]
    for axis in range(3):
        others = [each for each in range(3) if each != axis]
        across = boxes[:, :, others].reshape(len(boxes), 4)
        order = np.lexsort([boxes[:, 0, axis], *across.T])
        boxes, across = boxes[order], across[order]
        goes_on = (across[1:] == across[:-1]).all(axis=1) & (boxes[1:, 0, axis] == boxes[:-1, 1, axis])
        first, last = np.append(True, ~goes_on)[: len(boxes)], np.append(~goes_on, True)[: len(boxes)]
        joined = boxes[first].copy()
        joined[:, 1, axis] = boxes[last, 1, axis]
        boxes = joined
    return boxes.astype(np.float64)
