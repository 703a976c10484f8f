# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Memory does not grow with the number of cases: preparation, synthesis, export, evaluation; and by size of an image.

Each measurement runs in a process of its own and gives bytes; the tests hold them against limits.
"""

from __future__ import annotations

import csv
import functools
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from aurad_monai.case import Case
from aurad_monai.vocabulary import FINDING_NAMES, channel
from recipes.memory import GIB, MIB, in_process, peak_memory, resident_memory
from tests.conftest import ellipse_chest
from tests.stress.stub import PROMPTS, Stub, open_stub

RADIOGRAPHS, EDGE = 20_000, 64
CASES, EXPORTED, EVALUATED = 5_000, 20_000, 1_000
READINGS = 5
Curve = list[tuple[int, int]]
"""Number of cases so far, and bytes resident."""


def growth(curve: Curve) -> float:
    """Bytes a case, from the first reading to the last."""
    (first, low), (last, high) = curve[0], curve[-1]
    return (high - low) / (last - first)


def site(folder: Path, count: int) -> Path:
    """One picture and a table that lists it under many names, by links."""
    folder.mkdir(parents=True)
    ramp = np.add.outer(np.arange(EDGE), np.arange(EDGE)) * 255 // (2 * EDGE)
    Image.fromarray(ramp.astype(np.uint8)).save(folder / "one.png")
    with (folder / "metadata.csv").open("w", newline="", encoding="utf-8") as stream:
        table = csv.writer(stream)
        table.writerow(["image", "patient", "view", "sex", "age"])
        for index in range(count):
            (folder / f"r{index:06d}.png").symlink_to("one.png")
            table.writerow([f"r{index:06d}.png", f"p{index // 2}", "PA", "F", 60])
    return folder


def measure_prepare(folder: Path, count: int) -> tuple[Curve, int, int]:
    """Readings along `aurad prepare` with experts that cost nothing, lines written, peak."""
    from aurad_monai.datasets.experts import Experts, Seen, Sure
    from aurad_monai.datasets.prepare import Settings, prepare
    from aurad_monai.filtering.criteria.criterion import ExpertPredictions
    from aurad_monai.filtering.gate import Gate

    curve: Curve = []

    class SameChest(Experts):
        """Sees a chest with an effusion in every image, and reads how much memory the process holds."""

        def __init__(self) -> None:
            super().__init__(Gate(None, ()), None, sure={"effusion": Sure(0.8, 0.9, 0.1)})  # type: ignore[arg-type]
            self.seen, self.chest = 0, ellipse_chest(EDGE)
            self.maps = np.zeros((len(FINDING_NAMES), EDGE, EDGE), dtype=np.float32)
            self.maps[channel("effusion"), 44:52, 40:50] = 0.9

        def look(self, images: Any) -> list[Seen]:
            every = count // READINGS
            if self.seen // every != (self.seen + len(images)) // every:
                curve.append((self.seen + len(images), resident_memory()))
            self.seen += len(images)
            seen = ExpertPredictions(self.chest, self.maps, self.maps.max(axis=(1, 2)))
            return [Seen(seen, seen)] * len(images)

    settings = Settings("folder", str(site(folder / "site", count)), EDGE, findings_by_experts=True)
    lines = prepare(settings, folder / "prepared", SameChest())
    return curve, len(lines), peak_memory()


def test_prepare_keeps_a_line_of_each_radiograph_and_no_more(tmp_path: Path) -> None:
    curve, lines, peak = in_process(measure_prepare, tmp_path, RADIOGRAPHS)
    print([(count, f"{size / MIB:.0f} MiB") for count, size in curve])
    assert lines == RADIOGRAPHS and growth(curve) < 4096 and peak < 4 * GIB


class Watched(Stub):
    """A stub sampler that notes the memory of its process every thousand cases."""

    curve: Curve = []

    def __call__(self, prompts: Sequence[str], seeds: Sequence[int], ids: Sequence[str]) -> list[Case]:
        case = int(ids[0].split("_")[1])
        if case // 1000 >= len(self.curve):
            self.curve.append((case, resident_memory()))
        return super().__call__(prompts, seeds, ids)


def measure_synthesis(folder: Path, cases: int) -> tuple[Curve, int]:
    """Readings along a synthesis, and the cases accepted."""
    from aurad_monai.generation.plan import Plan, Row
    from aurad_monai.generation.synthesize import Order, synthesize

    rows = tuple(Row(prompt, -(-cases // len(PROMPTS)), True, 10**6 * i) for i, prompt in enumerate(PROMPTS))
    report = synthesize(Order(Plan(rows), folder, functools.partial(Watched, 16, 0.5), progress=False)).report or {}
    return [*Watched.curve, (cases, resident_memory())], int(report["accepted"])


def test_synthesis_does_not_grow(tmp_path: Path) -> None:
    curve, accepted = in_process(measure_synthesis, tmp_path / "run", CASES)
    print([(count, f"{size / MIB:.0f} MiB") for count, size in curve])
    assert accepted >= CASES and curve[-1][1] - curve[1][1] < 32 * MIB


def measure_export(folder: Path, cases: int, distinct: int = 300) -> tuple[int, int]:
    """Bytes before and at most while a manifest of so many cases, which names a few again and again, becomes COCO."""
    from aurad_monai.export.formats.format import open_export, open_format
    from aurad_monai.export.formats.place import write_whole
    from aurad_monai.generation.plan import Plan, Row
    from aurad_monai.generation.synthesize import Order, synthesize

    rows = tuple(Row(prompt, distinct // len(PROMPTS), True, 10**6 * i) for i, prompt in enumerate(PROMPTS))
    synthesize(Order(Plan(rows), folder / "run", functools.partial(open_stub, EDGE, 0.9), progress=False))
    manifest = folder / "run" / "manifest.jsonl"
    lines = [line for line in map(json.loads, manifest.read_text().splitlines()) if line["accepted"]]
    with manifest.open("w") as stream:
        for number in range(cases):
            stream.write(json.dumps({**lines[number % len(lines)], "id": f"again_{number:06d}"}) + "\n")
    before = peak_memory()
    write_whole(open_format("coco"), open_export(folder / "run"), folder / "exported")
    return before, peak_memory()


def test_export_streams(tmp_path: Path) -> None:
    before, peak = in_process(measure_export, tmp_path, EXPORTED)
    print(f"{before / MIB:.0f} MiB before, {peak / MIB:.0f} MiB at most")
    assert peak - before < 256 * MIB


def write_images(folder: Path, count: int) -> None:
    """Noise in the shape of radiographs, with one chest and no finding."""
    from aurad_monai.io.datalist import save_channels, save_image

    rng = np.random.default_rng(0)
    save_channels(folder / "anatomy.nii.gz", ellipse_chest())
    save_channels(folder / "pathology.nii.gz", np.zeros((len(FINDING_NAMES), 256, 256), np.uint8))
    for index in range(count):
        save_image(folder / "images" / f"{index:06d}.png", rng.integers(0, 256, (256, 256)).astype(np.uint8))
        for kind in ("anatomy", "pathology"):
            (folder / kind).mkdir(exist_ok=True)
            (folder / kind / f"{index:06d}.nii.gz").symlink_to(folder / f"{kind}.nii.gz")


def measure_evaluation(folder: Path, count: int) -> tuple[int, int, int]:
    """Images evaluated, bytes before, bytes at most."""
    from aurad_monai.bundles.bundle import open_bundle
    from aurad_monai.bundles.inventory import bundles_root
    from aurad_monai.evaluation.evaluate import EvaluationSettings, evaluate
    from aurad_monai.generation.pipeline import FILTER_BUNDLE

    write_images(folder / "made", count)
    write_images(folder / "real", 40)
    before = peak_memory()
    settings = EvaluationSettings(str(folder / "made"), str(folder / "real"))
    answer = evaluate(settings, open_bundle(bundles_root() / FILTER_BUNDLE))
    return answer.results.sets["made"].count, before, peak_memory()


def test_evaluation_streams(tmp_path: Path) -> None:
    count, before, peak = in_process(measure_evaluation, tmp_path, EVALUATED)
    print(f"{before / MIB:.0f} MiB before, {peak / MIB:.0f} MiB at most")
    assert count == EVALUATED and peak < 4 * GIB


def measure_image(size: int) -> tuple[tuple[int, ...], int, int]:
    """Shape of an image sampled and decoded whole, bytes with the bundle open, bytes at most."""
    from aurad_monai.bundles.bundle import open_bundle
    from aurad_monai.bundles.inventory import bundles_root
    from aurad_monai.diffusion.sample import DiffusionModel, sample
    from aurad_monai.generation.pipeline import IMAGE_BUNDLE
    from aurad_monai.request.conditions import ImageConditiond

    model = DiffusionModel.from_bundle(open_bundle(bundles_root() / IMAGE_BUNDLE, size=size))
    before = peak_memory()
    pathology = np.zeros((len(FINDING_NAMES), size, size), dtype=np.uint8)
    case = ImageConditiond()({"anatomy": ellipse_chest(size), "pathology": pathology})
    (image,) = sample(model, [case], [(0, 1)])
    return image.shape, before, peak_memory()


@pytest.mark.parametrize(("size", "limit"), [(256, GIB), (512, GIB), (1024, 2 * GIB)])
def test_an_image_fits_into_memory(size: int, limit: int) -> None:
    shape, before, peak = in_process(measure_image, size)
    print(f"{before / GIB:.2f} GiB before, {peak / GIB:.2f} GiB at most")
    assert shape == (1, size, size) and peak < limit
