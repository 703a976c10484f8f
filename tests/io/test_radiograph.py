# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Radiographs as users have them: every kind that is read, and every kind that is refused in one line."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from aurad_monai.errors import InputError
from aurad_monai.io.radiograph import read_radiograph


def gradient(height: int = 128, width: int = 128) -> np.ndarray:
    """(height, width) float in [0, 1], dark on the left."""
    return np.tile(np.linspace(0, 1, width), (height, 1))


def save(path: Path, array: np.ndarray, **options: object) -> Path:
    Image.fromarray(array).save(path, **options)  # type: ignore[arg-type]
    return path


def png_bytes() -> bytes:
    buffer = io.BytesIO()
    Image.fromarray((gradient(64, 64) * 255).astype(np.uint8)).save(buffer, "PNG")
    return buffer.getvalue()


def jpeg_bytes() -> bytes:
    buffer = io.BytesIO()
    Image.fromarray((gradient(64, 64) * 255).astype(np.uint8)).save(buffer, "JPEG")
    return buffer.getvalue()


def test_eight_bit_gray(tmp_path: Path) -> None:
    image = read_radiograph(save(tmp_path / "a.png", (gradient() * 255).astype(np.uint8)), size=128)
    assert image.shape == (1, 128, 128)
    assert image.dtype == np.float32
    assert np.abs(image[0] - gradient()).max() < 1 / 255


@pytest.mark.parametrize("bits", [10, 12, 16])
def test_sixteen_bit_files_use_the_bits_they_fill(tmp_path: Path, bits: int) -> None:
    image = read_radiograph(save(tmp_path / "a.png", (gradient() * (2**bits - 1)).astype(np.uint16)), size=128)
    assert np.abs(image[0] - gradient()).max() < 2 / 2**bits


def test_gray_saved_as_color_or_jpeg(tmp_path: Path) -> None:
    gray = (gradient() * 255).astype(np.uint8)
    for name in ("a.png", "a.jpg"):
        image = read_radiograph(save(tmp_path / name, np.stack([gray] * 3, axis=-1)), size=128)
        assert np.abs(image[0] - gradient()).max() < 0.03


def test_opaque_alpha_is_dropped_and_transparency_refused(tmp_path: Path) -> None:
    gray = (gradient() * 255).astype(np.uint8)
    opaque = np.stack([gray, gray, gray, np.full_like(gray, 255)], axis=-1)
    assert read_radiograph(save(tmp_path / "a.png", opaque), size=64).max() > 0.9
    opaque[:9, :9, 3] = 0
    with pytest.raises(InputError, match="transparency"):
        read_radiograph(save(tmp_path / "b.png", opaque))


def test_non_square_is_padded_with_black_in_the_middle(tmp_path: Path) -> None:
    image = read_radiograph(save(tmp_path / "a.png", (gradient(64, 128) * 200 + 50).astype(np.uint8)), size=128)[0]
    assert image[:31].max() == 0
    assert image[97:].max() == 0
    assert image[32:96].min() > 0.15


def test_color_is_refused(tmp_path: Path) -> None:
    color = np.stack([gradient() * 255, gradient() * 100, gradient() * 10], axis=-1).astype(np.uint8)
    with pytest.raises(InputError, match="colored"):
        read_radiograph(save(tmp_path / "a.jpg", color))


@pytest.mark.parametrize("shape", [(64, 64), (64, 200)])
def test_constant_picture_is_refused_even_when_padded(tmp_path: Path, shape: tuple[int, int]) -> None:
    with pytest.raises(InputError, match="nearly constant"):
        read_radiograph(save(tmp_path / "a.png", np.full(shape, 130, np.uint8)))


@pytest.mark.parametrize("shape", [(63, 200), (200, 8193)])
def test_too_small_and_too_large_are_refused(tmp_path: Path, shape: tuple[int, int]) -> None:
    with pytest.raises(InputError, match="64 to 8192"):
        read_radiograph(save(tmp_path / "a.png", np.zeros(shape, np.uint8)))


def test_a_decompression_bomb_is_refused_unread(tmp_path: Path) -> None:
    header = b"IHDR" + struct.pack(">IIBBBBB", 60000, 60000, 8, 0, 0, 0, 0)
    content = bytearray(png_bytes())
    content[12 : 12 + len(header)] = header
    content[29:33] = struct.pack(">I", zlib.crc32(header))
    (tmp_path / "bomb.png").write_bytes(content)
    with pytest.raises(InputError, match="64 to 8192"):
        read_radiograph(tmp_path / "bomb.png")


def test_animated_png_is_refused(tmp_path: Path) -> None:
    frames = [Image.fromarray((gradient() * scale).astype(np.uint8)) for scale in (255, 200)]
    frames[0].save(tmp_path / "a.png", save_all=True, append_images=frames[1:])
    with pytest.raises(InputError, match="one picture"):
        read_radiograph(tmp_path / "a.png")


def test_missing_folder_empty_and_foreign_files_are_refused(tmp_path: Path) -> None:
    (tmp_path / "empty.png").touch()
    (tmp_path / "text.png").write_text("not a picture")
    for path in (tmp_path / "none.png", tmp_path, tmp_path / "empty.png", tmp_path / "text.png", "a\0b.png"):
        with pytest.raises(InputError) as caught:
            read_radiograph(path)
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize("content", [png_bytes(), jpeg_bytes()], ids=["png", "jpeg"])
def test_truncated_files_are_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "cut").write_bytes(content[: len(content) // 2])
    with pytest.raises(InputError, match="damaged"):
        read_radiograph(tmp_path / "cut")


@settings(max_examples=150)
@given(
    content=st.sampled_from([png_bytes(), jpeg_bytes()]),
    changes=st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 255)), min_size=1, max_size=12),
    cut=st.integers(0, 10**6),
)
def test_mutated_files_raise_nothing_but_input_error(
    tmp_path: Path, content: bytes, changes: list[tuple[int, int]], cut: int
) -> None:
    mutated = bytearray(content)
    for place, value in changes:
        mutated[place % len(mutated)] = value
    path = tmp_path / "mutated"
    path.write_bytes(mutated[: cut % (2 * len(mutated)) + 1])
    try:
        image = read_radiograph(path, size=64)
    except InputError as error:
        assert "\n" not in str(error)
    else:
        assert image.min() >= 0
        assert image.max() <= 1
