"""Materials, sky and lamps."""

from __future__ import annotations

import math
from typing import Any

import bpy  # pyright: ignore[reportMissingImports]
import numpy as np
from errors_inside import AssetError
from mathutils import Vector  # pyright: ignore[reportMissingImports]

_LEAST_ADAPTED = 0.12


def linear(colour: Any) -> np.ndarray:
    """Light of an sRGB colour, 0 to 1."""
    value = np.clip(np.asarray(colour, float), 0, 1)
    return np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)


def brightness(light: np.ndarray) -> float:
    """Luminance (ITU-R BT.709)."""
    return float(light @ [0.2126, 0.7152, 0.0722])


class Nodes:
    """Makes nodes of a tree and joins them, in few words."""

    def __init__(self, tree: Any) -> None:
        self.tree = tree
        tree.nodes.clear()

    def add(self, kind: str, inputs: dict[Any, Any] | None = None, **properties: Any) -> Any:
        """A node; ``inputs`` are numbers or outputs of other nodes, by name or index."""
        node = self.tree.nodes.new(kind)
        for name, value in properties.items():
            setattr(node, name, value)
        for name, value in (inputs or {}).items():
            if isinstance(value, bpy.types.NodeSocket):
                self.tree.links.new(value, node.inputs[name])
            else:
                node.inputs[name].default_value = value
        return node

    def math(self, operation: str, first: Any, second: Any = 0.0, third: Any = 0.0) -> Any:
        node = self.add("ShaderNodeMath", {0: first, 1: second, 2: third}, operation=operation)
        return node.outputs[0]

    def mix(self, share: Any, first: Any, second: Any, blend: str = "MIX") -> Any:
        """Colours mixed."""
        node = self.add("ShaderNodeMix", data_type="RGBA", blend_type=blend)
        for name, value in (("Factor_Float", share), ("A_Color", first), ("B_Color", second)):
            socket = next(each for each in node.inputs if each.identifier == name)
            if isinstance(value, bpy.types.NodeSocket):
                self.tree.links.new(value, socket)
            else:
                socket.default_value = value
        return next(each for each in node.outputs if each.identifier == "Result_Color")


def rgba(light: Any) -> tuple[float, ...]:
    return (*(float(value) for value in light), 1.0)


def make_material(described: dict[str, Any], arrays: dict[str, np.ndarray]) -> Any:
    """A Principled material; its pattern is laid on from all six sides, upright on upright faces."""
    material = bpy.data.materials.new(described["pattern"])
    material.use_nodes = True
    nodes = Nodes(material.node_tree)
    surface = nodes.add(
        "ShaderNodeBsdfPrincipled",
        {"Roughness": described["roughness"], "Metallic": described["metallic"]},
    )
    where = nodes.add("ShaderNodeTexCoord").outputs["Object"]
    if "image" in described:
        image = _make_image(described["pattern"], arrays[described["image"]])
        scale = 1.0 / described["metres"]
        placed = nodes.add("ShaderNodeMapping", {"Vector": where, "Scale": (scale, scale, scale)})
        painted = nodes.add(
            "ShaderNodeTexImage",
            {"Vector": placed.outputs[0]},
            image=image,
            projection="BOX",
            projection_blend=0.15,
        )
        colour = painted.outputs["Color"]
        if described["relief"]:
            bump = nodes.add(
                "ShaderNodeBump",
                {"Height": colour, "Distance": described["relief"], "Strength": 0.7},
            )
            nodes.tree.links.new(bump.outputs[0], surface.inputs["Normal"])
    else:
        colour = nodes.add("ShaderNodeRGB").outputs[0]
        colour.default_value = rgba(linear(described["colour"]))
    # Nothing is of one colour all over: slow blotches of 4 % and a roughness that wavers.
    blotches = nodes.add("ShaderNodeTexNoise", {"Vector": where, "Scale": 1.7, "Detail": 1.0}).outputs[0]
    shade = nodes.math("MULTIPLY_ADD", blotches, 0.16, 0.92)
    grey = nodes.add("ShaderNodeCombineColor", {0: shade, 1: shade, 2: shade}).outputs[0]
    colour = nodes.mix(1.0, colour, grey, "MULTIPLY")
    nodes.tree.links.new(colour, surface.inputs["Base Color"])
    rough = nodes.math("MULTIPLY_ADD", blotches, 0.2, described["roughness"] - 0.1)
    nodes.tree.links.new(nodes.math("MAXIMUM", rough, 0.03), surface.inputs["Roughness"])
    if described["emission"] > 0:
        nodes.tree.links.new(colour, surface.inputs["Emission Color"])
        surface.inputs["Emission Strength"].default_value = 2.5 * described["emission"]
    nodes.add("ShaderNodeOutputMaterial", {"Surface": surface.outputs[0]})
    return material


