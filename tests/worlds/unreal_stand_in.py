"""What the script for Unreal's editor asks of the module ``unreal``, writing down what it was asked.

Unreal Engine itself cannot run in the tests: this shows that the script runs and which numbers it hands over,
not that the editor takes them.
"""

from __future__ import annotations

import types
from typing import Any


class Recorded:
    """Anything that has properties; made with keywords or set later."""

    def __init__(self, *values: Any, **properties: Any) -> None:
        self.values, self.properties = values, properties

    def set_editor_property(self, name: str, value: Any) -> None:
        self.properties[name] = value

    def get_editor_property(self, name: str) -> Any:
        return self.properties.setdefault(name, Recorded())


class Channel:
    """One animated number."""

    def __init__(self) -> None:
        self.keys: dict[int, float] = {}
        self.interpolations: set[str] = set()
        self.default: float | None = None

    def add_key(self, time: Recorded, new_value: float, *, interpolation: str) -> None:
        assert time.values[0] not in self.keys
        self.keys[time.values[0]] = new_value
        self.interpolations.add(interpolation)

    def set_default(self, value: float) -> None:
        self.default = value


class Section:
    def __init__(self, channels: int) -> None:
        self.channels = [Channel() for _ in range(channels)]
        self.range: tuple[int, int] | None = None
        self.camera: Recorded | None = None

    def set_range(self, start: int, end: int) -> None:
        self.range = (start, end)

    def get_all_channels(self) -> list[Channel]:
        return self.channels

    def set_camera_binding_id(self, binding: Recorded) -> None:
        self.camera = binding


class Track:
    def __init__(self, kind: str) -> None:
        self.kind, self.path = kind, ""
        self.sections: list[Section] = []

    def set_property_name_and_path(self, _name: str, path: str) -> None:
        self.path = path

    def add_section(self) -> Section:
        counts = {"MovieScene3DTransformTrack": 9, "MovieSceneFloatTrack": 1, "MovieSceneCameraCutTrack": 0}
        self.sections.append(Section(counts[self.kind]))
        return self.sections[-1]


class Binding:
    def __init__(self, bound: Any) -> None:
        self.bound, self.parent = bound, None
        self.tracks: list[Track] = []

    def get_id(self) -> int:
        return id(self)

    def set_parent(self, parent: Any) -> None:
        self.parent = parent

    def add_track(self, kind: str) -> Track:
        self.tracks.append(Track(kind))
        return self.tracks[-1]


class Sequence:
    def __init__(self, path: str) -> None:
        self.path = path
        self.bindings: list[Binding] = []
        self.tracks: list[Track] = []
        self.rate: tuple[int, int] | None = None
        self.start = self.end = -1
        self.saved = False

    def get_path_name(self) -> str:
        return self.path

    def set_display_rate(self, rate: Recorded) -> None:
        self.rate = rate.values

    def set_playback_start(self, frame: int) -> None:
        self.start = frame

    def set_playback_end(self, frame: int) -> None:
        self.end = frame

    def add_possessable(self, bound: Any) -> Binding:
        self.bindings.append(Binding(bound))
        return self.bindings[-1]

    def add_track(self, kind: str) -> Track:
        self.tracks.append(Track(kind))
        return self.tracks[-1]


class Actor:
    def __init__(self, place: Recorded, turn: Recorded) -> None:
        self.place, self.turn, self.label = place, turn, ""
        self.lens = Recorded()

    def set_actor_label(self, label: str) -> None:
        self.label = label

    def get_actor_label(self) -> str:
        return self.label

    def get_cine_camera_component(self) -> Recorded:
        return self.lens


class Editor:
    """The level, its actors and the assets."""

    def __init__(self) -> None:
        self.actors: list[Actor] = []
        self.assets: dict[str, Sequence] = {}
        self.log: list[str] = []

    def get_all_level_actors(self) -> list[Actor]:
        return list(self.actors)

    def destroy_actor(self, actor: Actor) -> None:
        self.actors.remove(actor)

    def spawn_actor_from_class(self, kind: str, place: Recorded, turn: Recorded) -> Actor:
        assert kind == "CineCameraActor"
        self.actors.append(Actor(place, turn))
        return self.actors[-1]

    def create_asset(self, name: str, package: str, kind: str, _factory: Any) -> Sequence:
        assert kind == "LevelSequence"
        path = f"{package}/{name}"
        assert path not in self.assets
        self.assets[path] = Sequence(path)
        return self.assets[path]

    def save(self, sequence: Sequence) -> None:
        sequence.saved = True

    def module(self) -> types.ModuleType:
        """The module ``unreal`` of this editor."""
        unreal = types.ModuleType("unreal")
        for name in ("Vector", "Rotator", "FrameNumber", "FrameRate", "CameraFilmbackSettings"):
            setattr(unreal, name, Recorded)
        vars(unreal).update(
            MovieSceneObjectBindingID=Recorded,
            LevelSequenceFactoryNew=Recorded,
            EditorActorSubsystem="actors",
            CineCameraActor="CineCameraActor",
            LevelSequence="LevelSequence",
            MovieScene3DTransformTrack="MovieScene3DTransformTrack",
            MovieSceneFloatTrack="MovieSceneFloatTrack",
            MovieSceneCameraCutTrack="MovieSceneCameraCutTrack",
            MovieSceneKeyInterpolation=types.SimpleNamespace(LINEAR="linear"),
            CameraFocusMethod=types.SimpleNamespace(MANUAL="manual"),
            get_editor_subsystem=lambda _kind: self,
            AssetToolsHelpers=types.SimpleNamespace(get_asset_tools=lambda: self),
            EditorAssetLibrary=types.SimpleNamespace(
                does_asset_exist=lambda path: path in self.assets,
                delete_asset=lambda path: self.assets.pop(path),
                save_loaded_asset=self.save,
            ),
            log=self.log.append,
        )
        return unreal
