# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Secondary capture of a radiograph with the outlines of its findings burned in, for viewers that show no segmentation.

Takes a DICOM image, its picture and masks in one frame; gives a Secondary Capture of the same study.
"""

from __future__ import annotations

import highdicom
import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont
from pydicom.dataset import Dataset
from pydicom.uid import ExplicitVRLittleEndian
from skimage.segmentation import find_boundaries

from aurad_monai import vocabulary
from aurad_monai.archive.observe import PRESENT, UNKNOWN, Seen
from aurad_monai.export.dicom_segmentation import MAKER, Equipment, Uid, label_of, mark

WARNING = "Drawn by neural networks. For research, not for clinical use."
TEXT = 0.022
"""Height of the text, as a share of the picture."""

Picture = npt.NDArray[np.uint8]


def outlined(image: npt.NDArray[np.float32], seen: Seen) -> Picture:
    """(S, S, 3): the radiograph, an outline in its color for each finding, and what was seen, in words.

    Args:
        image: (1, S, S) in [0, 1], upright.
        seen: observations, and masks of any square size.
    """
    size = image.shape[-1]
    picture = np.repeat(np.rint(255 * image[0].clip(0, 1)).astype(np.uint8)[..., None], 3, axis=-1)
    for item in seen.observations:
        if item.state == PRESENT and item.name in seen.masks:
            mask = np.asarray(Image.fromarray(seen.masks[item.name] * 255).resize((size, size))) >= 128
            picture[find_boundaries(mask, mode="thick")] = vocabulary.finding(item.name).color
    return _with_words(picture, seen)


def _with_words(picture: Picture, seen: Seen) -> Picture:
    canvas = Image.fromarray(picture)
    height = max(10, round(TEXT * canvas.height))
    draw, font = ImageDraw.Draw(canvas), ImageFont.load_default(height)
    lines = [(label_of(o.name), vocabulary.finding(o.name).color) for o in seen.observations if o.state == PRESENT]
    open_ = [label_of(o.name) for o in seen.observations if o.state == UNKNOWN]
    lines = lines or [("no finding above its threshold", (255, 255, 255))]
    lines += [(f"not judged: {len(open_)} findings", (160, 160, 160))] if open_ else []
    for row, (text, color) in enumerate([(WARNING, (255, 255, 0)), (seen.expert, (160, 160, 160)), *lines]):
        draw.text(
            (height // 2, height // 2 + row * round(1.3 * height)), text, color, font, stroke_width=1, stroke_fill=0
        )
    return np.asarray(canvas)


def make_capture(source: Dataset, picture: Picture, equipment: Equipment, uid: Uid, series: int) -> Dataset:
    """A Secondary Capture of the source's study.

    Args:
        source: the image it is made of.
        picture: (S, S, 3), of `outlined`.
        equipment: who made it.
        uid: of series and instance.
        series: number of the series.
    """
    capture = highdicom.sc.SCImage.from_ref_dataset(
        source,
        pixel_array=picture,
        photometric_interpretation="RGB",
        bits_allocated=8,
        coordinate_system="PATIENT",
        patient_orientation=("L", "F"),
        series_instance_uid=uid("capture series"),
        series_number=series,
        sop_instance_uid=uid("capture"),
        instance_number=1,
        manufacturer=MAKER,
        transfer_syntax_uid=ExplicitVRLittleEndian,
        contributing_equipment=[equipment.contributing()],
    )
    capture.ConversionType = "WSD"
    capture.ImageType = ["DERIVED", "SECONDARY"]
    capture.SeriesDescription = "Findings outlined, for research"
    capture.DerivationDescription = WARNING
    capture.BodyPartExamined = "CHEST"
    reference = Dataset()
    reference.ReferencedSOPClassUID, reference.ReferencedSOPInstanceUID = source.SOPClassUID, source.SOPInstanceUID
    capture.SourceImageSequence = [reference]
    return mark(capture, equipment, burned_in=True)
