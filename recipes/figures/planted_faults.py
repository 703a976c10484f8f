# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Does the filter keep what is right and reject what is wrong, for the right reason? Real cases with one fault each.

python -m recipes.figures.planted_faults --pairs DATA/pairs --radiographs DATA/cxr --lungs DATA/lungs --output \
    filter.json

Real triples are validation radiographs with their anatomy, masks (empty for normal ones, radiologists' boxes refined to
the opacity in them) and the prompt that describes both. Each fault is planted in each of them; copies are made of
training radiographs. Intervals are 95% Wilson intervals.
"""

from __future__ import annotations

import argparse
import json
import math
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from skimage import data as photographs
from skimage.color import rgb2gray
from skimage.transform import resize
from tqdm import tqdm

from aurad_monai import vocabulary
from aurad_monai.anatomy.findings_from_masks import findings_from_masks
from aurad_monai.bundles.bundle import open_bundle
from aurad_monai.filtering import corruptions
from aurad_monai.filtering.build_index import load_image
from aurad_monai.filtering.calibrate import auroc
from aurad_monai.filtering.filter_run import filter_cases
from aurad_monai.io.case_folder import GivenCase
from aurad_monai.io.datalist import load_channels, read_datalist
from aurad_monai.prompts.describe import describe
from aurad_monai.prompts.finding import NORMAL, ClinicalFindings, Finding

SIZE = 256
PHOTOGRAPHS = ("astronaut", "camera", "coins", "moon", "page", "text", "clock", "coffee", "chelsea", "rocket")
OPACITY = vocabulary.channel("consolidation")


@dataclass(frozen=True)
class Row:
    """How often something happened: `count` of `cases`, with its interval; `reasons` are what rejected."""

    name: str
    cases: int
    count: int
    share: float
    low: float
    high: float
    reasons: dict[str, int]


def wilson(count: int, cases: int) -> tuple[float, float]:
    """95% interval of a share (Wilson, JASA 1927)."""
    if not cases:
        return math.nan, math.nan
    z, share = 1.96, count / cases
    center = (share + z * z / (2 * cases)) / (1 + z * z / cases)
    half = z / (1 + z * z / cases) * math.sqrt(share * (1 - share) / cases + z * z / (4 * cases * cases))
    return center - half, center + half


def real_triples(pairs: str) -> list[GivenCase]:
    """Normal and boxed validation radiographs, everything known of them right."""
    triples = []
    for case in read_datalist(pairs, "validation", "pathology"):
        if case["kind"] not in ("normal", "boxed"):
            continue
        anatomy, pathology = (load_channels(Path(case[key])) for key in ("anatomy", "pathology"))
        shown = findings_from_masks(pathology, anatomy).findings if case["kind"] == "boxed" else NORMAL
        findings = ClinicalFindings(shown, case.get("view"), case.get("sex"), case.get("age"))
        triples.append(GivenCase(case["id"], describe(findings), findings, load_image(case), anatomy, pathology))
    return triples


def real_lungs(lungs: str) -> list[GivenCase]:
    """Validation radiographs with lungs that a person outlined; nothing is known of their findings."""
    return [
        GivenCase(case["id"], "", ClinicalFindings(()), load_image(case), load_channels(Path(case["anatomy"])))
        for case in read_datalist(lungs, "validation", "anatomy")
    ]


def another_prompt(case: GivenCase, rng: np.random.Generator) -> GivenCase:
    """The prompt of a case that shows something else."""
    present = {item.name for item in case.findings.present}
    name = str(rng.choice([term.name for term in vocabulary.FINDINGS if term.name not in present]))
    sided = vocabulary.finding(name).sided
    asked = Finding(name, str(rng.choice(["left", "right"])) if sided else None)
    return replace(case, findings=ClinicalFindings((asked,)))


def composed_triples(pairs: str, count: int) -> list[GivenCase]:
    """Validation radiographs with lesions composed into them: more masks than boxes give."""
    listed = [case for case in read_datalist(pairs, "validation", "pathology") if case["kind"] == "composed"]
    triples = []
    for case in listed[:: max(1, len(listed) // count)][:count]:
        anatomy, pathology = (load_channels(Path(case[key])) for key in ("anatomy", "pathology"))
        findings = findings_from_masks(pathology, anatomy)
        triples.append(GivenCase(case["id"], describe(findings), findings, load_image(case), anatomy, pathology))
    return [case for case in triples if case.findings.present]


def mask_of_another(cases: Sequence[GivenCase]) -> Iterator[GivenCase]:
    """Each prompt and image with the mask of the next case that shows other findings."""
    for index, case in enumerate(cases):
        mine = {item.name for item in case.findings.present}
        for step in range(1, len(cases)):
            other = cases[(index + step) % len(cases)]
            if {item.name for item in other.findings.present} != mine:
                yield replace(case, pathology=other.pathology)
                break


def with_images(cases: Sequence[GivenCase], make: corruptions.Corruption, rng: np.random.Generator) -> list[GivenCase]:
    """Cases whose image got a fault."""
    return [replace(case, image=make(case.image, rng)) for case in cases if case.image is not None]


def photograph(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A picture of something else, in gray, cut to a square."""
    name = PHOTOGRAPHS[int(rng.integers(len(PHOTOGRAPHS)))]
    picture = getattr(photographs, name)()
    gray = rgb2gray(picture[..., :3]) if picture.ndim == 3 else picture / 255.0
    edge = min(gray.shape)
    top, left = (int(rng.integers(side - edge + 1)) for side in gray.shape)
    return resize(gray[top : top + edge, left : left + edge], (SIZE, SIZE), anti_aliasing=True).astype(np.float32)[None]


