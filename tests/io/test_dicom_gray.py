# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Gray values of DICOM: the order of transforms, ranges that headers get wrong, and pydicom where it is right."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from PIL import Image
from pydicom.pixels.processing import apply_modality_lut, apply_voi_lut

from aurad_monai.errors import InputError
from aurad_monai.io.dicom_gray import as_shown
from tests.io.test_dicom_file import RAMP, radiograph, read


def table(values: np.ndarray, bits: int, first: int = 0) -> list[pydicom.Dataset]:
    """A LUT sequence of one item."""
    item = pydicom.Dataset()
    item.LUTDescriptor = [len(values) % 65536, first, bits]
    item.LUTData = values.astype(np.uint16).tolist()
    item["LUTDescriptor"].VR = "US" if first >= 0 else "SS"
    item["LUTData"].VR = "US"
    return [item]


def test_a_negative_slope_exchanges_dark_and_bright(tmp_path: Path) -> None:
    image = read(tmp_path, radiograph(RescaleSlope=-1, RescaleIntercept=4095, RescaleType="US"))
    assert np.abs(image - (1 - RAMP)).max() < 1e-3


def test_a_negative_slope_and_monochrome1_cancel(tmp_path: Path) -> None:
    tags = {"RescaleSlope": -1, "RescaleIntercept": 4095, "PhotometricInterpretation": "MONOCHROME1"}
    assert np.abs(read(tmp_path, radiograph(**tags)) - RAMP).max() < 1e-3


def test_a_modality_lut_without_a_window(tmp_path: Path) -> None:
    image = read(tmp_path, radiograph(ModalityLUTSequence=table(4095 - np.arange(4096), 12)))
    assert np.abs(image - (1 - RAMP)).max() < 1e-3


@pytest.mark.parametrize("bits", [12, 16])
def test_a_voi_lut_declared_16_bit_that_holds_12(tmp_path: Path, bits: int) -> None:
    image = read(tmp_path, radiograph(VOILUTSequence=table(np.arange(4096), bits)))
    assert np.abs(image - RAMP).max() < 1e-3


