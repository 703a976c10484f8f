# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Report of the mask bundle: generated masks, pasted real shapes and real masks, by the same metrics.

Takes a diffusion model, training and validation cases; writes metrics as JSON and Markdown. A bundle's `evaluate.json`
samples one mask for each validation prompt, and one for each anatomy with unspecified findings.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from tqdm import tqdm

from aurad_monai import vocabulary
from aurad_monai.anatomy.findings_from_masks import findings_from_masks
from aurad_monai.case import OPEN
from aurad_monai.diffusion.sample import DiffusionModel, sample
from aurad_monai.evaluation.masks.attribute_adherence import AttributeAdherence
from aurad_monai.evaluation.masks.cooccurrence import agreement_interval, pair_table
from aurad_monai.evaluation.masks.diversity import mean_pairwise_iou, nearest_iou
from aurad_monai.evaluation.masks.pasted import paste, paste_freely
from aurad_monai.evaluation.masks.placement import Placement
from aurad_monai.evaluation.masks.sampled_masks import SampledMask
from aurad_monai.evaluation.masks.shapes import c2st_auroc, shape_distance, shape_features
from aurad_monai.io.datalist import load_channels
from aurad_monai.io.resize import masks_at
from aurad_monai.prompts.describe import describe
from aurad_monai.prompts.finding import ClinicalFindings
from aurad_monai.prompts.parse import parse
from aurad_monai.reporting import markdown_table
from aurad_monai.request.conditions import MaskConditiond
from aurad_monai.request.resolve import complete
from aurad_monai.request.streams import Stream, entropy
from aurad_monai.statistics import mean_interval

Metrics = dict[str, Any]
Masks = Sequence[npt.NDArray[np.uint8]]
SETS = ("generated", "pasted", "real")


def sample_masks(
    model: DiffusionModel,
    findings: Sequence[ClinicalFindings | None],
    anatomies: Masks,
    seeds: Sequence[int],
    batch_size: int = 16,
    device: str | torch.device = "cpu",
    sample_attributes: bool = True,
) -> list[npt.NDArray[np.uint8]]:
    """Masks (findings, H, W), one for each request.

    Args:
        model: of the mask bundle.
        findings: requested ones; None where the prompt is "not given".
        anatomies: (3, H, W) each.
        seeds: one a mask.
        batch_size: masks sampled at once.
        device: where the network runs.
        sample_attributes: sample unspecified attributes first (`request/resolve.py`); False leaves them to the
            network.
    """
    condition, masks = MaskConditiond(), []
    for first in tqdm(range(0, len(seeds), batch_size), desc="masks", mininterval=5):
        part = slice(first, first + batch_size)
        cases = [
            condition({"anatomy": anatomy, "findings": complete(asked or OPEN, seed) if sample_attributes else asked})
            for asked, anatomy, seed in zip(findings[part], anatomies[part], seeds[part], strict=True)
        ]
        masks += sample(model, cases, [entropy(Stream.MASK, seed) for seed in seeds[part]], device=device)
    return masks


