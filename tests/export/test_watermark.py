# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""The mark is read again from what was written, exported, compressed and rescaled, and from nothing else."""

from __future__ import annotations

import functools
import io
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image
from scipy import ndimage

from aurad_monai.case import quantize
from aurad_monai.cli import main as cli
from aurad_monai.errors import InputError
from aurad_monai.export.case_files import write_case
from aurad_monai.export.formats.format import open_export, open_format
from aurad_monai.export.formats.place import write_whole
from aurad_monai.export.provenance import Provenance
from aurad_monai.export.watermark import check_watermark, embed, read
from aurad_monai.generation.plan import Plan, Row
from aurad_monai.generation.synthesize import Order, synthesize
from tests.stress.stub import open_stub

pytest.importorskip("imwatermark")

Picture = npt.NDArray[np.uint8]


@pytest.fixture(scope="module")
def picture() -> Picture:
    """Soft shapes over all gray levels, black and white included."""
    smooth = ndimage.gaussian_filter(np.random.default_rng(0).random((256, 256)), 6)
    return quantize(((smooth - 0.5) * 12 + 0.5)[None])


def jpeg(picture: Picture, quality: int) -> Picture:
    stream = io.BytesIO()
    Image.fromarray(picture).save(stream, "JPEG", quality=quality)
    return np.asarray(Image.open(stream))


def rescale(picture: Picture, edge: int) -> Picture:
    return np.asarray(Image.fromarray(picture).resize((edge, edge)))


@pytest.mark.parametrize(
    "change",
    [
        lambda picture: picture,
        functools.partial(jpeg, quality=90),
        functools.partial(rescale, edge=512),
        functools.partial(rescale, edge=200),
    ],
    ids=["none", "jpeg", "larger", "smaller"],
)
def test_the_text_is_read_again(picture: Picture, change: Callable[[Picture], Picture]) -> None:
    assert read(change(embed(picture, "röntgen 2026"))) == "röntgen 2026"


def test_gray_levels_hardly_change(picture: Picture) -> None:
    marked = embed(picture, "synthetic")
    assert marked.dtype == np.uint8
    assert 0.1 < np.abs(marked.astype(float) - picture).mean() < 2


def test_a_picture_without_mark_has_none(picture: Picture) -> None:
    assert read(picture) is None
    assert read(picture[:100, :100]) is None


def test_edges_that_are_no_multiple_of_a_block_stay(picture: Picture) -> None:
    wide = np.pad(picture, ((0, 3), (0, 1)), mode="edge")
    marked = embed(wide, "synthetic")
    assert read(marked) == "synthetic"
    assert (marked[256:] == wide[256:]).all()


@pytest.mark.parametrize("text", ["", "fifteen letters", "a\nb"])
def test_texts_that_do_not_fit_are_refused(text: str) -> None:
    with pytest.raises(InputError, match="watermark.*14 bytes"):
        check_watermark(text)


def test_small_pictures_and_a_missing_library_are_refused(picture: Picture, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError, match="256 x 256"):
        embed(picture[:128], "synthetic")
    monkeypatch.setitem(sys.modules, "imwatermark", None)
    with pytest.raises(InputError, match=r"aurad-monai\[watermark\]"):
        check_watermark("synthetic")


def test_only_runs_that_ask_are_marked(tmp_path: Path, make_case: Callable[..., Any], picture: Picture) -> None:
    case = make_case("a", image=(picture / np.float32(255))[None])
    for name, settings in (("with", {"watermark": "mine"}), ("without", {"watermark": None})):
        write_case(tmp_path / name, case, Provenance(settings=settings))
    with Image.open(tmp_path / "with/images/a.png") as marked, Image.open(tmp_path / "without/images/a.png") as plain:
        assert read(np.asarray(marked)) == "mine"
        assert '"watermark": "mine"' in marked.text["aurad"]  # type: ignore[attr-defined]
        assert (np.asarray(plain) == picture).all()


def test_exports_carry_the_mark(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made_by = Provenance(settings={"watermark": "synthetic"})
    plan = Plan((Row("normal", 1, False, 7),))
    synthesize(Order(plan, tmp_path / "run", functools.partial(open_stub, 256, 1.0), made_by, progress=False))
    exported = write_whole(open_format("coco"), open_export(tmp_path / "run"), tmp_path / "coco")
    (file,) = exported.rglob("*.png")
    assert cli.main(["watermark", str(file)]) == 0
    assert capsys.readouterr().out == f"{file}: synthetic\n"


def test_pictures_without_mark_and_no_pictures_have_exit_codes(picture: Picture, tmp_path: Path) -> None:
    Image.fromarray(picture).save(tmp_path / "plain.png")
    assert cli.main(["watermark", str(tmp_path / "plain.png")]) == 1
    assert cli.main(["watermark", str(tmp_path / "none.png")]) == 2
    assert cli.main(["watermark"]) == 2
