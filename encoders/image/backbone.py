"""What sees: a frozen vision model, the embedded one or any of Hugging Face's, behind one interface."""

from __future__ import annotations

import hashlib
import json
import math
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import torch
import torch.nn.functional as F
from torch import Tensor

from omnimodal.encoders.image.features import as_pixels
from omnimodal.encoders.image.vit import SIZE, ViT
from omnimodal.errors import ModelError

if TYPE_CHECKING:
    import PIL.Image

WEIGHTS = files("omnimodal.data") / "image" / "vit.safetensors"
ASPECT = 3  # a Hugging Face model is shown no longer strips


class Backbone(ABC):
    """A frozen vision model. No nn.Module, so that an encoder neither trains nor saves it, and it stays on the CPU.

    `width` is the length of its vectors, `side` the longest side of a picture that it can use, in pixels, and
    `identity` a hash of its weights and of how it prepares a picture.
    """

    width: int
    side: int
    identity: str

    @abstractmethod
    def look(self, pictures: Sequence[PIL.Image.Image]) -> tuple[Tensor, Tensor]:
        """n pictures in RGB → the vector of the whole [n, width], and of the cells of a square [n, width, g, g]."""

    @torch.no_grad()
    def __call__(self, pictures: Sequence[PIL.Image.Image], grid: int) -> Tensor:
        """n pictures in RGB → [n, 1 + grid², width]: the whole, then the cells row by row; every vector normalised."""
        if not pictures:
            return torch.zeros(0, 1 + grid**2, self.width)
        whole, cells = self.look(pictures)
        cells = F.adaptive_avg_pool2d(cells, grid).flatten(2).transpose(1, 2)
        return F.layer_norm(torch.cat([whole[:, None], cells], dim=1), (self.width,))


class Embedded(Backbone):
    """The project's own small ViT, with the weights that ship, or with random ones, always the same, as a control."""

    def __init__(self, pretrained: bool = True):
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            self.vit = ViT().eval().requires_grad_(False)
        if pretrained:
            self._load()
        self.width, self.side = self.vit.width, SIZE
        self.identity = identity(self.vit.state_dict(), SIZE)

    def _load(self) -> None:
        from safetensors import SafetensorError
        from safetensors.torch import load

        try:
            self.vit.load_state_dict(load(WEIGHTS.read_bytes()), strict=True)  # float16 → float32
        except (OSError, SafetensorError, RuntimeError) as error:
            raise ModelError(
                f"The weights in {WEIGHTS} do not fit the embedded ViT: {error}", encoder="image"
            ) from error

    def look(self, pictures: Sequence[PIL.Image.Image]) -> tuple[Tensor, Tensor]:
        seen = self.vit(torch.stack([torch.from_numpy(as_pixels(picture)) for picture in pictures]))
        return seen[:, 0], _square(seen)


class Hub(Backbone):
    """The vision tower of any Hugging Face model that AutoModel and AutoImageProcessor know, from a hub or a folder.

    Only safetensors are read, and no code of the repository is run. The whole's vector is the model's own pooled one
    where the checkpoint has weights for it, else the class token's, else the mean of the cells.
    """

    def __init__(self, name: str, revision: str | None = None):
        from transformers import AutoConfig, AutoImageProcessor, AutoModel

        try:
            config = AutoConfig.from_pretrained(name, revision=revision)
            config = getattr(config, "vision_config", config)
            self.processor: Any = AutoImageProcessor.from_pretrained(name, revision=revision, backend="pil")
            model, report = AutoModel.from_pretrained(
                name,
                revision=revision,
                config=config,
                use_safetensors=True,
                dtype=torch.float32,
                output_loading_info=True,
            )
        except (OSError, ValueError, KeyError, RuntimeError) as error:
            raise ModelError(f"No vision model can be loaded from {name!r}: {error}", encoder="image") from error
        missing = sorted(report["missing_keys"])
        self.pooled = not any(key.startswith("pooler.") for key in missing)
        if [key for key in missing if not key.startswith("pooler.")] or report["mismatched_keys"]:
            lacks = ", ".join([*missing, *map(str, report["mismatched_keys"])][:5])
            raise ModelError(f"The checkpoint {name!r} lacks weights of its vision model: {lacks}, …", encoder="image")
        self.model = model.eval().requires_grad_(False)
        width = getattr(config, "hidden_size", None) or getattr(config, "hidden_sizes", [None])[-1]
        if not isinstance(width, int):
            raise ModelError(f"{name!r} ({config.model_type}) does not tell the width of its vectors", encoder="image")
        self.width, self.side = width, ASPECT * max([SIZE, *_lengths(self.processor)])
        used = {key: value for key, value in model.state_dict().items() if key not in missing}  # not a random pooler
        self.identity = identity(used, config.to_json_string(), self.processor.to_json_string())

    def look(self, pictures: Sequence[PIL.Image.Image]) -> tuple[Tensor, Tensor]:
        pixels = self.processor(images=[_widened(picture) for picture in pictures], return_tensors="pt")["pixel_values"]
        seen = self.model(pixel_values=pixels)
        states, pooled = seen.last_hidden_state, getattr(seen, "pooler_output", None)
        cells = states if states.ndim == 4 else _square(states)  # a convolutional net gives a map
        if self.pooled and pooled is not None:
            return pooled.flatten(1), cells
        prefixed = states.ndim == 3 and states.shape[1] > cells[0, 0].numel()
        return (states[:, 0] if prefixed else cells.mean(dim=(2, 3))), cells


def backbone(name: str | None, revision: str | None, pretrained: bool) -> Backbone:
    """`name` is a hub id or a folder, None for the embedded one. Raises ModelError where it cannot be loaded whole."""
    if name is None:
        return Embedded(pretrained)
    if not pretrained:
        raise ModelError(f"Only the embedded ViT can be had with pretrained=False, not {name!r}", encoder="image")
    return Hub(name, revision)


def identity(state: Mapping[str, Tensor], *prepared: Any) -> str:
    """A hash of a model's weights and of anything else that its output depends on."""
    digest = hashlib.blake2b(json.dumps(prepared).encode(), digest_size=16)
    for key, value in sorted(state.items()):
        digest.update(f"{key}{value.dtype}{list(value.shape)}".encode())
        digest.update(value.contiguous().flatten().view(torch.uint8).numpy().data if value.numel() else b"")
    return digest.hexdigest()


def _square(states: Tensor) -> Tensor:
    """Tokens [n, p + g², width] → [n, width, g, g], without the p class and register tokens before the cells."""
    side = math.isqrt(states.shape[1])
    return states[:, -(side**2) :].transpose(1, 2).unflatten(2, (side, side))


def _widened(picture: PIL.Image.Image) -> PIL.Image.Image:
    """A strip on grey, so that its sides are at most as ASPECT to 1: processors scale the shorter one to full size."""
    from PIL import Image

    w, h = picture.size
    size = max(w, h // ASPECT), max(h, w // ASPECT)
    if size == (w, h):
        return picture
    ground = Image.new("RGB", size, (128, 128, 128))
    ground.paste(picture, ((size[0] - w) // 2, (size[1] - h) // 2))
    return ground


def _lengths(processor: Any) -> list[int]:
    """The lengths in pixels that an image processor resizes and crops to."""
    sizes = [getattr(processor, name, None) or {} for name in ("size", "crop_size")]
    return [v for size in sizes for v in dict(size).values() if isinstance(v, int)]