class MaskReport:
    """Sample, measure, print and write the table.

    Args:
        model: of the mask bundle.
        training: cases with `record`, `pathology` and `anatomy` (files) that the network was trained on.
        validation: the same, of records it has not seen; a record may stand in several chests.
        count: masks to sample from validation prompts, and again with prompts left open.
        seed: of the first mask.
        seeds_a_prompt: masks of one prompt and chest, for diversity.
        batch_size: masks sampled at once.
        device: where the network runs.
    """

    def __init__(
        self,
        model: DiffusionModel,
        training: Sequence[Mapping[str, Any]],
        validation: Sequence[Mapping[str, Any]],
        count: int = 1000,
        seed: int = 0,
        seeds_a_prompt: int = 32,
        batch_size: int = 16,
        device: str | torch.device = "cpu",
    ) -> None:
        self.model, self.count, self.seed, self.seeds_a_prompt = model, count, seed, seeds_a_prompt
        self.batch_size, self.device = batch_size, device
        self.chests = [load_mask(case, model.image_size) for case in tqdm(validation, desc="validation", mininterval=5)]
        self.validation = list(
            {case["record"]: mask for case, mask in zip(validation, self.chests, strict=True)}.values()
        )
        records = {case["record"]: case for case in training}  # a record once, in one of its chests
        sampled = tqdm(records.values(), desc="training", mininterval=5)
        self.training = [load_mask(case, model.image_size) for case in sampled]

    def sample(
        self, findings: Sequence[ClinicalFindings | None], anatomies: Masks, seeds: Sequence[int]
    ) -> list[npt.NDArray[np.uint8]]:
        """Masks of the model, one for each request."""
        return sample_masks(self.model, findings, anatomies, seeds, self.batch_size, self.device)

    def run(self, output: str) -> Metrics:
        """Measure everything; print the table and write `output` (JSON) and, beside it, the same as Markdown."""
        rng = np.random.default_rng(self.seed)
        chosen = [self.chests[i] for i in rng.permutation(self.count) % len(self.chests)]
        real = [SampledMask(as_prompt(mask), mask.pathology, mask.anatomy) for mask in chosen]
        seeds = [self.seed + number for number in range(self.count)]
        chests, prompts = [mask.anatomy for mask in real], [mask.findings for mask in real]
        drawn = self.sample(prompts, chests, seeds)
        generated = [SampledMask(p, m, c) for p, m, c in zip(prompts, drawn, chests, strict=True)]
        freely = self.sample([None] * self.count, chests, [seed + self.count for seed in seeds])
        free = [SampledMask(None, m, c) for m, c in zip(freely, chests, strict=True)]
        source = [mask.pathology for mask in self.training]
        sets = dict(zip(SETS, (generated, paste(real, source, self.seed), real), strict=True))
        metrics: Metrics = {"count": self.count, "seed": self.seed, "training_records": len(self.training)}
        metrics["attribute_adherence"] = {name: _attribute_adherence(masks) for name, masks in sets.items()}
        metrics["placement"] = {name: _placement(masks) for name, masks in sets.items()}
        metrics["realism"] = self._realism(sets)
        metrics["cooccurrence"] = self._cooccurrence(free, paste_freely(chosen, source, self.seed))
        metrics["diversity"] = self._diversity()
        metrics["copies"] = self._copies(generated)
        Path(output).parent.mkdir(parents=True, exist_ok=True)
        Path(output).write_text(json.dumps(metrics, indent=1) + "\n", encoding="utf-8")
        text = as_markdown(metrics)
        Path(output).with_suffix(".md").write_text(text + "\n", encoding="utf-8")
        print(text)
        return metrics

    def _realism(self, sets: Mapping[str, Sequence[SampledMask]]) -> Metrics:
        """Distances of shape statistics to validation, and a classifier's verdict; training masks are the floor."""
        rng = np.random.default_rng(self.seed)
        reference = shape_features(self.validation)
        floor = [self.training[i] for i in rng.permutation(len(self.training))[: self.count]]
        sets = {"generated": sets["generated"], "pasted": sets["pasted"], "training": floor}
        metrics: Metrics = {}
        for name, masks in sets.items():
            features = shape_features(masks)
            rows = [features[0][features[2] == owner] for owner in range(len(masks))]
            channels = [features[1][features[2] == owner] for owner in range(len(masks))]
            again = []
            for _ in range(50):
                picks = rng.integers(0, len(masks), len(masks))
                taken = np.concatenate([rows[i] for i in picks]), np.concatenate([channels[i] for i in picks])
                again.append(shape_distance(*taken, reference[0], reference[1]))
            distance = shape_distance(features[0], features[1], reference[0], reference[1])
            metrics[name] = {
                "distance": [distance, *np.quantile(again, [0.025, 0.975]).tolist()],
                "c2st_auroc": c2st_auroc(features, reference, self.seed),
            }
        return metrics

    def _cooccurrence(self, free: Sequence[SampledMask], pasted: Sequence[SampledMask]) -> Metrics:
        real = pair_table(self.validation)
        train = pair_table(self.training)
        sets = {"generated": pair_table(free), "pasted": pair_table(pasted), "training": train}
        metrics: Metrics = {name: agreement_interval(table, real) for name, table in sets.items()}
        metrics["findings_a_mask"] = {
            "generated": float(np.mean([len(mask.names) for mask in free])),
            "real": float(np.mean([len(mask.names) for mask in self.validation])),
        }
        return metrics

    def _diversity(self, prompts: int = 12, min_count: int = 5) -> Metrics:
        """For the commonest prompts of one finding, overlap among seeds and among real masks of the same prompt."""
        groups: dict[ClinicalFindings, list[SampledMask]] = defaultdict(list)
        for mask in (*self.training, *self.validation):
            asked = as_prompt(mask)
            if len(asked.present) == 1:
                groups[asked].append(mask)
        common = sorted(groups, key=lambda asked: -len(groups[asked]))[:prompts]
        rows: Metrics = {}
        for asked in common:
            real = groups[asked]
            if len(real) < min_count:
                continue
            chest, seeds = real[0].anatomy, [self.seed + 7000 + k for k in range(self.seeds_a_prompt)]
            drawn = self.sample([asked] * len(seeds), [chest] * len(seeds), seeds)
            generated = mean_pairwise_iou([SampledMask(asked, mask, chest) for mask in drawn])
            overlaps = {"generated": generated, "real": mean_pairwise_iou(real)}
            rows[describe(asked)] = {**overlaps, "records": len(real)}
        means = [float(np.mean([row[name] for row in rows.values()] or [0.0])) for name in ("generated", "real")]
        return {"prompts": rows, "mean": means, "ratio_of_means": means[0] / max(means[1], 1e-6)}

    def _copies(self, generated: Sequence[SampledMask], limit: float = 0.9) -> Metrics:
        """Share of masks with a finding that overlap a training mask by more than `limit`; validation is the null."""
        known = [mask.pathology for mask in self.training]
        rates = {}
        for name, masks in (("generated", generated), ("validation", self.validation)):
            drawn = [mask.pathology for mask in masks if mask.names]
            rates[name] = list(mean_interval((nearest_iou(drawn, known) > limit).astype(float)))
        return rates