IMAGE_FAULTS: dict[str, corruptions.Corruption] = {
    "side flipped": corruptions.mirrored,
    "blank": corruptions.blank,
    "noise": corruptions.noise,
    "blurred": corruptions.blurred,
    "saturated": corruptions.saturated,
    "rotated by 90": corruptions.rotated(1),
    "rotated by 180": corruptions.rotated(2),
    "inverted": corruptions.inverted,
    "photograph": photograph,
}


class Benchmark:
    """Judge named sets of cases and keep a row for each."""

    def __init__(self, bundle: str) -> None:
        self.bundle = open_bundle(bundle, device="cpu")
        self.filter = self.bundle.get("filter")
        self.rows: list[Row] = []

    def evaluate(self, name: str, cases: Sequence[GivenCase], kept: bool = False) -> None:
        """Count those kept, or else rejected."""
        self.filter.start_run()
        judged = []
        for case in tqdm(cases, desc=name, mininterval=5):  # each in a run of its own: repeats are not the question
            judged += filter_cases([case], self.filter, progress=False)
        count = sum(item.verdict.accepted == kept for item in judged)
        failed = [{item.criterion for item in case.results if not item.passed} for case in judged]
        reasons = Counter(name for names in failed for name in names)
        low, high = wilson(count, len(cases))
        share = count / len(cases) if cases else math.nan
        row = Row(name, len(cases), count, round(share, 4), round(low, 4), round(high, 4), dict(reasons.most_common(6)))
        self.rows.append(row)
        said = ", ".join(f"`{reason}` {number}" for reason, number in reasons.most_common(4))
        cells = (name, "kept" if kept else "rejected", len(cases), f"{share:.2f} ({low:.2f} to {high:.2f})", said)
        print("| " + " | ".join(map(str, cells)) + " |", flush=True)


def findings_figures(expert: Any, pairs: str, radiographs: str) -> dict[str, Any]:
    """How well the findings expert tells radiologists' opacities from normal radiographs, and hits their boxes."""
    readings = {case["id"]: case for case in read_datalist(radiographs, "validation")}
    opacity, normal, other_normal, hits, boxes = [], [], [], 0, 0
    for case in read_datalist(pairs, "validation"):
        reading = readings.get(case["id"])
        if reading is None:
            continue
        maps = expert(load_image(case)[None])
        score = float(expert.scores(maps)[0, OPACITY])
        if reading["rsna_class"] == "Lung Opacity":
            opacity.append(score)
        elif reading["rsna_class"] == "Normal":
            normal.append(score)
        elif case.get("kind") == "normal":
            other_normal.append(score)
        for box in (item["box"] for item in reading["boxes"] if item["label"] != "Cardiomegaly"):
            boxes += 1
            hits += _hit(maps[0, OPACITY], box)
    return {
        "auroc_rsna_opacity_against_rsna_normal": round(auroc(opacity, normal), 4),
        "auroc_rsna_opacity_against_all_normal": round(auroc(opacity, normal + other_normal), 4),
        "interval": [round(value, 4) for value in _interval(opacity, normal)],
        "opacity": len(opacity),
        "rsna_normal": len(normal),
        "all_normal": len(normal) + len(other_normal),
        "boxes": boxes,
        "boxes_hit": hits,
        "boxes_hit_interval": [round(value, 4) for value in wilson(hits, boxes)],
    }


