"""ImageEncoder: features of the embedded ViT and of Hugging Face's models, children, tasks."""

from __future__ import annotations

import random

import numpy as np
import pytest
import torch
from PIL import Image as Pictures
from safetensors.torch import load_file, save_file
from test_image import PARIS, photo

from omnimodal import registry
from omnimodal.encoder import Nested, role_id
from omnimodal.encoders.image import Image, ImageEncoder, draw, tasks
from omnimodal.encoders.image.backbone import WEIGHTS, Embedded, Hub
from omnimodal.encoders.image.features import as_pixels
from omnimodal.encoders.image.vit import ViT
from omnimodal.errors import ModelError
from omnimodal.train.task import split_of


@pytest.fixture(scope="module")
def images() -> list[Image]:
    rng = random.Random(0)
    return [Image(draw.any_picture(rng)[0]) for _ in range(6)]


@pytest.fixture(scope="module")
def encoder() -> ImageEncoder:
    torch.manual_seed(0)
    return ImageEncoder()


def test_it_is_registered():
    assert registry.get("image") is ImageEncoder
    assert registry.entity_class("Image") is Image
    assert not list(ImageEncoder().detect("see a.png or http://example.org/a.png"))


def test_features_have_about_unit_size(encoder, images):
    odd = [Image(Pictures.new("RGB", size)) for size in ((1, 1), (1, 3000), (5000, 2))]
    features = encoder.featurize([*images, *odd])
    assert features["cells"].shape == (9, 17, 96)
    assert features["statistics"].shape == (9, 36)
    for values in features.values():
        assert values.dtype == torch.float32
        assert values.isfinite().all()
        assert values.abs().max() < 10
    assert {k: v.shape[1:] for k, v in encoder.featurize([]).items()} == {k: v.shape[1:] for k, v in features.items()}


