# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""What the studio does with a case, on the shipped weights: as the command line does, nothing kept, faults named."""

from __future__ import annotations

import base64
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from aurad_monai import vocabulary
from aurad_monai.cli.main import main
from aurad_monai.errors import InputError
from aurad_monai.export.run_folder import write_run
from aurad_monai.generation.pipeline import Pipeline
from aurad_monai.studio.layers import packed, unpacked
from aurad_monai.studio.workbench import Workbench

CHANNELS = len(vocabulary.FINDING_NAMES)


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Workbench:
    return Workbench(Pipeline.from_bundles(device="cpu", size=256), tmp_path_factory.mktemp("studio"))


@pytest.fixture(scope="module")
def sampled(bench: Workbench) -> dict[str, Any]:
    made = bench.sample({"prompt": "large left pleural effusion, AP view, 60-year-old woman", "seed": 7})
    return {**made, "seed": 7}


def _gray(text: str) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(text)))).astype(int)


def test_a_sampled_mask_is_that_of_the_prompt(bench: Workbench, sampled: dict[str, Any]) -> None:
    pathology = unpacked("pathology", sampled["pathology"], CHANNELS, 256)
    assert [name for name, mask in zip(vocabulary.FINDING_NAMES, pathology, strict=True) if mask.any()] == ["effusion"]
    assert sampled["patient"] == "AP chest radiograph of a 60-year-old woman" and sampled["spacing"] > 1
    assert sampled["understood"] == []
    kept = bench.sample({"prompt": "chronic right nodule", "seed": 3, "anatomy": sampled["anatomy"]})
    assert kept["understood"] == ["understood: right nodule; left out: chronic"]
    assert kept["anatomy"] == sampled["anatomy"]


def test_rendering_twice_and_between_other_cases_is_the_same(bench: Workbench, sampled: dict[str, Any]) -> None:
    first = bench.render(sampled)
    bench.render({**sampled, "seed": 8})
    assert bench.render(sampled) == first
    assert first["image"] != bench.render({**sampled, "seed": 8})["image"]
    assert set(first) == {"image", "accepted", "reasons", "not_judged", "labels"} and "effusion" in first["labels"]


@pytest.mark.parametrize("finding", ["mass", "effusion"])
def test_without_the_finding_the_noise_stays(bench: Workbench, sampled: dict[str, Any], finding: str) -> None:
    if finding != "effusion":
        sampled = {**bench.sample({"prompt": f"large left {finding}, AP view", "seed": 7}), "seed": 7}
    with_, without = (
        _gray(r["image"]) for r in (bench.render(sampled), bench.without({**sampled, "finding": finding}))
    )
    mask = unpacked("pathology", sampled["pathology"], CHANNELS, 256)[vocabulary.channel(finding)] > 0
    change = np.abs(with_ - without)
    assert change[mask].mean() > 2 * change[~mask].mean() > 0
    other = _gray(bench.render({**sampled, "seed": 8})["image"])
    assert change[~mask].mean() < 0.2 * np.abs(with_ - other)[~mask].mean()
    assert change.mean() < 0.5 * np.abs(with_ - other).mean()


def test_seeds_are_those_rendered_alone(bench: Workbench, sampled: dict[str, Any]) -> None:
    found = bench.seeds({**sampled, "count": 2})["cases"]
    assert [case["seed"] for case in found] == [7, 8]
    assert found[1]["image"] == bench.render({**sampled, "seed": 8})["image"]


def test_a_saved_run_is_the_one_of_aurad_render(bench: Workbench, sampled: dict[str, Any], tmp_path: Path) -> None:
    saved = bench.save({**sampled, "name": "one"})
    words = saved["command"].split("'")
    again = ["render", str(bench.output / "one-masks/pathology.nii.gz")]
    again += ["--anatomy", str(bench.output / "one-masks/anatomy.nii.gz"), "--output", str(tmp_path / "again")]
    again += ["--seed", "7", "--prompt", sampled["patient"], "--spacing", str(sampled["spacing"]), "--accept_all"]
    again += ["--size", "256"]
    assert main(again) == 0 and "--size 256" in saved["command"] and words[0].startswith("aurad render ")
    folder = Path(saved["folder"])
    files = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert files == {
        p.relative_to(tmp_path / "again").as_posix() for p in (tmp_path / "again").rglob("*") if p.is_file()
    }
    pixels = [np.asarray(Image.open(root / "images/case_00000.png")) for root in (folder, tmp_path / "again")]
    np.testing.assert_array_equal(*pixels)
    lines = [json.loads((root / "manifest.jsonl").read_text()) for root in (folder, tmp_path / "again")]
    for line in lines:
        line["sha256"].pop("image")  # the picture's text names the options it was made with
    assert lines[0] == lines[1]
    with pytest.raises(InputError, match="output"):
        bench.save({**sampled, "name": "one"})


def test_a_saved_run_is_exported(bench: Workbench, sampled: dict[str, Any], make_case: Any) -> None:
    from aurad_monai.export.run_folder import RunRecord

    write_run(bench.output / "two", [make_case("case_00000", accepted=True, reasons=())], RunRecord("", "", 0, 1))
    (folder,) = bench.export({"name": "two", "formats": ["yolo"]})["folders"]
    assert any(Path(folder).rglob("*.txt"))
    with pytest.raises(InputError, match="format"):
        bench.export({"name": "two", "formats": ["dicom2"]})
    with pytest.raises(InputError, match="save it first"):
        bench.export({"name": "../two", "formats": ["yolo"]})


def test_a_dropped_label_map_is_the_chest_and_its_name_goes_nowhere(bench: Workbench, sampled: dict[str, Any]) -> None:
    masks = unpacked("anatomy", sampled["anatomy"], 3, 256)
    stream = io.BytesIO()
    labels = np.where(masks[0] > 0, 1, np.where(masks[1] > 0, 2, 3 * masks[2])).astype(np.uint8)
    Image.fromarray(labels).save(stream, "PNG")
    found = unpacked("anatomy", bench.chest(stream.getvalue(), ".png")["anatomy"], 3, 256)
    assert (found[:2] & masks[:2]).sum() > 0.95 * masks[:2].sum()
    with pytest.raises(InputError) as caught:
        bench.chest(b"no picture", ".dcm")
    assert "/tmp" not in str(caught.value) and caught.value.argument == "chest"


@pytest.mark.parametrize(
    ("change", "argument"),
    [
        ({"seed": -1}, "seed"),
        ({"seed": 1.5}, "seed"),
        ({"seed": None}, "seed"),
        ({"anatomy": "AA=="}, "anatomy"),
        ({"anatomy": None}, "anatomy"),
        ({"anatomy": packed(np.zeros((3, 256, 256), np.uint8))}, "anatomy"),
        ({"pathology": 7}, "pathology"),
        ({"patient": "left effusion"}, "patient"),
        ({"patient": "a dog"}, "prompt"),
        ({"spacing": "wide"}, "spacing"),
        ({"spacing": float("nan")}, "spacing"),
    ],
)
def test_wrong_requests_are_one_line(bench: Workbench, sampled: dict[str, Any], change: Any, argument: str) -> None:
    with pytest.raises(InputError) as caught:
        bench.render({**sampled, **change})
    assert caught.value.argument == argument and "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["", "a/b", "..", "-x", "x" * 65, "run folder", None])
def test_names_of_runs_stay_below_the_output_folder(bench: Workbench, sampled: dict[str, Any], name: Any) -> None:
    with pytest.raises(InputError, match="name: got"):
        bench.save({**sampled, "name": name})