def _make_image(name: str, pixels: np.ndarray) -> Any:
    height, width = pixels.shape[:2]
    image = bpy.data.images.new(name, width, height)
    whole = np.ones((height, width, 4), np.float32)
    whole[..., :3] = pixels[::-1].astype(np.float32) / 255  # Blender's first row is the lowest
    image.pixels.foreach_set(whole.ravel())
    image.update()
    image.pack()
    return image


def measuring_material() -> Any:
    """Shows metres along the view axis as red and the object's index as green."""
    material = bpy.data.materials.new("recam measure")
    material.use_nodes = True
    nodes = Nodes(material.node_tree)
    colour = nodes.add(
        "ShaderNodeCombineColor",
        {
            "Red": nodes.add("ShaderNodeCameraData").outputs["View Z Depth"],
            "Green": nodes.add("ShaderNodeObjectInfo").outputs["Object Index"],
        },
    )
    glow = nodes.add("ShaderNodeEmission", {"Color": colour.outputs[0]})
    nodes.add("ShaderNodeOutputMaterial", {"Surface": glow.outputs[0]})
    if hasattr(material, "cycles"):
        material.cycles.emission_sampling = "NONE"
    return material


def light_scene(scene: Any, described: dict[str, Any], hdri: str | None) -> list[Any]:
    """Give a scene its sky, sun, lamps and exposure; the objects of the lamps."""
    light = described["daylight"]
    lamps = []
    sun_light, ambient = float(linear(light["strength"])), linear(light["ambient"])
    # Eyes and cameras get used to the dark, but not wholly: night stays darker than noon.
    adapted = max(sun_light * 0.35 + brightness(ambient), _LEAST_ADAPTED)
    exposure = 1.5 * (1.0 / adapted) ** 0.75
    scene.view_settings.exposure = math.log2(exposure)
    world = bpy.data.worlds.new("sky")
    world.use_nodes = True
    scene.world = world
    # Where the sky is bright is looked up in a map, made anew for every scene: a large one takes seconds.
    world.cycles.sampling_method, world.cycles.sample_map_resolution = "MANUAL", 512 if hdri else 128
    if hdri:
        mean = _hdri_sky(Nodes(world.node_tree), hdri)
        scene.view_settings.exposure = float(np.clip(math.log2(0.45 / mean), -6, 6))
    else:
        _painted_sky(Nodes(world.node_tree), light, ambient, exposure, described["seed"])
        sun = bpy.data.lights.new("sun", "SUN")
        sun.energy = math.pi * sun_light
        sun.color = linear(light["colour"])
        sun.angle = math.radians(8.0 if described["indoor"] else 1.5)
        holder = bpy.data.objects.new("sun", sun)
        holder.rotation_mode = "QUATERNION"
        holder.rotation_quaternion = Vector(light["direction"]).to_track_quat("-Z", "Y")
        lamps.append(holder)
    for number, each in enumerate(light["lamps"]):
        lamp = bpy.data.lights.new(f"lamp{number}", "POINT")
        lamp.color = linear(each["colour"])
        reach = each["metres"] / 3
        lamp.energy = 4 * math.pi**2 * reach**2 * 0.25
        lamp.shadow_soft_size = 0.1
        holder = bpy.data.objects.new(f"lamp{number}", lamp)
        holder.location = each["position"]
        holder.visible_camera = False
        lamps.append(holder)
    return lamps


