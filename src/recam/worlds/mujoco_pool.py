"""Slots for meshes and textures in one MuJoCo model and its graphics context, filled anew for every scene.

Making a model and its context takes longer than drawing many frames. What is drawn comes from display lists
and textures in the context; the model's arrays are only where uploads are read from. So one small buffer
serves all slots: it is filled, one slot is uploaded from it, and the next takes its place.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recam.errors import InputError
from recam.worlds.mujoco_meshes import Triangles

MAX_TEXTURES = 990  # the renderer has room for 1000, some of them its own
SKY_PIXELS = 64
MESH_TRIANGLES = 1024
"""Of the largest mesh that can be uploaded."""


class Pool:
    """The model, the scene for the renderer and the renderer's context, with numbered slots.

    The context that is current when this is called, and when its methods are, must be the same.

    Args:
        mujoco: the module.
        height, width: of the largest picture to be drawn, pixels.
        shadow_size: side of the shadow map, texels.
        texture_pixels: side of the largest texture.
        num_meshes, num_textures: slots.
    """

    def __init__(
        self,
        mujoco: Any,
        height: int,
        width: int,
        *,
        shadow_size: int,
        texture_pixels: int,
        num_meshes: int,
        num_textures: int,
    ) -> None:
        self._mujoco = mujoco
        self.num_meshes, self.num_textures = num_meshes, num_textures
        self.model = _model(mujoco, texture_pixels, num_meshes, num_textures)
        self.model.vis.global_.offheight, self.model.vis.global_.offwidth = height, width
        self.model.vis.quality.shadowsize = shadow_size
        self.model.vis.quality.offsamples = 0
        corners = np.arange(3 * MESH_TRIANGLES, dtype=np.int32).reshape(-1, 3)
        for name in ("mesh_face", "mesh_facenormal", "mesh_facetexcoord"):
            getattr(self.model, name)[:MESH_TRIANGLES] = corners
        for name in ("mesh_vertadr", "mesh_normaladr", "mesh_texcoordadr", "mesh_faceadr"):
            getattr(self.model, name)[:] = 0
        self.model.tex_adr[:] = 0
        self.scene = mujoco.MjvScene(self.model, 2 * num_meshes)
        self.geoms = list(self.scene.geoms)
        self._shown = np.zeros(num_meshes, dtype=bool)
        self.context = mujoco.MjrContext(self.model, mujoco.mjtFontScale.mjFONTSCALE_100.value)
        self._shadow_target = self.context.shadowFBO
        self._idle_target, self._idle_depth = _idle_framebuffer()
        mujoco.mjr_setBuffer(mujoco.mjtFramebuffer.mjFB_OFFSCREEN.value, self.context)
        self.context.readDepthMap = mujoco.mjtDepthMap.mjDEPTH_ZEROFAR

    def free(self) -> None:
        from OpenGL import GL

        self.context.shadowFBO = self._shadow_target
        self.context.free()
        GL.glDeleteFramebuffers(1, [self._idle_target])
        GL.glDeleteRenderbuffers(1, [self._idle_depth])

    def draw_shadow_map(self, casting: Sequence[int], wanted: bool) -> None:
        """Whether the next pictures draw the shadow map, or take the one that was drawn last.

        ``casting`` are the slots of the meshes that cast shadows.

        MuJoCo draws it for every picture, though it is the same for all cameras of a moment, and at half of
        a picture's whole time. So it is sent to a framebuffer of one texel, with no geometry in it.
        """
        if not self._shadow_target:  # no shadows at all
            return
        self.context.shadowFBO = self._shadow_target if wanted else self._idle_target
        for slot in casting:
            self.geoms[slot].castshadow = wanted

    def show(self, shown: NDArray[np.bool_]) -> None:
        """Which slots, from the first on, the next pictures draw; of the rest all as before."""
        for slot in np.flatnonzero(shown != self._shown[: len(shown)]):
            self.geoms[slot].dataid = 2 * slot if shown[slot] else -1
        self._shown[: len(shown)] = shown

    def upload_mesh(self, slot: int, piece: Triangles) -> Any:
        """Fill a slot and return the geom that shows it: at the origin, white, casting no shadow.

        ``piece`` has at most ``MESH_TRIANGLES`` triangles.
        """
        model, corners = self.model, len(piece.points)
        model.mesh_vert[:corners] = piece.points
        model.mesh_normal[:corners] = piece.normals
        model.mesh_texcoord[:corners] = piece.tiles
        model.mesh_facenum[slot] = corners // 3
        self._mujoco.mjr_uploadMesh(model, self.context, slot)
        geom = self.geoms[slot]
        self._mujoco.mjv_initGeom(
            geom, self._mujoco.mjtGeom.mjGEOM_MESH, np.ones(3), np.zeros(3), np.eye(3).ravel(),
            np.ones(4, np.float32),
        )  # fmt: skip
        geom.dataid, geom.texcoord, geom.reflectance = 2 * slot, 1, 0
        self._shown[slot] = True
        geom.category, geom.castshadow = self._mujoco.mjtCatBit.mjCAT_STATIC, 0
        return geom

    def upload_texture(self, slot: int, pixels: NDArray[np.uint8]) -> None:
        """uint8 [side, side, 3] for a surface; slot 0 is the sky, [6 side, side, 3]."""
        model = self.model
        model.tex_height[slot], model.tex_width[slot] = pixels.shape[:2]
        model.tex_data[: pixels.size] = pixels.ravel()
        self._mujoco.mjr_uploadTexture(model, self.context, slot)


def _idle_framebuffer() -> tuple[int, int]:
    """A framebuffer of one texel, and its depth buffer."""
    from OpenGL import GL  # comes with MuJoCo, and like it opens the graphics library when it is imported

    framebuffer, depth = GL.glGenFramebuffers(1), GL.glGenRenderbuffers(1)
    GL.glBindRenderbuffer(GL.GL_RENDERBUFFER, depth)
    GL.glRenderbufferStorage(GL.GL_RENDERBUFFER, GL.GL_DEPTH24_STENCIL8, 1, 1)
    GL.glBindFramebuffer(GL.GL_FRAMEBUFFER, framebuffer)
    GL.glFramebufferRenderbuffer(GL.GL_FRAMEBUFFER, GL.GL_DEPTH_ATTACHMENT, GL.GL_RENDERBUFFER, depth)
    GL.glDrawBuffer(GL.GL_NONE)
    GL.glReadBuffer(GL.GL_NONE)
    return int(framebuffer), int(depth)


def check_textures(count: int) -> None:
    """Raises :class:`InputError` for more textures, with sky and palette, than the renderer can hold."""
    if count > MAX_TEXTURES:
        raise InputError(
            f"the scene has {count - 2} different patterned textures and MuJoCo shows at most "
            f"{MAX_TEXTURES - 2}; "
            "let surfaces share a texture, or make some plain (any number of plain colours is fine)"
        )


def _model(mujoco: Any, texture_pixels: int, num_meshes: int, num_textures: int) -> Any:
    spec = mujoco.MjSpec()
    for slot in range(num_meshes):
        corners = 3 * MESH_TRIANGLES if slot == 0 else 12
        mesh = spec.add_mesh(name=f"mesh{slot}", inertia=mujoco.mjtMeshInertia.mjMESH_INERTIA_SHELL)
        # Any triangles that are not flat; every corner is its own, so that the arrays are as long as can be.
        mesh.uservert = np.random.default_rng(slot).random(3 * corners)
        mesh.userface = mesh.userfacetexcoord = np.arange(corners)
        mesh.usernormal = np.tile([0.0, 0.0, 1.0], corners)
        mesh.usertexcoord = np.zeros(2 * corners)
    for slot in range(num_textures):
        sky = slot == 0
        side = SKY_PIXELS if sky else texture_pixels if slot == 1 else 1
        kind = mujoco.mjtTexture.mjTEXTURE_SKYBOX if sky else mujoco.mjtTexture.mjTEXTURE_2D
        spec.add_texture(
            name=f"texture{slot}", type=kind, builtin=mujoco.mjtBuiltin.mjBUILTIN_FLAT,
            width=side, height=side * (6 if sky else 1),
        )  # fmt: skip
        material = spec.add_material(name=f"material{slot}", texrepeat=[1, 1])
        if not sky:
            material.textures[mujoco.mjtTextureRole.mjTEXROLE_RGB] = f"texture{slot}"
    # Geoms make the compiler keep the meshes; nothing is drawn from them.
    for slot in range(num_meshes):
        spec.worldbody.add_geom(
            type=mujoco.mjtGeom.mjGEOM_MESH, meshname=f"mesh{slot}", contype=0, conaffinity=0
        )
    return spec.compile()
