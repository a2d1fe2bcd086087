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
from recam.camera.formats.matrices import check_number_of_cameras
from recam.camera.poses import FloatArray
from recam.errors import CameraFileError
from recam.files import atomic_file

_MAX_COLUMNS = 200


@dataclass(frozen=True)
class Table:
    """Columns of a file, their cells not read yet."""

    path: Path
    cells: Mapping[str, Sequence[object]]
    """By the column's name; a cell that is missing is None."""
    labels: tuple[str, ...]
    """What to call each row in an error message."""

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(self.cells)

    def numbers(self, column: str) -> FloatArray:
        """[rows] float64.

        Raises:
            CameraFileError: a cell is missing or no finite number; it names row and column.
        """
        values = np.empty(len(self.labels))
        for index, cell in enumerate(self.cells[column]):
            if isinstance(cell, str) and "_" not in cell:  # Python would read 1_0 as ten
                try:
                    cell = float(cell)
                except ValueError as error:
                    raise CameraFileError(
                        self.path, f"{self.labels[index]}: {column} is not a number: {short(cell)}"
                    ) from error
            if type(cell) is not float:
                cell = as_number(self.path, f"{self.labels[index]}: {column}", cell)
            values[index] = cell
        bad = ~np.isfinite(values)
        if bad.any():
            where = self.labels[int(np.argmax(bad))]
            raise CameraFileError(self.path, f"{where}: {column} must be a finite number")
        return values

    def cameras(self) -> dict[str, list[int]]:
        """The rows of each camera, in order; one without a name where there is no column ``camera``."""
        if "camera" not in self.cells:
            return {"": list(range(len(self.labels)))}
        found: dict[str, list[int]] = {}
        for index, name in enumerate(self.cells["camera"]):
            if not isinstance(name, (str, int)) or isinstance(name, bool) or not str(name).strip():
                raise CameraFileError(
                    self.path, f"{self.labels[index]}: camera must be a name, not {short(name)}"
                )
            found.setdefault(str(name), []).append(index)
        check_number_of_cameras(self.path, len(found))
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
        records = _records(content)
        cells: dict[str, list[object]] = {column: [None] * len(records) for column in columns}
        for index, record in enumerate(records):
            if not isinstance(record, dict):
                raise CameraFileError(content.path, f"row {index} must be an object, not {short(record)}")
            for key, value in record.items():
                if (column := key.lower()) in cells:
                    cells[column][index] = value
        return Table(content.path, cells, tuple(f"row {index}" for index in range(len(records))))
    _, delimiter = _header(content)
    lines = content.data_lines[1:]
    rows = _csv_rows(content, [line for _, line in lines], delimiter)
    for (number, _), row in zip(lines, rows, strict=False):
        if len(row) != len(columns):
            raise CameraFileError(
                content.path,
                f"line {number}: expected {len(columns)} cells as in the header, found {len(row)}",
            )
    if len(rows) != len(lines):
        raise CameraFileError(content.path, "is broken CSV: a quoted cell goes on in the next line")
    by_column = zip(*rows, strict=True) if rows else [()] * len(columns)
    cells = {name: list(column) for name, column in zip(columns, by_column, strict=True)}
    return Table(content.path, cells, tuple(f"line {number}" for number, _ in lines))


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
    line = content.data_lines[0][1]
    delimiter = max(",;\t", key=line.count)
    if not 1 <= line.count(delimiter) <= _MAX_COLUMNS:
        return (), delimiter
    try:
        rows = _csv_rows(content, [line], delimiter)
    except CameraFileError:  # whatever the line is, it is no header
        return (), delimiter
    return tuple(cell.strip().lower() for cell in rows[0]), delimiter


def _csv_rows(content: Content, lines: Sequence[str], delimiter: str) -> list[list[str]]:
    try:
        return list(csv.reader(lines, delimiter=delimiter, strict=True))
    except csv.Error as error:
        raise CameraFileError(content.path, f"is broken CSV ({error})") from error
