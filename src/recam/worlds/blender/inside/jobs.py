"""The jobs that recam asks for: open a scene, draw a picture of it, measure what is seen."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import bpy  # pyright: ignore[reportMissingImports]
import numpy as np
from looks import light_scene, make_material, measuring_material
from mathutils import Matrix  # pyright: ignore[reportMissingImports]
from motion import animate, animate_value, set_rate
from shapes import make_mesh
from survey import survey
from users_assets import (
    animate_character,
    boxes_over_time,
    check_has_mesh,
    give_index,
    import_file,
    place_below,
)


class Jobs:
    """What is open now.

    Args:
        folder: where pictures go.
        device: CPU or a kind of GPU that is switched on.
        threads: of the CPU; 0 for one a core.
    """

    def __init__(self, folder: Path, device: str, threads: int) -> None:
        self._folder, self._device, self._threads = folder, device, threads
        self._drawn: Any = None
        self._measured: Any = None
        self._cameras: list[Any] = []
        self._blurs = False

    def open_scene(
        self,
        path: str,
        width: int,
        height: int,
        samples: int,
        denoise: bool,
        motion_blur: bool,
        depth_of_field: bool,
        hdri: str | None,
    ) -> None:
        """Build a scene out of recam's description, in the place of what was open."""
        bpy.ops.wm.read_factory_settings(use_empty=True)
        described = json.loads(Path(path).read_text())
        with np.load(Path(path).with_suffix(".npz")) as file:
            arrays = {name: file[name] for name in file.files}
        scene = bpy.context.scene
        set_rate(scene, described["fps"])
        scene.frame_start, scene.frame_end = 0, described["num_frames"] - 1
        self._build(scene, described, arrays)
        if described["assets"]:
            self._add_assets(scene, described)
            hdri = hdri or described["assets"]["hdri"]
        for lamp in light_scene(scene, described, hdri):
            scene.collection.objects.link(lamp)
        self._add_cameras(scene, described["lens"], arrays)
        self._blurs = depth_of_field
        self._drawn = scene
        self._set_up(scene, width, height)
        cycles = scene.cycles
        cycles.samples, cycles.use_denoising = samples, denoise
        cycles.use_adaptive_sampling = samples > 32
        cycles.seed = described["seed"][1] % 2**31
        cycles.max_bounces, cycles.diffuse_bounces, cycles.glossy_bounces = 4, 2, 2
        # Scenes have a handful of lamps: choosing among them by a tree costs more than it saves.
        cycles.use_light_tree = False
        cycles.denoising_prefilter, cycles.denoising_quality = "FAST", "BALANCED"
        cycles.caustics_reflective = cycles.caustics_refractive = False
        cycles.sample_clamp_indirect = 6.0
        scene.render.use_motion_blur = motion_blur
        scene.render.motion_blur_shutter = 0.5
        scene.render.motion_blur_position = "CENTER"
        scene.view_settings.view_transform = "AgX"
        scene.view_settings.look = "AgX - Medium High Contrast"
        scene.render.image_settings.file_format = "PNG"
        scene.render.image_settings.color_mode = "RGB"
        scene.render.image_settings.compression = 5
        self._measured = self._measuring_scene(scene, width, height)

    def inspect(
        self,
        environment: str | None,
        character: str | None,
        animation: str | None,
        seed: list[int],
        num_frames: int,
        fps: float,
    ) -> dict[str, Any]:
        """Measure users' assets; see :mod:`survey`."""
        bpy.ops.wm.read_factory_settings(use_empty=True)
        set_rate(bpy.context.scene, fps)
        found: dict[str, Any] = {}
        arrays: dict[str, np.ndarray] = {}
        if environment is not None:
            things = import_file(environment)
            check_has_mesh(environment, things)
            surveyed = survey(environment, things, np.random.default_rng(seed))
            arrays |= {name: surveyed.pop(name) for name in ("heights", "points")}
            found["environment"] = surveyed
        if character is not None:
            bpy.ops.wm.read_factory_settings(use_empty=True)
            set_rate(bpy.context.scene, fps)
            things = import_file(character)
            check_has_mesh(character, things)
            note = animate_character(things, animation, seed[1], num_frames)
            arrays["boxes"] = boxes_over_time(character, things, num_frames)
            found["character"] = {"animation": note}
        target = self._folder / "inspected.npz"
        np.savez(target, **arrays)  # type: ignore[arg-type]
        return {**found, "file": str(target)}

    def draw(self, camera: int, moment: int) -> dict[str, Any]:
        """One picture, as a PNG."""
        path = self._folder / "drawn.png"
        self._render(self._drawn, camera, moment, path)
        return {"file": str(path)}

    def measure(self, camera: int, moment: int) -> dict[str, Any]:
        """float32 [H,W,2]: metres along the view axis (infinity: sky) and index of the thing (0: sky)."""
        path = self._folder / "measured.exr"
        self._render(self._measured, camera, moment, path)
        image = bpy.data.images.load(str(path))
        image.colorspace_settings.name = "Non-Color"
        width, height = image.size
        pixels = np.empty(width * height * 4, np.float32)
        image.pixels.foreach_get(pixels)
        bpy.data.images.remove(image)
        pixels = pixels.reshape(height, width, 4)[::-1]
        seen = pixels[..., 3] > 0.5
        found = np.where(seen[..., None], pixels[..., :2], np.array([np.inf, 0], np.float32))
        found[..., 1] = np.rint(found[..., 1])
        target = self._folder / "measured.npy"
        np.save(target, np.ascontiguousarray(found, np.float32))
        return {"file": str(target)}

    def _build(self, scene: Any, described: dict[str, Any], arrays: dict[str, np.ndarray]) -> None:
        materials = [make_material(each, arrays) for each in described["materials"]]
        glows = [each["emission"] > 0 for each in described["materials"]]
        meshes: dict[str, Any] = {}
        for number, part in enumerate(described["parts"]):
            poses = arrays[f"part{number}"]
            holder = bpy.data.objects.new(f"part{number}", None)
            scene.collection.objects.link(holder)
            animate(holder, poses)
            for shape in part["shapes"]:
                key = json.dumps([shape[name] for name in ("kind", "size", "material")])
                is_own = shape["kind"] in ("mesh", "terrain")
                mesh = None if is_own else meshes.get(key)
                if mesh is None:
                    mesh = meshes[key] = make_mesh(shape, arrays)
                    mesh.materials.append(materials[shape["material"]])
                thing = bpy.data.objects.new(shape["kind"], mesh)
                thing.pass_index = part["thing"] + 1
                place = Matrix(shape["rotation"]).to_4x4()
                place.translation = shape["position"]
                thing.matrix_local = place
                thing.parent = holder
                # A lamp's light comes from inside the thing that glows.
                thing.visible_shadow = part.get("shadow", True) and not glows[shape["material"]]
                scene.collection.objects.link(thing)

    def _add_assets(self, scene: Any, described: dict[str, Any]) -> None:
        """Users' own environment and character, where the inspection found that they belong."""
        assets = described["assets"]
        if assets["environment"]:
            things = import_file(assets["environment"])
            x, y, z = assets["place"]
            place_below(things, "environment", Matrix.Translation((-x, -y, -z)))
            give_index(things, assets["environment_index"])
        if assets["character"]:
            things = import_file(assets["character"])
            animate_character(things, assets["animation"], described["seed"][1], described["num_frames"])
            turn = Matrix.Rotation(assets["yaw"], 4, "Z") @ Matrix.Scale(assets["scale"], 4)
            place_below(things, "character", Matrix.Translation(assets["shift"]) @ turn)
            give_index(things, assets["character_index"])

    def _add_cameras(self, scene: Any, lens: dict[str, float], arrays: dict[str, np.ndarray]) -> None:
        self._cameras = []
        for poses, focus in zip(arrays["cameras"], arrays["focus"]):  # noqa: B905
            data = bpy.data.cameras.new("camera")
            data.lens, data.sensor_fit = lens["focal_mm"], "AUTO"
            data.sensor_width = data.sensor_height = lens["sensor_mm"]
            data.clip_start, data.clip_end = 0.01, 10_000.0
            data.dof.aperture_fstop = lens["fstop"]
            animate_value(data, "dof.focus_distance", focus)
            camera = bpy.data.objects.new("camera", data)
            animate(camera, poses)
            scene.collection.objects.link(camera)
            self._cameras.append(camera)

    def _set_up(self, scene: Any, width: int, height: int) -> None:
        render = scene.render
        render.engine = "CYCLES"
        scene.cycles.device = "CPU" if self._device == "CPU" else "GPU"
        render.resolution_x, render.resolution_y, render.resolution_percentage = width, height, 100
        render.use_persistent_data = True
        render.dither_intensity = 0.0
        render.threads_mode = "FIXED" if self._threads else "AUTO"
        if self._threads:
            render.threads = self._threads
        render.use_compositing = render.use_sequencer = False

    def _measuring_scene(self, drawn: Any, width: int, height: int) -> Any:
        """A second scene of the same objects, each of which shows its distance and index."""
        scene = bpy.data.scenes.new("measure")
        for thing in drawn.collection.objects:
            if thing.type != "LIGHT":
                scene.collection.objects.link(thing)
        for child in drawn.collection.children:
            scene.collection.children.link(child)
        self._set_up(scene, width, height)
        scene.frame_start, scene.frame_end = drawn.frame_start, drawn.frame_end
        scene.render.fps, scene.render.fps_base = drawn.render.fps, drawn.render.fps_base
        scene.view_layers[0].material_override = measuring_material()
        scene.world = None
        scene.render.film_transparent = True
        cycles = scene.cycles
        cycles.samples, cycles.use_denoising, cycles.use_adaptive_sampling = 1, False, False
        cycles.max_bounces = 0
        # A narrow filter looks through the middles of the pixels.
        cycles.pixel_filter_type, cycles.filter_width = "GAUSSIAN", 0.01
        settings = scene.render.image_settings
        settings.file_format, settings.color_mode, settings.color_depth = "OPEN_EXR", "RGBA", "32"
        settings.exr_codec = "NONE"
        return scene

    def _render(self, scene: Any, camera: int, moment: int, path: Path) -> None:
        scene.camera = self._cameras[camera]
        scene.camera.data.dof.use_dof = self._blurs and scene is self._drawn
        # Blender takes only the scene in its window, which it has without a screen too, to another frame.
        bpy.context.window.scene = scene
        scene.frame_set(moment)
        if scene.frame_current != moment:
            raise RuntimeError(f"Blender stays at frame {scene.frame_current} instead of {moment}")
        scene.render.filepath = str(path)
        path.unlink(missing_ok=True)
        bpy.ops.render.render(write_still=True, scene=scene.name)
        if not path.is_file():
            raise RuntimeError("Cycles wrote no picture")
