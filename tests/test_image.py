"""Image: what it takes, what it refuses, and what the camera wrote into it."""

from __future__ import annotations

import io
import json
import os
import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image as Pictures

from omnimodal.encoders.image import Image
from omnimodal.encoders.image.picture import ORIENTATION
from omnimodal.entity import from_json, to_json
from omnimodal.errors import InvalidEntityError, OmnimodalWarning

NOISE = np.random.default_rng(0).integers(0, 256, (30, 40, 3), dtype=np.uint8)


def encoded(picture: Pictures.Image, form: str, **options) -> bytes:
    file = io.BytesIO()
    picture.save(file, form, **options)
    return file.getvalue()


@pytest.fixture
def noise() -> Pictures.Image:
    return Pictures.fromarray(NOISE)


def photo(
    gps: dict | None = None, time: str | None = None, orientation: int | None = None, form: str = "JPEG"
) -> bytes:
    """A picture with an EXIF block: left half black, right half white, 40 × 20."""
    picture = Pictures.new("RGB", (40, 20), "black")
    picture.paste("white", (20, 0, 40, 20))
    exif = Pictures.Exif()
    if orientation:
        exif[ORIENTATION] = orientation
    if gps:
        exif.get_ifd(0x8825).update(gps)
    if time is not None:
        exif.get_ifd(0x8769)[0x9003] = time
    return encoded(picture, form, exif=exif)


PARIS = {1: "N", 2: (48.0, 51.0, 29.6), 3: "E", 4: (2.0, 17.0, 40.2)}


@pytest.mark.parametrize("form", Image.FORMATS)
def test_a_path_and_its_bytes_are_the_same_picture(noise, form, tmp_path):
    path = tmp_path / f"noise.{form.lower()}"
    path.write_bytes(encoded(noise, form))
    image = Image(path)
    assert (image.format, image.width, image.height) == (form, 40, 30)
    assert image == Image(str(path)) == Image(path.read_bytes()) == Image(bytearray(path.read_bytes()))
    assert image.pixels().mode == "RGB"


def test_a_pillow_image_is_kept_without_loss(noise):
    image = Image(noise)
    assert image.format == "PNG"
    assert np.array_equal(np.asarray(image.pixels()), NOISE)
    assert image == Image(noise.copy())
    assert image != Image(noise.transpose(Pictures.Transpose.FLIP_LEFT_RIGHT))


@pytest.mark.parametrize(
    "mode", ["1", "L", "LA", "P", "PA", "RGB", "RGBA", "RGBX", "CMYK", "YCbCr", "HSV", "I;16", "I", "F"]
)
def test_every_mode_of_pillow_becomes_rgb(mode):
    image = Image(Pictures.new(mode, (5, 4)))
    assert (image.pixels().mode, image.pixels().size) == ("RGB", (5, 4))


def test_transparent_is_white_and_deep_is_spread():
    assert Image(Pictures.new("RGBA", (2, 2), (255, 0, 0, 0))).pixels().getpixel((0, 0)) == (255, 255, 255)
    deep = Pictures.fromarray(np.array([[0, 1000], [2000, 4000]], dtype=np.uint16))
    assert [p[0] for p in Image(deep).pixels().get_flattened_data()] == [0, 63, 127, 255]


def test_content_round_trips_through_json_and_the_caption_is_the_surface(noise):
    image = Image(noise, caption="noise")
    again = Image.from_content(from_json(json.loads(json.dumps(image.content()))))
    assert again == image
    assert again.key == image.key
    assert again.surface == image.surface == "noise"
    assert from_json(to_json(image)) == image
    assert repr(image) == f"Image(PNG, 40 × 30, {len(image.data)} bytes, 'noise')"


def test_the_caption_is_no_part_of_the_key(noise):
    assert Image(noise, caption="a") == Image(noise, caption="b") == Image(noise)


def test_content_never_opens_a_file(noise, tmp_path):
    path = tmp_path / "a.png"
    noise.save(path)
    for content in ({"data": str(path)}, {"data": path}, {}, {"data": path.read_bytes(), "path": "x"}):
        with pytest.raises(InvalidEntityError, match="'data', bytes"):
            Image.from_content(content)


@pytest.mark.parametrize(
    "url", ["http://example.org/a.png", "https://example.org", "file:///etc/hosts", "data:image/png;base64,AA"]
)
def test_a_url_is_refused_by_name(url):
    with pytest.raises(InvalidEntityError, match="URL") as error:
        Image(url)
    assert url in str(error.value)