def _hdri_sky(nodes: Nodes, path: str) -> float:
    """A sky from a picture; its mean brightness, the sun itself left out."""
    try:
        image = bpy.data.images.load(path, check_existing=True)
        small = image.copy()
        small.scale(64, 32)
    except RuntimeError as error:
        raise AssetError(path, f"cannot be read as a picture: {error}".strip()) from error
    pixels = np.empty(64 * 32 * 4, np.float32)
    small.pixels.foreach_get(pixels)
    bpy.data.images.remove(small)
    picture = nodes.add("ShaderNodeTexEnvironment", image=image)
    glow = nodes.add("ShaderNodeBackground", {"Color": picture.outputs[0]})
    nodes.add("ShaderNodeOutputWorld", {"Surface": glow.outputs[0]})
    return max(brightness(np.minimum(pixels.reshape(-1, 4)[:, :3], 8.0).mean(axis=0)), 1e-3)


def _painted_sky(
    nodes: Nodes, light: dict[str, Any], ambient: np.ndarray, exposure: float, seed: list[int]
) -> None:
    """A sky from the horizon's to the zenith's colour, with clouds, as bright as ``ambient``."""
    zenith, horizon = linear(light["zenith"]), linear(light["horizon"])
    direction = nodes.add("ShaderNodeTexCoord").outputs["Generated"]
    parts = nodes.add("ShaderNodeSeparateXYZ", {0: direction})
    up = nodes.math("MAXIMUM", parts.outputs["Z"], 0.0)
    rise = nodes.math("POWER", up, 0.55)
    sky = nodes.mix(rise, rgba(horizon), rgba(zenith))
    rng = np.random.default_rng(seed)
    cover = rng.uniform(0.0, 1.0)
    cloud_light = np.minimum(1.0, 0.35 * np.ones(3) * brightness(horizon) + 0.9 * horizon)
    height = nodes.math("ADD", up, 0.12)
    flat = [nodes.math("DIVIDE", parts.outputs[axis], height) for axis in ("X", "Y")]
    place = nodes.add(
        "ShaderNodeCombineXYZ", {0: flat[0], 1: flat[1], 2: float(rng.uniform(0, 100))}
    ).outputs[0]
    wisps = nodes.add("ShaderNodeTexNoise", {"Vector": place, "Scale": 0.9, "Detail": 7.0, "Roughness": 0.58})
    dense = nodes.add(
        "ShaderNodeMapRange",
        {
            "Value": wisps.outputs[0],
            "From Min": 0.62 - 0.2 * cover,
            "From Max": 0.82 - 0.15 * cover,
            "To Max": 0.85,
        },
        interpolation_type="SMOOTHSTEP",
    ).outputs[0]
    fade = nodes.add("ShaderNodeMapRange", {"Value": up, "From Min": 0.02, "From Max": 0.2}).outputs[0]
    clouds = nodes.math("MULTIPLY", dense, fade)
    seen = nodes.mix(clouds, sky, rgba(cloud_light))
    # What the scene is lit by has the sky's colours, and the mean brightness that is asked for.
    mean = brightness(0.5 * horizon + 0.5 * zenith)
    share = 1.5 * brightness(ambient) / max(mean, 1e-4)
    tint = np.sqrt(np.clip(ambient / max(brightness(ambient), 1e-4), 0.5, 2.0))
    lit = nodes.mix(1.0, sky, rgba(tint), "MULTIPLY")
    visible = nodes.add("ShaderNodeBackground", {"Color": seen, "Strength": 1.1 / exposure})
    lighting = nodes.add("ShaderNodeBackground", {"Color": lit, "Strength": share})
    is_camera = nodes.add("ShaderNodeLightPath").outputs["Is Camera Ray"]
    both = nodes.add("ShaderNodeMixShader", {0: is_camera, 1: lighting.outputs[0], 2: visible.outputs[0]})
    nodes.add("ShaderNodeOutputWorld", {"Surface": both.outputs[0]})