def test_a_row_does_not_depend_on_the_batch(encoder, images):
    together = encoder.featurize(images)
    for i, image in enumerate(images):
        for name, values in encoder.featurize([image]).items():
            torch.testing.assert_close(values[0], together[name][i], atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("tokens", [1, 4])
def test_forward_is_trained_and_the_backbone_is_not(tokens, images):
    encoder = ImageEncoder(dim=64, tokens=tokens, grid=2)
    own = encoder(encoder.featurize(images), encoder.no_children(len(images)))
    assert own.shape == (len(images), tokens, 64)
    own.square().sum().backward()
    silent = {name for name, p in encoder.named_parameters() if p.grad is None}
    assert all(name.startswith("fuse.") for name in silent)  # nothing was nested
    assert not any("vit" in name or "backbone" in name for name in encoder.state_dict())
    assert sum(p.numel() for p in ImageEncoder().parameters()) < 1_500_000


def test_what_is_nested_changes_the_vectors(encoder, images):
    features = encoder.featurize(images)
    alone = encoder(features, encoder.no_children(len(images)))
    vectors = torch.randn(len(images), 1, encoder.dim)
    mask = torch.ones(len(images), 1, dtype=torch.bool)
    mask[0] = False
    beside = encoder(features, Nested(vectors, torch.full((len(images), 1), role_id("taken_at")), mask))
    assert torch.equal(beside[0], alone[0])
    assert (beside[1:] - alone[1:]).abs().amax((1, 2)).min() > 1e-3


def test_place_and_date_are_nested(encoder):
    children = encoder.children(Image(photo(PARIS, "2024:05:01 12:00:00")))
    assert {role: child.modality for role, child in children.items()} == {"taken_at": "place", "taken_on": "date"}
    assert (children["taken_at"].point.x, children["taken_at"].point.y) == pytest.approx((2.2945, 48.8582), abs=1e-4)
    assert children["taken_on"].start.startswith("2024-05-01T12:00")
    assert encoder.children(Image(photo())) == {}


def test_the_fingerprint_names_the_features():
    fingerprint = ImageEncoder().fingerprint
    assert ImageEncoder(dim=64, tokens=1).fingerprint == fingerprint  # not what is trained on them
    assert ImageEncoder(grid=2).fingerprint != fingerprint
    assert ImageEncoder(pretrained=False).fingerprint != fingerprint


def test_the_weights_that_ship_are_small_and_whole():
    assert len(WEIGHTS.read_bytes()) < 2_000_000
    assert Embedded().identity == Embedded().identity != Embedded(pretrained=False).identity


def test_damaged_weights_are_refused(tmp_path, monkeypatch):
    state = {name: value.half() for name, value in ViT().state_dict().items()}
    whole = tmp_path / "whole.safetensors"
    save_file(state, whole)
    broken = {
        "missing": {k: v for k, v in state.items() if k != "whole"},
        "shape": {**state, "whole": torch.zeros(1, 1, 95)},
        "extra": {**state, "more": torch.zeros(1)},
    }
    for name, tensors in broken.items():
        path = tmp_path / f"{name}.safetensors"
        save_file(tensors, path)
        monkeypatch.setattr("omnimodal.encoders.image.backbone.WEIGHTS", path)
        with pytest.raises(ModelError, match=f"{name}.safetensors do not fit"):
            Embedded()
    cut = tmp_path / "cut.safetensors"
    cut.write_bytes(whole.read_bytes()[:1000])
    for path in (cut, tmp_path / "absent.safetensors"):
        monkeypatch.setattr("omnimodal.encoders.image.backbone.WEIGHTS", path)
        with pytest.raises(ModelError, match=path.name):
            Embedded()


def test_the_pretrained_vit_sees_what_the_random_one_does_not():
    """Nearest class mean over the whole picture's vector, on shapes: 8 classes, chance 1 in 8."""
    rng = random.Random(1)
    shown = [rng.choice(draw.SHAPES) for _ in range(400)]
    pictures = [draw.shapes(rng, shape=shape, colour="red", count="one") for shape in shown]
    labels = np.array([draw.SHAPES.index(shape) for shape in shown])

    def accuracy(backbone: Embedded) -> float:
        seen = backbone(pictures, 1)[:, 0].numpy()
        means = np.stack([seen[:200][labels[:200] == k].mean(0) for k in range(len(draw.SHAPES))])
        nearest = ((seen[200:, None] - means) ** 2).sum(-1).argmin(1)
        return (nearest == labels[200:]).mean()

    assert accuracy(Embedded()) > 0.8 > 0.5 > accuracy(Embedded(pretrained=False))


def hub_model(kind: str, folder) -> None:
    """A tiny randomly initialised vision model and its image processor, saved as a hub would hold them."""
    import transformers as hf

    torch.manual_seed(0)
    small = {"hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2, "num_attention_heads": 2}
    seen = {**small, "image_size": 32, "patch_size": 8}
    text = {**small, "vocab_size": 50, "max_position_embeddings": 16}
    size, square = {"shortest_edge": 32}, {"height": 32, "width": 32}
    match kind:
        case "clip":
            model = hf.CLIPModel(hf.CLIPConfig(text_config=text, vision_config=seen, projection_dim=16))
            processor = hf.CLIPImageProcessorPil(size=size, crop_size=square)
        case "siglip":
            model = hf.SiglipModel(hf.SiglipConfig(text_config=text, vision_config=seen))
            processor = hf.SiglipImageProcessorPil(size=square)
        case "dinov2":
            dino = {k: v for k, v in seen.items() if k != "intermediate_size"}
            model = hf.Dinov2Model(hf.Dinov2Config(**dino, mlp_ratio=2))
            processor = hf.BitImageProcessorPil(size=size, crop_size=square)
        case "vit":
            model, processor = hf.ViTModel(hf.ViTConfig(**seen)), hf.ViTImageProcessorPil(size=square)
        case "vit without pooler":
            model, processor = hf.ViTForImageClassification(hf.ViTConfig(**seen)), hf.ViTImageProcessorPil(size=square)
        case _:
            config = hf.ResNetConfig(embedding_size=8, hidden_sizes=[8, 32], depths=[1, 1], layer_type="basic")
            model, processor = hf.ResNetModel(config), hf.ConvNextImageProcessorPil(size=size)
    model.save_pretrained(folder)
    processor.save_pretrained(folder)


@pytest.mark.parametrize("kind", ["clip", "siglip", "dinov2", "vit", "vit without pooler", "resnet"])
def test_any_vision_model_of_hugging_face(kind, images, tmp_path):
    first, second = tmp_path / "first", tmp_path / "second"
    hub_model(kind, first)
    hub_model(kind, second)
    encoder = ImageEncoder(backbone=str(first), grid=2)
    features = encoder.featurize([*images, Image(Pictures.new("L", (1, 3000)))])
    assert features["cells"].shape == (7, 5, 32)
    assert features["cells"].isfinite().all()
    assert (features["cells"][0] - features["cells"][1]).abs().max() > 1e-3
    assert encoder(features, encoder.no_children(7)).shape == (7, 4, 256)
    assert not any("backbone" in name for name in encoder.state_dict())

    # The fingerprint is the weights', wherever they lie.
    assert ImageEncoder(backbone=str(second), grid=2).fingerprint == encoder.fingerprint
    weights = load_file(second / "model.safetensors")
    changed = next(k for k in weights if "encoder" in k and "text" not in k and k.endswith("weight"))
    weights[changed] = weights[changed] + 0.1
    save_file(weights, second / "model.safetensors", metadata={"format": "pt"})
    assert ImageEncoder(backbone=str(second), grid=2).fingerprint != encoder.fingerprint

    # A checkpoint without some of its weights is not half used.
    del weights[changed]
    save_file(weights, second / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(ModelError, match="lacks weights"):
        Hub(str(second))


def test_a_folder_that_is_no_model_is_refused(tmp_path):
    with pytest.raises(ModelError, match="No vision model"):
        ImageEncoder(backbone=str(tmp_path))
    with pytest.raises(ModelError, match="Only the embedded"):
        ImageEncoder(backbone=str(tmp_path), pretrained=False)


def test_hub_pixels_are_the_processor_s(tmp_path, images):
    """The cells of a DINOv2 are what transformers itself gives, normalised."""
    hub_model("dinov2", tmp_path)
    hub = Hub(str(tmp_path))
    shown = images[0].pixels()
    pixels = torch.tensor(np.asarray(shown.resize((32, 32), Pictures.Resampling.BICUBIC))).permute(2, 0, 1) / 255
    mean, std = (torch.tensor(v)[:, None, None] for v in (hub.processor.image_mean, hub.processor.image_std))
    states = hub.model(((pixels - mean) / std)[None]).last_hidden_state[:, 1:]
    expected = torch.nn.functional.layer_norm(states, (32,))
    torch.testing.assert_close(hub([shown], 4)[:, 1:], expected, atol=1e-3, rtol=1e-3)


def test_pictures_of_another_form_are_shown_whole():
    wide = as_pixels(Pictures.new("RGB", (200, 100), "white"))
    assert wide.shape == (3, 64, 64)
    assert np.allclose(wide[:, 16:48], 1)
    assert np.abs(wide[:, :16]).max() < 0.01


@pytest.mark.parametrize(
    "task", [tasks.Shape(), tasks.Colour(), tasks.Count(), tasks.Hour()], ids=lambda task: task.name
)
def test_tasks_are_balanced_and_keep_to_their_split(task):
    train, test = task.generate(240, "train", 0), task.generate(120, "test", 0)
    assert task.generate(5, "test", 0) == test[:5]
    for split, examples in (("train", train), ("test", test)):
        for example in examples:
            (image,) = example.entities
            assert split_of(image) == split
            assert example.answer in example.choices
    counts = [sum(e.answer == choice for e in train) for choice in train[0].choices]
    assert min(counts) > 0.3 * 240 / len(counts)
    assert not {e.entities[0].key for e in train} & {e.entities[0].key for e in test}


def test_drawings_show_what_they_are_asked_to():
    rng = random.Random(2)
    picture = draw.shapes(rng, shape="square", colour="red", count="six")
    reds = np.asarray(picture).astype(int)
    red = (reds[..., 0] > 150) & (reds[..., 1] < 90) & (reds[..., 2] < 90)
    assert picture.size == (64, 64)
    assert _patches(red) == 6
    for kind, names in draw.KINDS.items():
        shown = {name: draw.ATTRIBUTES[name][-1] for name in names}
        assert np.array_equal(kind(random.Random(3), **shown), kind(random.Random(3), **shown))


def _patches(mask: np.ndarray) -> int:
    """How many connected patches of True there are."""
    left, found = {(int(y), int(x)) for y, x in np.argwhere(mask)}, 0
    while left:
        found += 1
        edge = [left.pop()]
        while edge:
            y, x = edge.pop()
            near = {(y + 1, x), (y - 1, x), (y, x + 1), (y, x - 1)} & left
            left -= near
            edge += near
    return found
