"""Camera animation as a table, CSV or JSON: one row a frame, named columns with their units in the names."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from recam.camera.formats.content import Content
from recam.camera.formats.json_text import as_number, short
from recam.camera.poses import FloatArray
from recam.errors import CameraFileError
from recam.files import atomic_file

_MAX_COLUMNS = 200


@dataclass(frozen=True)
class Table:
    """Rows of a file, their cells not read yet."""

    path: Path
    columns: tuple[str, ...]
    rows: Sequence[Mapping[str, object]]
    labels: tuple[str, ...]
    """What to call each row in an error message."""

    def numbers(self, column: str) -> FloatArray:
        """[rows] float64.

        Raises:
            CameraFileError: a cell is missing or no finite number; it names row and column.
        """
        values = np.empty(len(self.rows))
        for index, row in enumerate(self.rows):
            cell = row.get(column)
            where = f"{self.labels[index]}: {column}"
            if isinstance(cell, str) and "_" not in cell:
                try:
                    cell = float(cell)
                except ValueError as error:
                    raise CameraFileError(self.path, f"{where} is not a number: {short(cell)}") from error
            values[index] = as_number(self.path, where, cell)
        return values

    def cameras(self) -> dict[str, list[int]]:
        """The rows of each camera, in order; one without a name where there is no column ``camera``."""
        if "camera" not in self.columns:
            return {"": list(range(len(self.rows)))}
        found: dict[str, list[int]] = {}
        for index, row in enumerate(self.rows):
            name = row.get("camera")
            if not isinstance(name, (str, int)) or isinstance(name, bool) or not str(name).strip():
                raise CameraFileError(
                    self.path, f"{self.labels[index]}: camera must be a name, not {short(name)}"
                )
            found.setdefault(str(name), []).append(index)
        return found


def columns_of(content: Content) -> tuple[str, ...]:
    """The names of a table's columns in lower case; none where the content is no table."""
    if content.kind == "text":
        return _header(content)[0] if content.data_lines else ()
    records = _records(content)
    first = records[0] if records else None
    return tuple(key.lower() for key in first) if isinstance(first, dict) else ()


def read_table(content: Content) -> Table:
    """The rows of a CSV with a header line, or of a JSON list of objects (or one under ``frames``).

    Raises:
        CameraFileError: a row has more or fewer cells than there are columns.
    """
    columns = columns_of(content)
    if len(set(columns)) != len(columns):
        raise CameraFileError(content.path, "has two columns of one name")
    if content.kind == "json":
        rows = []
        for index, record in enumerate(_records(content)):
            if not isinstance(record, dict):
                raise CameraFileError(content.path, f"row {index} must be an object, not {short(record)}")
            rows.append({key.lower(): value for key, value in record.items()})
        return Table(content.path, columns, rows, tuple(f"row {index}" for index in range(len(rows))))
    _, delimiter = _header(content)
    numbers = tuple(number for number, _ in content.data_lines[1:])
    rows = []
    for number, line in content.data_lines[1:]:
        cells = _cells(content, number, line, delimiter)
        if len(cells) != len(columns):
            raise CameraFileError(
                content.path,
                f"line {number}: expected {len(columns)} cells as in the header, found {len(cells)}",
            )
        rows.append(dict(zip(columns, cells, strict=True)))
    return Table(content.path, columns, rows, tuple(f"line {number}" for number in numbers))


def write_table(path: Path, rows: Sequence[Mapping[str, object]], comment: str) -> None:
    """Write rows with the same keys as CSV, or as JSON where the name ends in ``.json``.

    Raises:
        OutputError: the file cannot be written.
    """
    with atomic_file(path) as temporary:
        if path.suffix.lower() == ".json":
            lines = ",\n".join(f"    {json.dumps(row)}" for row in rows)
            head = f'  "convention": {json.dumps(comment)},\n'
            temporary.write_text(f'{{\n{head}  "frames": [\n{lines}\n  ]\n}}\n', encoding="utf-8")
            return
        with temporary.open("w", encoding="utf-8", newline="") as file:
            file.write(f"# {comment}\n")
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(rows[0])
            writer.writerows(
                [repr(cell) if isinstance(cell, float) else cell for cell in row.values()] for row in rows
            )


def _records(content: Content) -> list[object]:
    document = content.document
    if isinstance(document, dict):
        document = document.get("frames")
    return document if isinstance(document, list) else []


def _header(content: Content) -> tuple[tuple[str, ...], str]:
    number, line = content.data_lines[0]
    delimiter = max(",;\t", key=line.count)
    if not 1 <= line.count(delimiter) <= _MAX_COLUMNS:
        return (), delimiter
    cells = _cells(content, number, line, delimiter)
    return tuple(cell.lower() for cell in cells), delimiter


def _cells(content: Content, number: int, line: str, delimiter: str) -> list[str]:
    try:
        rows = list(csv.reader([line], delimiter=delimiter, strict=True))
    except csv.Error as error:
        raise CameraFileError(content.path, f"line {number}: is broken CSV ({error})") from error
    return [cell.strip() for cell in rows[0]] if rows else []
