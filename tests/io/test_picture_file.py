# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Pictures as viewers show them: EXIF, palettes, pixels that are not square, and files known by their content."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from aurad_monai.errors import InputError
from aurad_monai.io.picture_file import file_kind, read_pixels
from aurad_monai.io.radiograph import open_radiograph

CORNER = np.add.outer(np.linspace(0, 90, 80), np.linspace(0, 150, 120)).astype(np.uint8)
"""Dark in the upper left corner."""
STORED = {
    1: CORNER,
    2: CORNER[:, ::-1],
    3: CORNER[::-1, ::-1],
    4: CORNER[::-1],
    5: CORNER.T,
    6: np.rot90(CORNER),
    7: CORNER[::-1, ::-1].T,
    8: np.rot90(CORNER, -1),
}
"""How a camera stores the picture for each value of the EXIF orientation (EXIF 2.3, 4.6.4 A)."""


@pytest.mark.parametrize("value", STORED)
@pytest.mark.parametrize("name", ["a.png", "a.jpg"])
def test_exif_orientation_is_followed(tmp_path: Path, value: int, name: str) -> None:
    exif = Image.Exif()
    exif[0x0112] = value
    Image.fromarray(np.ascontiguousarray(STORED[value])).save(tmp_path / name, exif=exif)
    assert np.abs(open_radiograph(tmp_path / name).pixels * 255 - CORNER).max() < 12


@pytest.mark.parametrize("turned", [False, True])
def test_a_palette_is_looked_up_for_radiographs_and_not_for_labels(tmp_path: Path, turned: bool) -> None:
    picture = Image.fromarray(CORNER).convert("P")
    order = range(255, -1, -1) if turned else range(256)
    picture.putpalette([level for value in order for level in (value, value, value)])
    picture.save(tmp_path / "a.png")
    expected = 255.0 - CORNER if turned else CORNER
    assert np.abs(open_radiograph(tmp_path / "a.png").pixels * 255 - expected).max() < 1
    np.testing.assert_array_equal(read_pixels(tmp_path / "a.png", "anatomy", indices=True), CORNER)


def test_a_palette_of_colors_is_refused(tmp_path: Path) -> None:
    picture = Image.fromarray(CORNER).convert("P")
    picture.putpalette([level for value in range(256) for level in (value, 255 - value, 0)])
    picture.save(tmp_path / "a.png")
    with pytest.raises(InputError, match="colored"):
        open_radiograph(tmp_path / "a.png")


@pytest.mark.parametrize("name", ["a.png", "a.jpg"])
def test_pixels_that_are_not_square_are_resampled(tmp_path: Path, name: str) -> None:
    Image.fromarray(CORNER).save(tmp_path / name, dpi=(200, 100))
    assert open_radiograph(tmp_path / name).pixels.shape == (160, 120)


def test_square_pixels_of_any_resolution_stay(tmp_path: Path) -> None:
    Image.fromarray(CORNER).save(tmp_path / "a.png", dpi=(300, 300))
    assert open_radiograph(tmp_path / "a.png").pixels.shape == (80, 120)


@pytest.mark.parametrize("name", ["1.2.840.113619.2.5", "IM0001", "chest.IMA", "chest.dcm", "a.txt"])
def test_content_counts_and_not_the_name(tmp_path: Path, name: str) -> None:
    Image.fromarray(CORNER).save(tmp_path / name, "PNG")
    assert file_kind(tmp_path / name, "image") == "png"
    assert open_radiograph(tmp_path / name).pixels.shape == (80, 120)


@pytest.mark.parametrize("content", [b"\x08\0", b"\x08\0text text text", b"name;age\r\n1;2\r\n", b"BM" + b"\0" * 400])
def test_other_files_are_unknown(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "file").write_bytes(content)
    assert file_kind(tmp_path / "file", "image") == "unknown"