def test_a_voi_lut_of_8_bits_and_4096_entries(tmp_path: Path) -> None:
    image = read(tmp_path, radiograph(VOILUTSequence=table(np.arange(4096) // 16, 8)))
    assert np.abs(image - RAMP).max() < 5e-3


def test_modality_comes_before_voi(tmp_path: Path) -> None:
    tags = {"RescaleSlope": -1, "RescaleIntercept": 4095, "VOILUTSequence": table(np.arange(4096), 12)}
    assert np.abs(read(tmp_path, radiograph(**tags)) - (1 - RAMP)).max() < 1e-3
    tags = {"RescaleSlope": -1, "RescaleIntercept": 4095, "WindowCenter": 2048, "WindowWidth": 4096}
    assert np.abs(read(tmp_path, radiograph(**tags)) - (1 - RAMP)).max() < 1e-3


@pytest.mark.parametrize(
    "tags",
    [
        {"VOILUTSequence": table(np.minimum(np.arange(3000) * 2, 4095), 12, first=500)},
        {"ModalityLUTSequence": table(np.arange(2000)[::-1] * 2, 16, first=100)},
        {"WindowCenter": 1000, "WindowWidth": 700},
        {"RescaleSlope": 2, "RescaleIntercept": -1000, "WindowCenter": 1000, "WindowWidth": 700},
    ],
)
def test_pydicom_gives_the_same_where_it_is_right(tags: dict[str, Any]) -> None:
    dataset = radiograph(**tags)
    stored = dataset.pixel_array
    theirs = apply_voi_lut(apply_modality_lut(stored, dataset), dataset).astype(np.float64)
    top = {"RescaleSlope": 8190}.get(next(iter(tags)), 4095)
    low = -1000 if "RescaleSlope" in tags else 0
    assert np.abs(as_shown(stored, dataset) - (theirs - low) / top).max() < 2e-3


def test_a_window_of_no_width_is_none(tmp_path: Path) -> None:
    image = read(tmp_path, radiograph(WindowCenter=2048, WindowWidth=0))
    assert np.abs(image - RAMP).max() < 1e-3


@pytest.mark.parametrize("signed", [False, True])
def test_sixteen_bits_stored_of_which_twelve_are_used(tmp_path: Path, signed: bool) -> None:
    stored = np.round(RAMP * 4095).astype(np.int16 if signed else np.uint16)
    assert np.abs(read(tmp_path, radiograph(stored, bits=16)) - RAMP).max() < 1e-3


@pytest.mark.parametrize("signed", [False, True])
def test_bits_that_lie_elsewhere(tmp_path: Path, signed: bool) -> None:
    values = np.round(RAMP * 1023).astype(np.int32) - (512 if signed else 0)
    stored = ((values << 4) | 7).astype(np.int16 if signed else np.uint16)
    dataset = radiograph(stored, bits=10, HighBit=13)
    assert np.abs(read(tmp_path, dataset) - RAMP).max() < 2e-3


def test_overlays_above_the_bits_stored_are_cut_off(tmp_path: Path) -> None:
    stored = np.round(RAMP * 4095).astype(np.uint16)
    stored[20:30] |= 0xF000
    assert np.abs(read(tmp_path, radiograph(stored)) - RAMP).max() < 1e-3


def test_a_range_of_padding_is_black_and_not_part_of_the_range(tmp_path: Path) -> None:
    stored = np.round(RAMP * 4095).astype(np.uint16)
    stored[:10], stored[10:20] = 65535, 65000
    dataset = radiograph(stored, bits=16, PixelPaddingValue=65535, PixelPaddingRangeLimit=65000)
    for name in ("PixelPaddingValue", "PixelPaddingRangeLimit"):
        dataset[name].VR = "US"
    image = read(tmp_path, dataset)
    assert image[:20].max() == 0
    assert np.abs(image[20:] - RAMP[20:]).max() < 1e-3


def film(size: int = 160) -> np.ndarray:
    """(size, size) in [0, 1]: shoulders, lungs, mediastinum, diaphragm and air, as on a frontal film."""
    y, x = np.mgrid[0 : 1 : size * 1j, -1 : 1 : size * 1j]
    body = (np.abs(x) < 0.55 + 0.4 * y).astype(float) * 0.55
    lungs = ((np.abs(np.abs(x) - 0.4) / 0.25) ** 2 + ((y - 0.42) / 0.32) ** 2 < 1) * 0.4
    middle = (np.abs(x) < 0.12 + 0.15 * y) * 0.3
    return np.clip(body - lungs + middle + 0.2 * (y > 0.75) * (np.abs(x) < 0.8), 0, 1)


@pytest.mark.parametrize("kind", ["MONOCHROME1", "MONOCHROME2"])
def test_a_photometric_interpretation_that_does_not_fit_is_refused(tmp_path: Path, kind: str) -> None:
    right = film() if kind == "MONOCHROME2" else 1 - film()
    tags = {"PhotometricInterpretation": kind}
    for picture, fits in ((right, True), (1 - right, False)):
        dataset = radiograph(np.round(picture * 4095).astype(np.uint16), **tags)
        if fits:
            read(tmp_path, dataset, 160)
            continue
        with pytest.raises(InputError, match="negative") as caught:
            read(tmp_path, dataset, 160)
        assert caught.value.reason == "a negative: bones are dark"


def test_a_picture_that_is_a_negative_is_refused(tmp_path: Path) -> None:
    from aurad_monai.io.radiograph import read_radiograph

    for name, picture in (("film", film()), ("negative", 1 - film())):
        Image.fromarray(np.round(picture * 255).astype(np.uint8)).save(tmp_path / f"{name}.png")
    assert read_radiograph(tmp_path / "film.png").max() > 0.7
    with pytest.raises(InputError, match="negative"):
        read_radiograph(tmp_path / "negative.png")


def _colors(gray: np.ndarray, kind: str) -> pydicom.Dataset:
    tags: dict[str, Any] = {"PhotometricInterpretation": kind, "BitsAllocated": 8, "BitsStored": 8, "HighBit": 7}
    if kind == "PALETTE COLOR":
        names = ("Red", "Green", "Blue")
        tags |= {f"{name}PaletteColorLookupTableDescriptor": [256, 0, 16] for name in names}
        ramp = (np.arange(256)[::-1] * 257).astype(np.uint16).tobytes()
        tags |= {f"{name}PaletteColorLookupTableData": ramp for name in names}
        return radiograph(gray, **tags)
    tags |= {"SamplesPerPixel": 3, "PlanarConfiguration": 0, "Rows": gray.shape[0], "Columns": gray.shape[1]}
    samples = np.stack([gray] * 3, axis=-1)
    if kind == "YBR_FULL":
        samples[..., 1:] = 128
    return radiograph(samples, **tags)


@pytest.mark.parametrize("kind", ["RGB", "YBR_FULL", "PALETTE COLOR"])
def test_gray_in_colors_is_gray(tmp_path: Path, kind: str) -> None:
    gray = np.round(RAMP * 255).astype(np.uint8)
    expected = 1 - RAMP if kind == "PALETTE COLOR" else RAMP
    assert np.abs(read(tmp_path, _colors(gray, kind)) - expected).max() < 1e-2


def test_colors_are_refused(tmp_path: Path) -> None:
    dataset = _colors(np.round(RAMP * 255).astype(np.uint8), "RGB")
    samples = np.frombuffer(dataset.PixelData, np.uint8).reshape(80, 96, 3).copy()
    samples[10:20, 10:20] = (255, 0, 0)
    dataset.PixelData = samples.tobytes()
    with pytest.raises(InputError, match="colored"):
        read(tmp_path, dataset)
