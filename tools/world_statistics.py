"""Make the statistics page of a rendered world: a table in Markdown and its pictures.

python tools/world_statistics.py WORLD --out docs/images --table page.md
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from recam.data.index import DatasetIndex, open_index
from recam.worlds.statistics import collect_statistics
from recam.worlds.statistics_pictures import (
    montage,
    save_charts,
    save_picture,
    save_word_charts,
    scene_montage,
)


def _eventful(index: DatasetIndex, names: list[str]) -> str:
    """Of the first scenes, the one in which most things move in view of the cameras."""

    def moving(name: str) -> int:
        things = index.scene(name).files.description.get("scene", {}).get("things", [])
        return sum(bool(thing["motion"] and thing["visible"]) for thing in things)

    return max(names[:64], key=moving)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("world", type=Path, help="folder of the world")
    parser.add_argument("--out", type=Path, required=True, help="folder for the pictures")
    parser.add_argument("--table", type=Path, help="Markdown file; default: printed")
    parser.add_argument("--split", choices=("train", "val"), default="train")
    parser.add_argument(
        "--scene",
        type=int,
        help="number of the scene that is shown by all its cameras; default: one where much moves",
    )
    parser.add_argument("--name", default="world-statistics", help="how the pictures' names begin")
    options = parser.parse_args()
    index = open_index(options.world)

    def tell(done: int) -> None:
        if done % 50 == 0:
            print(f"\r{done} scenes", end="", file=sys.stderr, flush=True)

    found = collect_statistics(index, options.split, on_scene=tell)
    print(file=sys.stderr)
    names = [name for name in index.names if name.split("/")[0] == options.split]
    ends = f"/scene{options.scene}"
    shown = (
        _eventful(index, names)
        if options.scene is None
        else next((n for n in names if n.endswith(ends)), None)
    )
    if shown is None:
        parser.error(f"{options.world} has no scene{options.scene}")
    options.out.mkdir(parents=True, exist_ok=True)
    scene = index.scene(shown)
    texts = {
        "scenes": "One frame each of scenes spread evenly over the world.",
        "cameras": "One scene: its cameras from left to right, five moments from top to bottom. "
        + scene.files.caption,
        "histograms": "What is drawn how often.",
        "words": "Who does what, what else happens, and the words of the captions.",
    }
    paths = {key: options.out / f"{options.name}-{key}.png" for key in texts}
    save_picture(montage(list(found.pictures.values()), 8), paths["scenes"])
    save_picture(scene_montage(scene), paths["cameras"])
    save_charts(found, paths["histograms"])
    save_word_charts(found, paths["words"])
    parts = [
        found.table(),
        *(f"![{text}](images/{paths[key].name})\n\n*{text}*" for key, text in texts.items()),
    ]
    page = "\n\n".join(parts) + "\n"
    if options.table:
        options.table.write_text(page, encoding="utf-8")
    else:
        print(page)
    for path in paths.values():
        print(f"{path}: {path.stat().st_size:,} bytes", file=sys.stderr)


if __name__ == "__main__":
    main()