def load_mask(case: Mapping[str, Any], size: int = 256) -> SampledMask:
    """A mask in its chest from the files of a case, at a size; nothing is asked of it."""
    pathology, anatomy = (masks_at(load_channels(Path(case[key])), size) for key in ("pathology", "anatomy"))
    return SampledMask(None, pathology, anatomy)


def as_prompt(mask: SampledMask) -> ClinicalFindings:
    """What the mask shows, as its words say it; a clean chest is asked for as a normal one."""
    shown = findings_from_masks(np.stack([mask.shape(name) for name in vocabulary.FINDING_NAMES]), mask.anatomy)
    return parse(describe(shown)) if shown.findings else parse("normal chest radiograph")


def _attribute_adherence(masks: Sequence[SampledMask]) -> Metrics:
    adherence = AttributeAdherence()
    for mask in masks:
        if mask.findings is not None:
            adherence.add(mask.findings, mask.pathology, mask.anatomy)
    names = ("present", "unrequested_absent", "side", "zone", "severity_error")
    metrics: Metrics = {name: list(mean_interval(np.asarray(getattr(adherence, name)))) for name in names}
    metrics["severity_spearman"] = {name: list(value) for name, value in adherence.spearman().items()}
    return metrics


def _placement(masks: Sequence[SampledMask]) -> Metrics:
    return {name: list(mean_interval(np.asarray(values))) for name, values in vars(Placement.of(masks)).items()}


def _cell(values: Sequence[float]) -> str:
    return f"{values[0]:.3f} ({values[1]:.3f} to {values[2]:.3f})"


ATTRIBUTE_ROWS = {
    "present": "requested findings present",
    "unrequested_absent": "unrequested findings absent",
    "side": "on the requested side",
    "zone": "in the requested zone",
    "severity_error": "error of severity, of four levels",
}
PLACEMENT_ROWS = {
    "inside_lungs": "lung-bound area inside the lungs",
    "effusion_at_base": "effusion reaches the base",
    "heart_covered": "cardiomegaly covers the mediastinum",
}
TOGETHER_ROWS = {
    "cooccurrence": "co-occurrence of pairs, r",
    "overlap": "overlap of pairs, r",
    "distance": "distance of pairs, r",
}


def as_markdown(metrics: Metrics) -> str:
    """The tables of docs/results.md."""
    adherence, realism, together = metrics["attribute_adherence"], metrics["realism"], metrics["cooccurrence"]
    rows = [
        (words, *(_cell(metrics[part][name][key]) for name in SETS))
        for part, named in (("attribute_adherence", ATTRIBUTE_ROWS), ("placement", PLACEMENT_ROWS))
        for key, words in named.items()
    ]
    for finding, (_, count) in sorted(adherence["real"]["severity_spearman"].items()):
        values = [adherence[name]["severity_spearman"].get(finding, (float("nan"), 0))[0] for name in SETS]
        rows.append((f"severity, Spearman, {finding} ({count})", *(f"{value:.2f}" for value in values)))
    sets = ("generated", "pasted", "training")
    others = [
        ("distance of shapes to validation", *(_cell(realism[name]["distance"]) for name in sets)),
        ("C2ST AUROC", *(f"{realism[name]['c2st_auroc']:.3f}" for name in sets)),
        *((words, *(_cell(together[name][key]) for name in sets)) for key, words in TOGETHER_ROWS.items()),
    ]
    head = ("metric", "generated", "real shapes pasted")
    lines = [*markdown_table((*head, "real masks"), rows), "", *markdown_table((*head, "training masks"), others)]
    a_mask, diverse, copies = together["findings_a_mask"], metrics["diversity"], metrics["copies"]
    lines += [
        "",
        f"Findings a mask with unspecified findings: {a_mask['generated']:.2f}, real {a_mask['real']:.2f}.",
        f"Overlap (IoU) among masks of one prompt: {diverse['mean'][0]:.3f}, real {diverse['mean'][1]:.3f} "
        f"(ratio {diverse['ratio_of_means']:.2f}, {len(diverse['prompts'])} prompts).",
        f"Overlap above 0.9 with a training mask: {_cell(copies['generated'])}, validation masks "
        f"{_cell(copies['validation'])}.",
    ]
    return "\n".join(lines)