def test_files_that_are_no_picture_are_refused_by_name(noise, tmp_path):
    whole = encoded(noise, "PNG")
    for name, data in {"cut.png": whole[: len(whole) // 2], "text.png": b"no picture", "empty.png": b""}.items():
        (tmp_path / name).write_bytes(data)
    os.mkfifo(tmp_path / "pipe.png")
    (tmp_path / "vector.eps").write_bytes(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n")
    names = ["cut.png", "text.png", "empty.png", "pipe.png", "vector.eps", "missing.png", ".", "null\0.png"]
    for name in names:
        with pytest.raises(InvalidEntityError) as error:
            Image(tmp_path / name)
        assert repr(str(tmp_path / name)) in str(error.value)


@pytest.mark.parametrize("wrong", [None, 3, [b"a"], ("a.png",)])
def test_other_types_are_refused(wrong):
    with pytest.raises(InvalidEntityError, match="neither path, bytes nor PIL image"):
        Image(wrong)


def test_sizes_are_bounded_before_decoding(noise, tmp_path, monkeypatch):
    # A bomb: 100 million pixels in a few kilobytes.
    bomb = encoded(Pictures.new("1", (10_000, 10_000)), "PNG")
    with pytest.raises(InvalidEntityError, match="limit is 50,000,000"):
        Image(bomb)
    with pytest.raises(InvalidEntityError, match="limit is 50,000,000"):
        Image(Pictures.new("1", (10_000, 10_000)))
    with pytest.raises(InvalidEntityError, match="exceeds limit"):  # beyond Pillow's own limit it does not even open
        Image(encoded(Pictures.new("1", (20_000, 20_000)), "PNG"))
    monkeypatch.setattr(Image, "MAX_BYTES", 100)
    noise.save(tmp_path / "big.png")
    for source in (tmp_path / "big.png", encoded(noise, "PNG"), noise):
        with pytest.raises(InvalidEntityError, match="bytes, the limit is 100"):
            Image(source)


@given(st.data())
def test_damaged_bytes_are_a_picture_or_an_invalid_entity(data):
    form = data.draw(st.sampled_from(Image.FORMATS))
    whole = bytearray(encoded(Pictures.fromarray(NOISE[:6, :7]), form))
    for _ in range(data.draw(st.integers(1, 4))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            image = Image(bytes(whole))
        except InvalidEntityError:
            return
        assert image.pixels(16).mode == "RGB"
        assert image.taken is not None


@given(st.binary(max_size=200))
def test_any_bytes_are_a_picture_or_an_invalid_entity(data):
    with pytest.raises(InvalidEntityError, match=f"<{len(data)} bytes>"):
        Image(data)


@pytest.mark.parametrize("form", ["JPEG", "PNG", "TIFF", "WEBP"])
@pytest.mark.parametrize(
    ("orientation", "white"),
    [(1, "right"), (2, "left"), (3, "left"), (4, "right"), (5, "bottom"), (6, "bottom"), (7, "top"), (8, "top")],
)
def test_the_picture_is_upright(form, orientation, white):
    image = Image(photo(orientation=orientation, form=form))
    shown = np.asarray(image.pixels().convert("L")) > 127
    h, w = shown.shape
    halves = {
        "left": shown[:, : w // 2],
        "right": shown[:, w // 2 :],
        "top": shown[: h // 2],
        "bottom": shown[h // 2 :],
    }
    assert (image.width, image.height) == (w, h) == ((40, 20) if orientation < 5 else (20, 40))
    assert halves[white].mean() > 0.95
    assert shown.mean() < 0.55
    assert image.pixels(8).size == ((8, 4) if orientation < 5 else (4, 8))


def test_place_and_time_of_the_camera():
    taken = Image(photo(PARIS, "2024:05:01 12:00:00")).taken
    assert taken.at == pytest.approx((2.294500, 48.858222), abs=1e-5)
    assert taken.on == "2024-05-01T12:00:00"
    south_west = Image(photo({1: "S", 2: (33.0, 30.0, 0.0), 3: "W", 4: (70.0, 15.0, 0.0)})).taken
    assert south_west.at == (-70.25, -33.5)
    assert south_west.on is None


def test_a_pillow_image_keeps_its_place_and_time():
    with Pictures.open(io.BytesIO(photo(PARIS, "2024:05:01 12:00:00", orientation=6))) as source:
        image = Image(source)
    assert image.taken == Image(photo(PARIS, "2024:05:01 12:00:00")).taken
    assert (image.width, image.height) == (20, 40)


def test_a_place_given_to_a_pillow_image_is_kept(noise):
    plain = Image(noise)
    noise.getexif().get_ifd(0x8825).update(PARIS)
    assert Image(noise).taken.at == pytest.approx((2.294500, 48.858222), abs=1e-5)
    assert plain.taken.at is None
    assert Image(Pictures.fromarray(NOISE)) == plain


@pytest.mark.parametrize("time", ["0000:00:00 00:00:00", "    :  :     :  :  ", ""])
def test_a_time_that_the_camera_did_not_know_is_none(time, recwarn):
    assert Image(photo(time=time)).taken.on is None
    assert not recwarn.list


@pytest.mark.parametrize(
    ("what", "options"),
    [
        ("time", {"time": "2024:13:01 12:00:00"}),
        ("time", {"time": "yesterday"}),
        ("position", {"gps": {**PARIS, 2: (95.0, 0.0, 0.0)}}),
        ("position", {"gps": {**PARIS, 3: "Q"}}),
    ],
)
def test_nonsense_of_the_camera_is_left_out_and_told(what, options):
    with pytest.warns(OmnimodalWarning, match=f"EXIF {what} left out"):
        taken = Image(photo(**options)).taken
    assert (taken.at, taken.on) == (None, None)
