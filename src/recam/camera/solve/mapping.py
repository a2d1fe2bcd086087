"""A camera that travels: poses and points in space, through pycolmap's global (GLOMAP) and incremental
mapping.

Legend: F frames, N features of a frame, M matches of a pair, P points in space.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recam.camera.intrinsics import Intrinsics
from recam.camera.poses import FloatArray
from recam.camera.solve.features import FrameFeatures, Pair
from recam.camera.solve.masks import Masks
from recam.camera.solve.native import load_pycolmap, quiet
from recam.camera.solve.rotation import with_focal

_MIN_PAIR = 15  # matches from which a pair says something
_CAMERA = 1  # every frame is seen through one lens
_ROUGH, _FINE = 900, 1200  # features of a frame that are mapped at first, and adjusted at last


@dataclass(frozen=True)
class Scene:
    """What mapping found.

    Attributes:
        poses: [F,4,4] camera-to-world, in a world and scale of its own.
        registered: [F] which frames have a pose of their own.
        lens: the lens, refined where that was asked for.
        points: [P,3] in that world.
        seen_first: [P] which of the points the first registered frame sees.
        residual: median distance of an observation from its point's projection, pixels.
        method: how it was found.
        focal_found: whether the lens was adjusted.
        covered: share of the matched picture, by area, in which points were found (0 to 1; mean over frames).
    """

    poses: FloatArray
    registered: NDArray[np.bool_]
    lens: Intrinsics
    points: FloatArray
    seen_first: NDArray[np.bool_]
    residual: float
    method: str
    focal_found: bool
    covered: float


def map_scene(
    features: FrameFeatures,
    matches: dict[Pair, NDArray[np.int64]],
    lens: Intrinsics,
    refine_focal: bool,
    threshold: float,
    seed: int,
    start: Scene | None = None,
) -> Scene | None:
    """Poses of all frames from matches of what stands still; None where no model of all frames is found.

    Global mapping first, then incremental. With ``start`` neither: points are made anew from its poses, and
    poses and points adjusted together.

    Args:
        matches: indices [M,2] by pair of frames; nothing that moves among them.
        threshold: how far a match may be from its place, pixels.
    """
    pycolmap = load_pycolmap()
    if start is not None:
        lens = start.lens
    pycolmap.set_random_seed(seed)
    few = _strongest(features, matches, _FINE if start else _ROUGH)
    with tempfile.TemporaryDirectory(prefix="recam-solve-") as name, quiet():
        folder = Path(name)
        for method in ("start",) if start else ("global", "incremental"):
            database = folder / f"{method}.db"
            verify = None if start else (threshold, seed)
            _write_database(database, features, few, lens, verify)
            model = {"start": _from_start, "global": _globally, "incremental": _incrementally}[method](
                database, folder, refine_focal, seed, start
            )
            if model is None or model.num_reg_images() < len(features) or model.num_points3D() < _MIN_PAIR:
                continue
            adjusted = _adjust(model, refine_focal, threshold)
            scene = _read(adjusted, features, lens, start.method if start else method, refine_focal)
            if scene is not None:
                return scene
    return None


def _strongest(
    features: FrameFeatures, matches: dict[Pair, NDArray[np.int64]], limit: int
) -> dict[Pair, NDArray[np.int64]]:
    """The matches of the ``limit`` features of each frame that are found again most often, evenly over the
    picture."""
    votes = [np.zeros(len(frame.points)) for frame in features.frames]
    for (first, second), chosen in matches.items():
        np.add.at(votes[first], chosen[:, 0], 1)
        np.add.at(votes[second], chosen[:, 1], 1)
    keep = []
    for frame, count in zip(features.frames, votes, strict=True):
        rank = count * np.sqrt(frame.weights)  # lonely features stand for more of the picture
        chosen = np.zeros(len(count), bool)
        chosen[np.argsort(-rank, kind="stable")[:limit]] = True
        keep.append(chosen)
    return {
        (first, second): chosen[keep[first][chosen[:, 0]] & keep[second][chosen[:, 1]]]
        for (first, second), chosen in matches.items()
    }


def _write_database(
    file: Path,
    features: FrameFeatures,
    matches: dict[Pair, NDArray[np.int64]],
    lens: Intrinsics,
    verify: tuple[float, int] | None,
) -> None:
    """What pycolmap's mappers read. ``verify`` (threshold in pixels, seed) estimates each pair's own
    geometry, from which a model can grow; without it the matches are taken as they are."""
    pycolmap = load_pycolmap()
    camera = pycolmap.Camera(
        model="PINHOLE" if lens.fx != lens.fy else "SIMPLE_PINHOLE",
        width=lens.width,
        height=lens.height,
        params=[lens.fx, lens.fy, lens.cx, lens.cy] if lens.fx != lens.fy else [lens.fx, lens.cx, lens.cy],
        camera_id=_CAMERA,
    )
    camera.has_prior_focal_length = True
    database = pycolmap.Database.open(str(file))
    try:
        database.write_camera(camera, use_camera_id=True)
        rig = pycolmap.Rig(rig_id=_CAMERA)
        rig.add_ref_sensor(camera.sensor_id)
        database.write_rig(rig, use_rig_id=True)
        for index, frame in enumerate(features.frames):
            image = pycolmap.Image(name=_name(index), camera_id=_CAMERA, image_id=index + 1)
            moment = pycolmap.Frame()
            moment.frame_id, moment.rig_id = index + 1, _CAMERA
            moment.add_data_id(image.data_id)
            database.write_image(image, use_image_id=True)
            database.write_frame(moment, use_frame_id=True)
            database.write_keypoints(index + 1, frame.points.astype(np.float32))
        for (first, second), chosen in matches.items():
            if len(chosen) < _MIN_PAIR:
                continue
            indices = chosen.astype(np.uint32)
            if verify is None:
                geometry = pycolmap.TwoViewGeometry()
                geometry.config = pycolmap.TwoViewGeometryConfiguration.CALIBRATED
                geometry.inlier_matches = indices
            else:
                one, other = features.frames[first].points, features.frames[second].points
                geometry = _estimate(camera, one, other, indices, *verify)
            database.write_matches(first + 1, second + 1, indices)
            if len(geometry.inlier_matches) >= _MIN_PAIR:
                database.write_two_view_geometry(first + 1, second + 1, geometry)
    finally:
        database.close()


def _estimate(
    camera: Any, one: FloatArray, other: FloatArray, indices: NDArray[np.uint32], threshold: float, seed: int
) -> Any:
    pycolmap = load_pycolmap()
    options = pycolmap.TwoViewGeometryOptions()
    options.detect_watermark = False
    options.compute_relative_pose = True
    options.ransac.max_error, options.ransac.random_seed = threshold, seed
    return pycolmap.estimate_calibrated_two_view_geometry(camera, one, camera, other, indices, options)


def _globally(database: Path, folder: Path, refine_focal: bool, seed: int, _: Scene | None) -> Any:
    pycolmap = load_pycolmap()
    options = pycolmap.GlobalPipelineOptions()
    options.random_seed = options.mapper.random_seed = seed
    options.num_threads = options.mapper.num_threads = 1  # the same numbers on every machine
    options.mapper.bundle_adjustment.refine_focal_length = refine_focal
    # A rough model will do: the caller makes points anew and adjusts them.
    options.mapper.skip_retriangulation = True
    options.mapper.ba_num_iterations = 1
    options.mapper.keep_max_num_tracks = 2000
    return _largest(lambda out: pycolmap.global_mapping(str(database), str(folder), out, options), folder)


def _incrementally(database: Path, folder: Path, refine_focal: bool, seed: int, _: Scene | None) -> Any:
    pycolmap = load_pycolmap()
    options = pycolmap.IncrementalPipelineOptions()
    options.random_seed, options.num_threads = seed, 1
    options.extract_colors = False
    options.min_model_size = 2
    options.ba_refine_focal_length = options.mapper.abs_pose_refine_focal_length = refine_focal
    options.mapper.init_min_tri_angle = 4.0  # a single shot seldom goes round its scene
    return _largest(
        lambda out: pycolmap.incremental_mapping(str(database), str(folder), out, options), folder
    )


def _from_start(database: Path, folder: Path, refine_focal: bool, seed: int, start: Scene | None) -> Any:
    pycolmap = load_pycolmap()
    assert start is not None
    model = pycolmap.Reconstruction()
    with pycolmap.Database.open(str(database)) as opened:
        for rig in opened.read_all_rigs():
            model.add_camera(opened.read_camera(_CAMERA))
            model.add_rig(rig)
        for frame in opened.read_all_frames():
            pose = np.linalg.inv(start.poses[frame.frame_id - 1])[:3]
            frame.rig_from_world = pycolmap.Rigid3d(pose)
            model.add_frame(frame)
        for image in opened.read_all_images():
            model.add_image(image)
            model.register_frame(image.frame_id)
    options = pycolmap.IncrementalPipelineOptions()
    options.random_seed, options.num_threads = seed, 1
    options.extract_colors = False
    return pycolmap.triangulate_points(
        model, str(database), str(folder), str(folder), True, options, refine_intrinsics=False
    )


def _largest(run: Callable[[str], dict[int, Any]], folder: Path) -> Any:
    out = Path(tempfile.mkdtemp(dir=folder))
    models = run(str(out))
    return max(models.values(), key=lambda model: model.num_reg_images()) if models else None


def _adjust(model: Any, refine_focal: bool, threshold: float) -> Any:
    """Poses and points together, outliers out, twice."""
    pycolmap = load_pycolmap()
    options = pycolmap.BundleAdjustmentOptions()
    options.refine_focal_length = refine_focal
    options.refine_principal_point = options.refine_extra_params = False
    options.print_summary = False
    options.ceres.loss_function_type = pycolmap.LossFunctionType.CAUCHY
    options.ceres.loss_function_scale = max(threshold / 4, 0.1)
    options.ceres.solver_options.num_threads = 1
    options.ceres.solver_options.max_num_iterations = 40
    options.ceres.solver_options.function_tolerance = 1e-6
    for _ in range(2):
        pycolmap.bundle_adjustment(model, options)
        filtering = pycolmap.ObservationManager(model)
        filtering.filter_all_points3D(threshold, 0.2)
    return model


def _read(
    model: Any, features: FrameFeatures, lens: Intrinsics, method: str, focal_found: bool
) -> Scene | None:
    count = len(features)
    poses, registered = np.tile(np.eye(4), (count, 1, 1)), np.zeros(count, bool)
    covered = np.zeros(count)
    for image in model.images.values():
        if image.has_pose and image.num_points3D >= _MIN_PAIR:
            index = int(image.image_id) - 1
            poses[index, :3] = image.cam_from_world().inverse().matrix()
            registered[index] = True
            weights = features.frames[index].weights
            seen_points = [point.has_point3D() for point in image.points2D]
            covered[index] = weights[seen_points].sum()
    if not registered.all() or not model.points3D:
        return None
    points, seen, errors = [], [], []
    for point in model.points3D.values():
        points.append(point.xyz)
        errors.append(point.error)
        seen.append(any(element.image_id == 1 for element in point.track.elements))
    if not any(seen):
        return None
    found = with_focal(lens, model.cameras[_CAMERA].params[0])
    return Scene(
        poses=poses,
        registered=registered,
        lens=found,
        points=np.array(points),
        seen_first=np.array(seen),
        residual=float(np.median(errors)),
        method=method,
        focal_found=focal_found,
        covered=float(covered.mean()),
    )


def _name(index: int) -> str:
    return f"{index:06d}"


def drop_moving(
    matches: dict[Pair, NDArray[np.int64]], masks: Masks, holds: dict[Pair, NDArray[np.bool_]]
) -> dict[Pair, NDArray[np.int64]]:
    """The matches that hold between features which do not move."""
    kept = {}
    for (first, second), chosen in matches.items():
        still = ~(masks[first][chosen[:, 0]] | masks[second][chosen[:, 1]])
        kept[first, second] = chosen[still & holds[first, second]]
    return kept
