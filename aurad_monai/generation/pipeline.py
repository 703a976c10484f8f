# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""The whole way of a case, in order: understand, take a chest, draw the mask, check it, paint the radiograph, judge it.

pipeline = Pipeline.from_bundles()
run = pipeline("small left pleural effusion and cardiomegaly", num=4, seed=7)
accepted = [case for case in run.cases if case.accepted]
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from tqdm import tqdm

from aurad_monai import vocabulary
from aurad_monai.anatomy.findings_from_masks import findings_from_masks
from aurad_monai.anatomy.prior import AnatomyPrior
from aurad_monai.anatomy.sizes import in_percent
from aurad_monai.bundles.bundle import open_bundle
from aurad_monai.bundles.inventory import bundles_root
from aurad_monai.diffusion.sample import DEFAULT_PRESET, DiffusionModel, SampleSettings, sample
from aurad_monai.errors import InputError
from aurad_monai.experts.anatomy import AnatomyExpert
from aurad_monai.filtering.criteria.criterion import CriterionResult
from aurad_monai.filtering.verdict import ExpertFilter
from aurad_monai.io.anatomy_file import is_label_map, read_anatomy
from aurad_monai.io.radiograph import read_radiograph
from aurad_monai.prompts.describe import describe
from aurad_monai.prompts.finding import ClinicalFindings
from aurad_monai.prompts.parse import parse
from aurad_monai.request.conditions import ImageConditiond, MaskConditiond
from aurad_monai.request.patient import drawn_patient

MASK_BUNDLE = "cxr_mask_latent_diffusion"
IMAGE_BUNDLE = "cxr_image_latent_diffusion"
FILTER_BUNDLE = "cxr_expert_filter"
MASK_STREAM, IMAGE_STREAM = 0, 1
MOST_CASES = 100_000

Array = npt.NDArray[Any]


@dataclass
class Case:
    """One attempt; every step adds to it.

    Args:
        id: stem of its files.
        seed: all of its randomness.
        prompt: the user's text.
        findings: what the prompt asks for; the labels of the case.
        anatomy: (3, H, W) uint8.
        pathology: (findings, H, W) uint8.
        image: (1, H, W) float32 in [0, 1], or None before it is painted or where the mask was rejected.
        accepted: the verdict so far.
        reasons: why it was rejected, a sentence each.
        rejected_by: names of the criteria that rejected it.
        scores: what the criteria measured, by name.
    """

    id: str
    seed: int
    prompt: str
    findings: ClinicalFindings
    anatomy: npt.NDArray[np.uint8]
    pathology: npt.NDArray[np.uint8]
    image: npt.NDArray[np.float32] | None = None
    accepted: bool = True
    reasons: list[str] = field(default_factory=list)
    rejected_by: list[str] = field(default_factory=list)
    scores: dict[str, float] = field(default_factory=dict)


@dataclass
class Run:
    """Every attempt, accepted or not, and seconds by stage."""

    cases: list[Case]
    timing: dict[str, float]

    @property
    def acceptance_rate(self) -> float:
        """Accepted cases per attempt."""
        return sum(case.accepted for case in self.cases) / max(len(self.cases), 1)


