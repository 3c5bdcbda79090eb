"""Attention with its tangent in one call, and how forward mode is led to it."""

from __future__ import annotations

from fmdsl.lowering.attention.fused import FusedAttention, dual_attention

__all__ = ["FusedAttention", "dual_attention"]
