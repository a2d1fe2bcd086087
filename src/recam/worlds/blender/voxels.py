"""Few boxes about many points: what cameras keep out of in an environment that is no more than triangles."""

from __future__ import annotations

import numpy as np

from recam.camera.poses import FloatArray

CELL = 0.4
"""Metres a side of the cells that points fall into."""
MOST_BOXES = 1500
"""With more boxes the cells are made larger: each point of a camera's path is checked against each box."""


def merged_boxes(points: FloatArray, cell: float = CELL) -> FloatArray:
    """[B,2,3] boxes, none overlapping, that hold all points [N,3]; no farther than a cell from one of them.

    Cells with a point are joined to rows along x, equal rows to sheets along y, equal sheets along z.
    """
    while True:
        boxes = _merge(np.unique(np.floor(points / cell).astype(np.int64), axis=0))
        if len(boxes) <= MOST_BOXES:
            return boxes * cell
        cell *= 1.5


def _merge(cells: np.ndarray) -> FloatArray:
    boxes = np.stack([cells, cells + 1], axis=1)  # [B, low or high, axis]
    for axis in range(3):
        others = [each for each in range(3) if each != axis]
        key = np.concatenate([boxes[:, :, others].reshape(len(boxes), -1), boxes[:, :1, axis]], axis=1)
        boxes = boxes[np.lexsort(key.T[::-1])]
        joined: list[np.ndarray] = []
        for box in boxes:
            last = joined[-1] if joined else None
            if (
                last is not None
                and (last[:, others] == box[:, others]).all()
                and last[1, axis] == box[0, axis]
            ):
                last[1, axis] = box[1, axis]
            else:
                joined.append(box.copy())
        boxes = np.array(joined).reshape(-1, 2, 3)
    return boxes.astype(np.float64)
