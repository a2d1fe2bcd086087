"""How human-like figures look: bodies, hair and clothes as shapes on bones, and the words for them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

import numpy as np

from recam.worlds.characters.human_body import SIDES, Build
from recam.worlds.characters.skeleton import turn_x, turn_y
from recam.worlds.colours import COLOURS, darker, draw_colour, shade, with_article
from recam.worlds.scene import Colour, Material, Shape, Texture

SKINS: tuple[Colour, ...] = (
    (0.93, 0.78, 0.68),
    (0.87, 0.69, 0.56),
    (0.76, 0.57, 0.43),
    (0.60, 0.42, 0.30),
    (0.44, 0.29, 0.21),
    (0.31, 0.20, 0.15),
)
HAIRS: tuple[Colour, ...] = (
    (0.07, 0.06, 0.06),
    (0.20, 0.12, 0.08),
    (0.38, 0.23, 0.13),
    (0.78, 0.62, 0.36),
    (0.60, 0.25, 0.12),
    (0.70, 0.70, 0.70),
)
CLOTHES = tuple(name for name in COLOURS if name != "beige") + ("beige",)
TROUSERS = ("blue", "navy blue", "black", "dark grey", "grey", "brown", "beige", "olive")
SHOES = ("black", "brown", "white", "dark grey", "red")


@dataclass(frozen=True)
class Looks:
    """What a figure wears.

    Attributes:
        shapes: bone -> its shapes.
        words: such as "a woman in a green coat".
        attributes: colours and clothes, plain JSON values.
    """

    shapes: dict[str, list[Shape]]
    words: str
    attributes: dict[str, Any]


def cloth(rng: np.random.Generator, colour: Colour) -> tuple[str, Material]:
    """A fabric of a colour, and the word for its pattern ("" for most)."""
    pattern = str(rng.choice(["fabric", "plain", "stripes", "checker"], p=(0.45, 0.3, 0.15, 0.1)))
    light = np.mean(colour) > 0.5
    second = (
        darker(colour, 0.8) if pattern == "fabric" else darker(colour, 0.45) if light else (0.86, 0.85, 0.82)
    )
    metres = {"stripes": 0.5, "checker": 0.3}.get(pattern, 0.25)
    word = {"stripes": "striped", "checker": "checked"}.get(pattern, "")
    texture = Texture(pattern, colour, second, metres, int(rng.integers(1 << 16)))
    return word, Material(texture, roughness=float(rng.uniform(0.7, 0.95)))


def bone_shape(length: float, radius: float, material: Material) -> Shape:
    """A capsule down a bone, from its joint to the next."""
    return Shape("capsule", (radius, length / 2), material, (0.0, 0.0, -length / 2))


def dress_person(rng: np.random.Generator, species: str, build: Build) -> Looks:
    """A woman, man, boy or girl in drawn clothes."""
    skin = Material.plain(shade(rng, SKINS[rng.integers(len(SKINS))], 0.02), roughness=0.6)
    hair_colour = HAIRS[rng.choice(len(HAIRS), p=(0.25, 0.2, 0.2, 0.15, 0.1, 0.1))]
    hair = Material(Texture("noise", hair_colour, darker(hair_colour, 0.6), 0.2, 3), roughness=0.7)
    top_name, top_colour = draw_colour(rng, CLOTHES)
    pattern, top = cloth(rng, top_colour)
    bottom_name, bottom_colour = draw_colour(rng, TROUSERS)
    bottom = Material(Texture("fabric", bottom_colour, darker(bottom_colour, 0.8), 0.25), roughness=0.9)
    feminine = species in ("woman", "girl")
    garments = ("coat", "jacket", "shirt", "sweater", "t-shirt") + (("dress",) * 2 if feminine else ())
    garment = str(rng.choice(garments))
    if garment == "dress":
        bottom_name = top_name
    long_sleeves = garment in ("coat", "jacket", "shirt", "sweater")
    shorts = garment == "t-shirt" and rng.random() < 0.6
    bare_legs = garment == "dress" or shorts
    shoe_name, shoe_colour = draw_colour(rng, SHOES)
    shoes = Material.plain(shoe_colour, roughness=0.5)

    shapes: dict[str, list[Shape]] = defaultdict(list)
    _trunk(shapes, build, top, top if garment in ("coat", "dress") else bottom, feminine)
    if garment == "coat":
        _skirt(shapes, build, top, 0.62, 1.05)
    elif garment == "dress":
        _skirt(shapes, build, top, float(rng.uniform(0.75, 0.95)), float(rng.uniform(1.15, 1.3)))
    _limbs(
        shapes,
        build,
        sleeve=top,
        forearm=top if long_sleeves else skin,
        thigh=skin if garment == "dress" else bottom,
        shin=skin if bare_legs else bottom,
        hand=skin,
        shoe=shoes,
    )
    _head(shapes, build, skin)
    hat = _hair_or_hat(rng, shapes, build, hair, feminine)
    carried = ""
    if rng.random() < 0.15:
        bag_name, bag = draw_colour(rng)
        size = (0.035 * build.height, 0.085 * build.height, 0.095 * build.height)
        behind = -(0.075 * build.height * build.girth + size[0] * 0.8)
        _, material = cloth(rng, bag)
        shapes["chest"].append(Shape("box", size, material, (behind, 0.0, 0.35 * build.neck)))
        carried = f"{bag_name} backpack"
    wears = with_article(" ".join(word for word in (pattern, top_name, garment) if word))
    extra = [with_article(word) for word in (hat, carried) if word]
    words = f"a {species} in {wears}" + (f" and {extra[0]}" if extra and rng.random() < 0.7 else "")
    return Looks(
        dict(shapes),
        words,
        {
            "garment": garment,
            "top": top_name,
            "bottom": "bare" if garment == "dress" else bottom_name,
            "shoes": shoe_name,
            "hat": hat,
            "carries": carried,
        },
    )


def _trunk(
    shapes: dict[str, list[Shape]], build: Build, top: Material, bottom: Material, feminine: bool
) -> None:
    height, girth = build.height, build.girth
    hips = 0.098 if feminine else 0.09
    size = (0.064 * height * girth, hips * height * girth**0.5, 0.072 * height)
    shapes["pelvis"].append(Shape("ellipsoid", size, bottom, (0.0, 0.0, 0.25 * build.waist)))
    waist = 0.07 if feminine else 0.078
    size = (0.058 * height * girth, waist * height * girth, 0.085 * height)
    shapes["belly"].append(Shape("ellipsoid", size, top, (0.0, 0.0, 0.25 * build.chest)))
    size = (0.068 * height * girth, 1.02 * build.shoulders, 0.62 * build.neck)
    shapes["chest"].append(Shape("ellipsoid", size, top, (0.0, 0.0, 0.42 * build.neck)))
    # Shoulders: a bar under the neck, so that arms grow out of it.
    bar = 0.045 * height * girth
    shapes["chest"].append(
        Shape("capsule", (bar, build.shoulders - 0.4 * bar), top, (0.0, 0.0, 0.82 * build.neck), turn_x(90.0))
    )


def _skirt(
    shapes: dict[str, list[Shape]], build: Build, material: Material, length: float, flare: float
) -> None:
    """The lower part of a coat or dress, down from the waist by a share of the thigh."""
    long = length * build.thigh
    wide = 0.092 * build.height * build.girth**0.5 * flare
    size = (0.85 * wide, wide, 0.5 * long + 0.05 * build.height)
    shapes["skirt"].append(Shape("ellipsoid", size, material, (0.0, 0.0, -0.46 * long)))


def _limbs(shapes: dict[str, list[Shape]], build: Build, **looks: Material) -> None:
    height, girth = build.height, build.girth
    for side in SIDES:
        arm = 0.027 * height * girth
        shapes[f"{side} upper arm"].append(bone_shape(build.upper_arm, arm, looks["sleeve"]))
        shapes[f"{side} forearm"].append(bone_shape(build.forearm, 0.8 * arm, looks["forearm"]))
        size = (0.6 * arm, 0.9 * arm, 0.5 * build.hand)
        shapes[f"{side} hand"].append(Shape("ellipsoid", size, looks["hand"], (0.0, 0.0, -0.42 * build.hand)))
        thigh = 0.043 * height * girth
        shapes[f"{side} thigh"].append(bone_shape(build.thigh, thigh, looks["thigh"]))
        shapes[f"{side} shin"].append(bone_shape(build.shin, 0.72 * thigh, looks["shin"]))
        radius = 0.17 * build.foot
        place = (0.24 * build.foot, 0.0, radius - build.ankle)
        size = (radius, 0.33 * build.foot)
        shapes[f"{side} foot"].append(Shape("capsule", size, looks["shoe"], place, turn_y(90.0)))


def _head(shapes: dict[str, list[Shape]], build: Build, skin: Material) -> None:
    head = build.head
    shapes["neck"].append(
        Shape("capsule", (0.4 * head, 0.5 * build.throat), skin, (0, 0, 0.3 * build.throat))
    )
    size = (0.88 * head, 0.74 * head, head)
    shapes["head"].append(Shape("ellipsoid", size, skin, (0.1 * head, 0.0, 0.9 * head)))
    nose = Shape("ellipsoid", (0.16 * head, 0.1 * head, 0.17 * head), skin, (0.95 * head, 0.0, 0.82 * head))
    shapes["head"].append(nose)
    eye = Material.plain((0.06, 0.05, 0.05), roughness=0.2)
    for sign in SIDES.values():
        place = (0.83 * head, sign * 0.3 * head, 1.05 * head)
        shapes["head"].append(Shape("sphere", (0.1 * head,), eye, place))


def _hair_or_hat(
    rng: np.random.Generator, shapes: dict[str, list[Shape]], build: Build, hair: Material, feminine: bool
) -> str:
    """Adds what is on the head; the words for a hat, or ""."""
    head = build.head
    style = str(
        rng.choice(["long", "tail", "bun", "short"] if feminine else ["short", "short", "full", "bald"])
    )
    if style != "bald":
        size = (0.92 * head, 0.82 * head, 0.86 * head)
        shapes["head"].append(Shape("ellipsoid", size, hair, (-0.04 * head, 0.0, 1.18 * head)))
    if style == "long":
        size = (0.35 * head, 0.76 * head, 1.25 * head)
        shapes["head"].append(Shape("ellipsoid", size, hair, (-0.6 * head, 0.0, 0.45 * head)))
    elif style == "tail":
        shapes["head"].append(
            Shape("capsule", (0.2 * head, 0.6 * head), hair, (-0.95 * head, 0.0, 0.7 * head))
        )
    elif style == "bun":
        shapes["head"].append(Shape("sphere", (0.4 * head,), hair, (-0.75 * head, 0.0, 1.6 * head)))
    elif style == "full":
        size = (0.45 * head, 0.55 * head, 0.45 * head)
        shapes["head"].append(Shape("ellipsoid", size, hair, (0.52 * head, 0.0, 0.28 * head)))
    if rng.random() > 0.3:
        return ""
    name, colour = draw_colour(rng)
    material = Material(Texture("fabric", colour, darker(colour, 0.8), 0.2), roughness=0.9)
    hat = str(rng.choice(["hat", "cap", "woolly hat"]))
    if hat == "woolly hat":
        size = (0.98 * head, 0.88 * head, 0.75 * head)
        shapes["head"].append(Shape("ellipsoid", size, material, (0.02 * head, 0.0, 1.42 * head)))
    else:
        place = (0.04 * head, 0.0, 1.68 * head)
        shapes["head"].append(Shape("cylinder", (0.86 * head, 0.42 * head), material, place))
        brim = (1.5, 1.5) if hat == "hat" else (0.8, 0.75)
        place = (0.04 * head if hat == "hat" else 0.75 * head, 0.0, 1.3 * head)
        size = (brim[0] * head, brim[1] * head, 0.07 * head)
        shapes["head"].append(Shape("ellipsoid", size, material, place))
    return f"{name} {hat}"


def plate_robot(rng: np.random.Generator, build: Build) -> Looks:
    """A robot of boxes and joints, of the same bones as a person."""
    name, colour = draw_colour(rng)
    accent_name, accent = draw_colour(
        rng, ("yellow", "orange", "red", "light blue", "green", "white", "black")
    )
    shell = Material.plain(
        colour, roughness=float(rng.uniform(0.25, 0.5)), metallic=float(rng.uniform(0.2, 0.7))
    )
    trim = Material.plain(accent, roughness=0.4)
    steel = Material.plain((0.42, 0.43, 0.45), roughness=0.35, metallic=0.8)
    glow = Material.plain((0.3, 0.85, 1.0), emission=0.9)
    height, head = build.height, build.head
    shapes: dict[str, list[Shape]] = defaultdict(list)
    size = (0.055 * height, build.hips + 0.035 * height, 0.045 * height)
    shapes["pelvis"].append(Shape("box", size, steel))
    shapes["belly"].append(Shape("cylinder", (0.05 * height, 0.075 * height), steel))
    size = (0.07 * height, build.shoulders - 0.02 * height, 0.5 * build.neck)
    shapes["chest"].append(Shape("box", size, shell, (0.0, 0.0, 0.5 * build.neck)))
    size = (0.01 * height, 0.4 * build.shoulders, 0.25 * build.neck)
    shapes["chest"].append(Shape("box", size, trim, (0.068 * height, 0.0, 0.55 * build.neck)))
    shapes["neck"].append(
        Shape("cylinder", (0.4 * head, 0.6 * build.throat), steel, (0, 0, 0.4 * build.throat))
    )
    shapes["head"].append(Shape("box", (0.75 * head, 0.8 * head, 0.8 * head), shell, (0.0, 0.0, 0.95 * head)))
    shapes["head"].append(
        Shape("box", (0.08 * head, 0.62 * head, 0.2 * head), glow, (0.74 * head, 0, 1.15 * head))
    )
    if rng.random() < 0.6:
        shapes["head"].append(
            Shape("cylinder", (0.06 * head, 0.35 * head), steel, (0, 0.4 * head, 2.05 * head))
        )
    for side in SIDES:
        for bone, length, wide in (
            ("upper arm", build.upper_arm, 0.028),
            ("forearm", build.forearm, 0.026),
            ("thigh", build.thigh, 0.04),
            ("shin", build.shin, 0.036),
        ):
            half = wide * height
            if bone in ("upper arm", "thigh"):
                shapes[f"{side} {bone}"].append(Shape("sphere", (1.3 * half,), steel))
            size = (half, half, 0.44 * length)
            material = trim if bone in ("forearm", "shin") else shell
            shapes[f"{side} {bone}"].append(Shape("box", size, material, (0.0, 0.0, -0.5 * length)))
        size = (0.022 * height, 0.026 * height, 0.4 * build.hand)
        shapes[f"{side} hand"].append(Shape("box", size, steel, (0.0, 0.0, -0.4 * build.hand)))
        size = (0.5 * build.foot, 0.042 * height, 0.5 * build.ankle)
        place = (0.24 * build.foot, 0.0, -0.5 * build.ankle)
        shapes[f"{side} foot"].append(Shape("box", size, shell, place))
    words = f"{with_article(name)} robot"
    if accent_name != name:
        words += f" with {accent_name} arms"
    return Looks(dict(shapes), words, {"shell": name, "accent": accent_name})
