"""Images as tokens and back: patches, and where they lie."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from fmdsl.runtime.backbones.backbone import BackboneError, Signature


def cut(image: Tensor, patch: int) -> Tensor:
    """`[B, C, H, W] -> [B, N, C p p]`, row by row."""
    rows, columns = image.shape[2] // patch, image.shape[3] // patch
    x = image.unflatten(2, (rows, patch)).unflatten(4, (columns, patch))
    return x.permute(0, 2, 4, 1, 3, 5).flatten(3).flatten(1, 2)


def joined(tokens: Tensor, grid: tuple[int, int], patch: int) -> Tensor:
    """`[B, N, C p p] -> [B, C, H, W]`."""
    x = tokens.unflatten(-1, (-1, patch, patch)).unflatten(1, grid)
    return x.permute(0, 3, 1, 4, 2, 5).flatten(4).flatten(2, 3)


def positions(rows: int, columns: int, width: int) -> Tensor:
    """`[rows * columns, width]`: sines and cosines of both places, as if each were in [0, 1]."""
    frequencies = math.pi * 2.0 ** torch.linspace(0, 3, -(-width // 4))
    places = torch.cartesian_prod(torch.linspace(0, 1, rows), torch.linspace(0, 1, columns))
    angles = (places[..., None] * frequencies).flatten(1)
    return torch.cat([angles.sin(), angles.cos()], dim=1)[:, :width]


def checked_patch(s: Signature, patch: int | None) -> int:
    """The patch's side. Raises BackboneError for what is no image, or is not cut evenly."""
    if not s.states or "feature" in s.states or len(s.point_shape) != 3:
        raise BackboneError(
            f"`dit` reads images [C, H, W], not {s.states} of shape {s.point_shape}",
            "use `mlp`",
        )
    _, rows, columns = s.point_shape
    chosen = patch or (2 if max(rows, columns) <= 32 else 4)
    if rows % chosen or columns % chosen:
        raise BackboneError(
            f"an image of {rows} x {columns} cannot be cut into patches of {chosen}",
            "choose a `patch` that divides both sides",
        )
    return chosen