def _hit(probability: np.ndarray, box: Sequence[float]) -> bool:
    """Is the center of the opacity that overlaps a box most inside the box?"""
    from scipy import ndimage

    height, width = probability.shape
    labels, count = ndimage.label(probability > 0.5)
    if not count:
        return False
    x0, y0, x1, y1 = box
    inside = np.zeros(probability.shape, dtype=bool)
    inside[round(y0 * height) : round(y1 * height), round(x0 * width) : round(x1 * width)] = True
    overlaps = ndimage.sum_labels(inside, labels, range(1, count + 1))
    if overlaps.max() == 0:
        return False
    row, column = ndimage.center_of_mass(labels == int(overlaps.argmax()) + 1)
    return bool(y0 <= (row + 0.5) / height <= y1 and x0 <= (column + 0.5) / width <= x1)


def _interval(positives: Sequence[float], negatives: Sequence[float], rounds: int = 2000) -> tuple[float, float]:
    rng = np.random.default_rng(0)
    values = [
        auroc(rng.choice(positives, len(positives)).tolist(), rng.choice(negatives, len(negatives)).tolist())
        for _ in range(rounds)
    ]
    low, high = np.quantile(values, (0.025, 0.975))
    return float(low), float(high)


def main() -> None:
    """Read arguments, judge, write the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("pairs", "radiographs", "lungs", "output"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--bundle", default="bundles/cxr_expert_filter")
    parser.add_argument("--only", default="", help="sets whose name begins so, separated by commas")
    parser.add_argument("--most", type=int, default=10_000, help="cases of each set")
    parser.add_argument("--copies", type=int, default=100, help="training radiographs that are copied in each way")
    options = parser.parse_args()
    rng, benchmark = np.random.default_rng(0), Benchmark(options.bundle)
    wanted = tuple(filter(None, options.only.split(",")))
    real = real_triples(options.pairs)
    rng.shuffle(real)  # type: ignore[arg-type]
    real = real[: options.most]
    composed = composed_triples(options.pairs, min(100, options.most))
    training = list({case["id"]: case for case in read_datalist(options.radiographs)}.values())
    chosen = [training[index] for index in rng.choice(len(training), min(options.copies, len(training)), replace=False)]

    def copies(make: corruptions.Corruption) -> list[GivenCase]:
        return [GivenCase(case["id"], "", ClinicalFindings(()), make(load_image(case), rng)) for case in chosen]

    sets: dict[str, tuple[Callable[[], Sequence[GivenCase]], bool]] = {
        "real triples": (lambda: real, True),
        "real lungs": (lambda: real_lungs(options.lungs)[: options.most], True),
        "composed triples": (lambda: composed, True),
        "prompt swapped": (lambda: [another_prompt(case, rng) for case in real], False),
        "mask of another case": (lambda: list(mask_of_another(composed)), False),
        "anatomy of another case": (
            lambda: [replace(case, anatomy=real[i - 1].anatomy, pathology=None) for i, case in enumerate(real)],
            False,
        ),
        **{name: (lambda make=make: with_images(real, make, rng), False) for name, make in IMAGE_FAULTS.items()},
        **{f"copy {name}": (lambda make=make: copies(make), False) for name, make in corruptions.COPIES.items()},
    }
    print("| set | what | of | share (95% interval) | rejected most by |\n" + "|" + " --- |" * 5, flush=True)
    for name, (make, kept) in sets.items():
        if not wanted or name.startswith(wanted):
            benchmark.evaluate(name, make(), kept)
    content: dict[str, Any] = {"rows": [asdict(row) for row in benchmark.rows]}
    if not wanted or "findings" in wanted:
        expert = benchmark.bundle.get("findings_expert")
        content["findings_expert"] = findings_figures(expert, options.pairs, options.radiographs)
        print("\n| findings expert | value |\n| --- | --- |")
        for name, value in content["findings_expert"].items():
            print(f"| {name.replace('_', ' ')} | {value} |")
    seconds = benchmark.filter.seconds
    content["seconds_last_set"] = {name: round(value, 3) for name, value in seconds.items()}
    Path(options.output).parent.mkdir(parents=True, exist_ok=True)
    Path(options.output).write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
