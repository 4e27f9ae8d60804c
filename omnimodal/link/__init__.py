"""Linking: which record of a store a mention means, or none of them."""

from __future__ import annotations

from omnimodal.link.linker import Linker

__all__ = ["Linker"]