class Pipeline:
    """Prompt and anatomy in, judged cases out.

    Args:
        mask_sampler: bundle 1.
        image_sampler: bundle 2.
        expert_filter: bundle 3.
        anatomy_expert: finds the anatomy of a given radiograph.
        anatomy_prior: gives a chest when none is given.
        device: where the samplers run.
    """

    def __init__(
        self,
        mask_sampler: DiffusionModel,
        image_sampler: DiffusionModel,
        expert_filter: ExpertFilter,
        anatomy_expert: AnatomyExpert,
        anatomy_prior: AnatomyPrior,
        device: str = "cpu",
    ) -> None:
        self.mask_sampler, self.image_sampler = mask_sampler, image_sampler
        self.expert_filter, self.anatomy_expert = expert_filter, anatomy_expert
        self.anatomy_prior, self.device = anatomy_prior, device
        self.spacing: float | None = None
        self.settings = [SampleSettings(), SampleSettings()]

    @classmethod
    def from_bundles(
        cls, bundle_dir: str | Path | None = None, device: str | None = None, engine: str = "torch"
    ) -> Pipeline:
        """Open the three bundles.

        Args:
            bundle_dir: the folder that holds them; None takes those shipped with the package.
            device: cpu, cuda, cuda:N or mps; None takes a GPU where there is one.
            engine: what runs the diffusion networks, torch or onnx (ONNX Runtime, on the CPU).

        Raises:
            InputError: no such folder, or a weight file is missing or not the expected one.
        """
        where = device or ("cuda" if torch.cuda.is_available() and engine == "torch" else "cpu")
        try:
            torch.empty(0, device=where)
        except (RuntimeError, AssertionError) as error:
            raise InputError("device", where, "a device of this machine", "try --device cpu") from error
        root = bundles_root(bundle_dir)
        mask, image, judge = (
            open_bundle(root / name, device=f"$torch.device('{where}')")
            for name in (MASK_BUNDLE, IMAGE_BUNDLE, FILTER_BUNDLE)
        )
        return cls(
            DiffusionModel.from_bundle(mask, engine),
            DiffusionModel.from_bundle(image, engine),
            judge.get("filter"),
            judge.get("anatomy_expert"),
            mask.get("anatomy_prior"),
            where,
        )

    def __call__(
        self,
        prompt: str,
        num: int = 4,
        seed: int = 0,
        anatomy: str | Path | Array | None = None,
        steps: int | None = None,
        guidance_scale: float | None = None,
        batch_size: int = 4,
        accept_all: bool = False,
        masks_only: bool = False,
        progress: bool = True,
        spacing: float | None = None,
        quality: str = DEFAULT_PRESET,
    ) -> Run:
        """Attempt `num` cases of a prompt.

        Args:
            prompt: such as "small left pleural effusion and cardiomegaly"; see docs/reference/prompts.md.
            num: attempts; case i has seed `seed + i`.
            seed: from 0.
            anatomy: a label map or radiograph on disk, or an array (3, H, W); None samples a chest for each case.
            steps: network evaluations of each sampler; None as the quality says.
            guidance_scale: None as the quality says.
            batch_size: cases sampled at once; changes speed, not cases.
            accept_all: paint images of rejected masks too.
            masks_only: stop after the mask and its checks.
            progress: show a bar.
            spacing: mm of the patient that a pixel spans, for sizes in centimeters.
            quality: fast, default or best: steps and guidance as the bundles' configs have them.

        Returns:
            Every attempt with its verdict, and seconds by stage.

        Raises:
            InputError: the prompt or another argument cannot be understood.
        """
        for name, value, low in (("num", num, 1), ("seed", seed, 0), ("batch_size", batch_size, 1)):
            if not low <= value:
                raise InputError(name, value, f"at least {low}")
        if num > MOST_CASES:
            raise InputError("num", num, f"1 to {MOST_CASES}")
        self._configure(steps, guidance_scale, quality)
        self.spacing = spacing
        self.expert_filter.start_run()
        timing: dict[str, float] = {}
        findings = parse(prompt)
        with _timed(timing, "anatomy"):
            chest = self._given_chest(anatomy)
        cases: list[Case] = []
        with tqdm(total=num, desc="cases", unit="case", disable=not progress) as bar:
            for first in range(0, num, batch_size):
                seeds = [seed + index for index in range(first, min(first + batch_size, num))]
                ids = [f"case_{index:05d}" for index in range(first, first + len(seeds))]
                asked = [(prompt, findings)] * len(seeds)
                cases += self._batch(asked, chest, seeds, ids, timing, accept_all, masks_only)
                bar.update(len(seeds))
        return Run(cases, timing)

    def render(
        self,
        pathology: npt.NDArray[np.uint8],
        anatomy: npt.NDArray[np.uint8],
        num: int = 1,
        seed: int = 0,
        prompt: str = "",
        steps: int | None = None,
        guidance_scale: float | None = None,
        batch_size: int = 4,
        progress: bool = True,
        quality: str = DEFAULT_PRESET,
    ) -> Run:
        """Paint radiographs of a given mask, drawn or edited by hand, and judge them; the way of a case from step 3.

        Args:
            pathology: (findings, H, W), 0 or 1; what it shows becomes the labels of the cases.
            anatomy: (3, H, W), 0 or 1, both lungs present.
            num: images, each of a seed of its own.
            seed: of the first.
            prompt: view, sex and age are taken from it.
            steps: as for a call.
            guidance_scale: as for a call.
            batch_size: as for a call.
            progress: show a bar.
            quality: as for a call.
        """
        self._configure(steps, guidance_scale, quality)
        asked = parse(prompt) if prompt else ClinicalFindings()
        timing: dict[str, float] = {}
        shown = replace(asked, findings=findings_from_masks(pathology, anatomy).findings)
        text, chest = describe(shown), _widen_heart(anatomy, pathology)
        cases = [Case(f"case_{i:05d}", seed + i, text, shown, chest, pathology) for i in range(num)]
        with tqdm(total=num, desc="cases", unit="case", disable=not progress) as bar:
            for first in range(0, num, batch_size):
                part = cases[first : first + batch_size]
                self._judge_masks(part, timing)
                self._paint_and_judge(part, timing)
                bar.update(len(part))
        return Run(cases, timing)

    def attempt(
        self,
        prompts: Sequence[str],
        seeds: Sequence[int],
        ids: Sequence[str],
        steps: int | None = None,
        guidance_scale: float | None = None,
        timing: dict[str, float] | None = None,
        quality: str = DEFAULT_PRESET,
    ) -> list[Case]:
        """Attempt one case of each prompt, all in one batch; what `aurad synthesize` calls over and over.

        Args:
            prompts: one a case.
            seeds: one a case, from 0.
            ids: one a case.
            steps: network evaluations of each sampler; None as the quality says.
            guidance_scale: None as the quality says.
            timing: seconds by stage are added to it.
            quality: as for a call.

        Returns:
            One case for each prompt, in order; `image` is None where the mask was rejected.
        """
        self._configure(steps, guidance_scale, quality)
        asked = [(prompt, parse(prompt)) for prompt in prompts]
        return self._batch(asked, None, seeds, ids, {} if timing is None else timing, False, False)

    def _batch(
        self,
        asked: Sequence[tuple[str, ClinicalFindings]],
        chest: npt.NDArray[np.uint8] | None,
        seeds: Sequence[int],
        ids: Sequence[str],
        timing: dict[str, float],
        accept_all: bool,
        masks_only: bool,
    ) -> list[Case]:
        """The way of a few cases, step by step."""
        # 1. A chest for each case.
        with _timed(timing, "anatomy"):
            chests = [self.anatomy_prior.sample(seed) if chest is None else chest for seed in seeds]
        # 2. The pathology the prompt asks for, in that chest.
        with _timed(timing, "mask"):
            masks = self._draw_masks([findings for _, findings in asked], chests, seeds)
        cases = [
            Case(name, seed, *what, _widen_heart(c, mask), mask)
            for name, seed, what, c, mask in zip(ids, seeds, asked, chests, masks, strict=True)
        ]
        # 3. What is wrong already in the mask never reaches the image model.
        self._judge_masks(cases, timing)
        if not masks_only:
            # 4 and 5. The radiograph of each mask that passed, and what experts see in it.
            self._paint_and_judge([case for case in cases if case.accepted or accept_all], timing)
        return cases

    def _judge_masks(self, cases: Sequence[Case], timing: dict[str, float]) -> None:
        with _timed(timing, "mask_filter"):
            for case in cases:
                _note(case, self.expert_filter.evaluate_masks(case))

    def _paint_and_judge(self, cases: Sequence[Case], timing: dict[str, float]) -> None:
        if not cases:
            return
        with _timed(timing, "image"):
            self._paint(cases)
        with _timed(timing, "image_filter"):
            for case, results in zip(cases, self.expert_filter.evaluate(cases), strict=True):
                _note(case, results)

    def _configure(self, steps: int | None, guidance_scale: float | None, quality: str) -> None:
        self.settings = []
        for model in (self.mask_sampler, self.image_sampler):
            preset = model.preset(quality)
            self.settings.append(
                SampleSettings(
                    preset.num_inference_steps if steps is None else steps,
                    preset.guidance_scale if guidance_scale is None else guidance_scale,
                )
            )

    def _given_chest(self, anatomy: str | Path | Array | None) -> npt.NDArray[np.uint8] | None:
        """(3, H, W) from a file or array, None where each case shall have its own."""
        if anatomy is None:
            return None
        size = self.image_size
        if isinstance(anatomy, np.ndarray):
            if anatomy.shape != (len(vocabulary.ANATOMY_NAMES), size, size):
                raise InputError("anatomy", anatomy.shape, f"({len(vocabulary.ANATOMY_NAMES)}, {size}, {size})")
            return (anatomy > 0).astype(np.uint8)
        if is_label_map(Path(anatomy)):
            return read_anatomy(Path(anatomy), size)
        chest: npt.NDArray[np.uint8] = self.anatomy_expert(read_radiograph(Path(anatomy), size)[None])[0]
        if min(chest[0].sum(), chest[1].sum()) < 0.02 * size * size:
            raise InputError("anatomy", anatomy, "a frontal chest radiograph in which both lungs can be found")
        return chest

    @property
    def image_size(self) -> int:
        """Edge of the image in pixels."""
        return self.image_sampler.image_size

    def _draw_masks(
        self, findings: Sequence[ClinicalFindings], chests: Sequence[npt.NDArray[np.uint8]], seeds: Sequence[int]
    ) -> list[npt.NDArray[np.uint8]]:
        condition = MaskConditiond()
        cases = []
        for asked, chest, seed in zip(findings, chests, seeds, strict=True):
            wanted = None if asked.is_open else in_percent(asked, chest, self.spacing)
            cases.append(condition({"anatomy": chest, "findings": wanted, "seed": seed}))
        entropy = [(seed, MASK_STREAM) for seed in seeds]
        return sample(self.mask_sampler, cases, entropy, self.settings[0], self.device)

    def _paint(self, cases: Sequence[Case]) -> None:
        condition = ImageConditiond()
        conditioned = [
            condition({"anatomy": case.anatomy, "pathology": case.pathology} | drawn_patient(case.seed, case.findings))
            for case in cases
        ]
        entropy = [(case.seed, IMAGE_STREAM) for case in cases]
        images = sample(self.image_sampler, conditioned, entropy, self.settings[1], self.device)
        for case, image in zip(cases, images, strict=True):
            case.image = image


def _widen_heart(anatomy: npt.NDArray[np.uint8], pathology: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """The anatomy with its cardiomediastinum extended by the mask of cardiomegaly: an enlarged heart is one heart."""
    widened = anatomy.copy()
    widened[2] |= pathology[vocabulary.channel("cardiomegaly")]
    return widened


def _note(case: Case, results: Sequence[CriterionResult]) -> None:
    """Add results to a case; one that did not pass rejects it."""
    case.scores.update({item.criterion: float(item.score) for item in results if math.isfinite(item.score)})
    failed = [item for item in results if not item.passed]
    case.accepted = case.accepted and not failed
    case.reasons += [item.reason for item in failed]
    case.rejected_by += [item.criterion for item in failed]


@contextmanager
def _timed(timing: dict[str, float], stage: str) -> Iterator[None]:
    """Add the seconds of a block to its stage."""
    start = time.perf_counter()
    try:
        yield
    finally:
        timing[stage] = timing.get(stage, 0.0) + time.perf_counter() - start
