# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""The whole way of a case, in order: resolve the request, sample the mask, check it, sample the radiograph, filter it.

In: prompts, or cases that are resolved already. Out: the same cases with masks, image and verdict.

pipeline = Pipeline.from_bundles()
run = pipeline("small left pleural effusion and cardiomegaly", num=4, seed=7)
accepted = [case for case in run.cases if case.accepted]
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import chain, islice
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from tqdm import tqdm

from aurad_monai import vocabulary
from aurad_monai.anatomy.prior import AnatomyPrior
from aurad_monai.bundles.bundle import Bundle, open_bundle
from aurad_monai.bundles.inventory import Places, bundle_folder
from aurad_monai.case import Case
from aurad_monai.diffusion.sample import DiffusionModel, SampleSettings, sample
from aurad_monai.errors import InputError
from aurad_monai.experts.anatomy import AnatomyExpert
from aurad_monai.filtering.verdict import ExpertFilter, FilterRun, with_results
from aurad_monai.generation.settings import Settings
from aurad_monai.io.anatomy_file import is_label_map, read_anatomy
from aurad_monai.io.radiograph import open_radiograph
from aurad_monai.io.resize import case_at, masks_at
from aurad_monai.request.conditions import ImageConditiond, MaskConditiond
from aurad_monai.request.resolve import resolve, resolve_masks
from aurad_monai.request.streams import Stream, entropy

MASK_BUNDLE = "cxr_mask_latent_diffusion"
IMAGE_BUNDLE = "cxr_image_latent_diffusion"
FILTER_BUNDLE = "cxr_expert_filter"
MAX_CASES = 100_000

Mask = npt.NDArray[np.uint8]


@dataclass
class Run:
    """What one call of the pipeline gathers.

    Args:
        cases: every attempt, accepted or not.
        timing: seconds by stage.
        filtered: seconds by criterion, and the images kept so far, among which near duplicates are looked for.
    """

    cases: list[Case] = field(default_factory=list)
    timing: dict[str, float] = field(default_factory=dict)
    filtered: FilterRun = field(default_factory=FilterRun)

    @property
    def acceptance_rate(self) -> float:
        """Accepted cases per attempt."""
        return sum(case.accepted for case in self.cases) / max(len(self.cases), 1)

    @contextmanager
    def timed(self, stage: str) -> Iterator[None]:
        """Add the seconds of a block to its stage."""
        start = time.perf_counter()
        try:
            yield
        finally:
            self.timing[stage] = self.timing.get(stage, 0.0) + time.perf_counter() - start


class Pipeline:
    """Prompt and anatomy in, filtered cases out. It keeps nothing of a call.

    Args:
        mask_model: bundle 1.
        image_model: bundle 2.
        expert_filter: bundle 3.
        anatomy_expert: finds the anatomy of a given radiograph.
        anatomy_prior: samples an anatomy where none is given.
        device: where the networks run.
    """

    def __init__(
        self,
        mask_model: DiffusionModel,
        image_model: DiffusionModel,
        expert_filter: ExpertFilter,
        anatomy_expert: AnatomyExpert,
        anatomy_prior: AnatomyPrior,
        device: str = "cpu",
    ) -> None:
        self.mask_model, self.image_model = mask_model, image_model
        self.expert_filter, self.anatomy_expert = expert_filter, anatomy_expert
        self.anatomy_prior, self.device = anatomy_prior, device

    @classmethod
    def from_bundles(
        cls,
        bundle_dir: Places = None,
        device: str | None = None,
        engine: str = "torch",
        size: int | None = None,
    ) -> Pipeline:
        """Open the three bundles.

        Args:
            bundle_dir: the folder that holds them, None for those shipped with the package, or folders by bundle name,
                such as one that `aurad train` wrote; "" stands for all others.
            device: cpu, cuda, cuda:N or mps; None takes a GPU where there is one.
            engine: what runs the diffusion networks, torch or onnx (ONNX Runtime, on the CPU).
            size: edge of masks and radiographs in pixels; None as the image bundle has it.

        Raises:
            InputError: no such folder, or a weight file is missing or not the expected one.
        """
        where = device or ("cuda" if torch.cuda.is_available() and engine == "torch" else "cpu")
        try:
            torch.empty(0, device=where)
        except (RuntimeError, AssertionError) as error:
            raise InputError("device", where, "a device of this machine", "try --device cpu") from error
        folders = {name: bundle_folder(name, bundle_dir) for name in (MASK_BUNDLE, IMAGE_BUNDLE, FILTER_BUNDLE)}
        on: dict[str, Any] = {"device": torch.device(where)}
        experts = open_bundle(folders[FILTER_BUNDLE], **on)
        images, masks = (open_bundle(folders[name], **on) for name in (IMAGE_BUNDLE, MASK_BUNDLE))
        if size is not None:
            if not _makes_any_size(images) and size != images.parser["size"]:
                step = "train it again with this version, or leave --size out"
                raise InputError("size", size, f"{images.parser['size']}, all that {images.root} makes", step)
            images.parser["size"] = size
        image_model = DiffusionModel.from_bundle(images, engine)
        if _makes_any_size(masks):
            masks.parser["size"] = image_model.image_size
        expert_filter = experts.get("filter")
        expert_filter.know_generator(images.root)
        return cls(
            DiffusionModel.from_bundle(masks, engine),
            image_model,
            expert_filter,
            experts.get("anatomy_expert"),
            masks.get("anatomy_prior"),
            where,
        )

    @property
    def image_size(self) -> int:
        """Edge of the image in pixels."""
        return self.image_model.image_size

    def __call__(
        self,
        prompt: str,
        num: int = 4,
        seed: int = 0,
        anatomy: str | Path | npt.NDArray[Any] | None = None,
        spacing: float | None = None,
        **settings: Any,
    ) -> Run:
        """Attempt `num` cases of a prompt.

        Args:
            prompt: such as "small left pleural effusion and cardiomegaly"; see docs/reference/prompts.md.
            num: attempts; case i has seed `seed + i`.
            seed: from 0.
            anatomy: a label map or radiograph on disk, or an array (3, S, S); None samples one for each case.
            spacing: mm of the patient that a pixel spans; needed for sizes in centimeters in a given anatomy, unless
                that is a DICOM radiograph, whose tags state it.
            settings: fields of `Settings`.

        Raises:
            InputError: the prompt or another argument cannot be understood.
        """
        _check_num(num)
        given, stated = self._given(anatomy)
        if spacing is not None and isinstance(anatomy, np.ndarray):
            spacing *= anatomy.shape[-1] / self.image_size
        spacing = stated if spacing is None else spacing
        cases = (self.resolve(prompt, seed + i, given, spacing, f"case_{i:05d}") for i in range(num))
        return self.generate(cases, Settings(**settings), num)

    def render(
        self,
        pathology: Mask,
        anatomy: Mask,
        num: int = 1,
        seed: int = 0,
        prompt: str = "",
        spacing: float | None = None,
        **settings: Any,
    ) -> Run:
        """Generate `num` radiographs of given masks; arguments as for `resolve_masks` and `Settings`."""
        _check_num(num)
        names = (f"case_{i:05d}" for i in range(num))
        cases = (resolve_masks(pathology, anatomy, seed + i, prompt, spacing, name) for i, name in enumerate(names))
        return self.generate(cases, Settings(**settings), num)

    def resolve(
        self, prompt: str, seed: int, anatomy: Mask | None = None, spacing: float | None = None, name: str = "case"
    ) -> Case:
        """The request of one case, ready for `generate`; arguments as for `request.resolve`."""
        return resolve(prompt, seed, self.anatomy_prior, self.image_size, anatomy, spacing, name)

    def generate(
        self,
        cases: Iterable[Case],
        settings: Settings = Settings(),  # noqa: B008  (frozen)
        total: int | None = None,
    ) -> Run:
        """Give cases what they lack: the mask, the radiograph, the verdict.

        Args:
            cases: resolved; one with a pathology keeps it. They may come one by one, such as from a generator.
            settings: of this call.
            total: how many cases come, for the bar.

        Returns:
            The cases in order, and seconds by stage; `image` is None where the mask was rejected.
        """
        filtered = (
            FilterRun(strict=settings.strict) if settings.reject_repeats else FilterRun(None, {}, settings.strict)
        )
        run, remaining = Run(filtered=filtered), iter(cases)
        first = list(islice(remaining, 1))  # what cannot be resolved is refused before there is a bar
        remaining = chain(first, remaining)
        with tqdm(total=total, desc="cases", unit="case", disable=not settings.progress) as bar:
            while batch := self._batch(remaining, settings, run):
                run.cases += batch
                bar.update(len(batch))
        return run

    def _batch(self, cases: Iterator[Case], settings: Settings, run: Run) -> list[Case]:
        """The way of the next few cases, step by step; nothing where none is left."""
        # 1. What is requested of each, resolved: an anatomy, findings, a patient.
        with run.timed("request"):
            batch = [case_at(case, self.image_size) for case in islice(cases, settings.batch_size)]
        # 2. The pathology, in that anatomy; given masks stay what they are.
        with run.timed("mask"):
            batch = self._sample_masks(batch, settings)
        # 3. What is wrong already in the mask never reaches the image model.
        with run.timed("mask_filter"):
            batch = [with_results(case, self.expert_filter.evaluate_masks(case, run.filtered)) for case in batch]
        passed = [i for i, case in enumerate(batch) if case.accepted or settings.accept_all]
        if settings.masks_only or not passed:
            return batch
        # 4. The radiograph of each mask that passed.
        with run.timed("image"):
            images = self._sample_images([batch[i] for i in passed], settings)
        # 5. What experts see in it.
        with run.timed("image_filter"):
            for i, case, results in zip(passed, images, self.expert_filter.evaluate(images, run.filtered), strict=True):
                batch[i] = with_results(case, results)
        return batch

    def _sample_masks(self, cases: Sequence[Case], settings: Settings) -> list[Case]:
        """Cases with their pathology, and an enlarged heart made part of the anatomy."""
        condition, open_ = MaskConditiond(), [case for case in cases if case.pathology is None]
        conditioned = [condition({"anatomy": case.anatomy, "findings": case.resolved}) for case in open_]
        sampled = self._sample(self.mask_model, Stream.MASK, open_, conditioned, settings)
        made = iter([masks_at(mask, self.image_size) for mask in sampled])
        return [_with_masks(case, next(made) if case.pathology is None else case.pathology) for case in cases]

    def _sample_images(self, cases: Sequence[Case], settings: Settings) -> list[Case]:
        condition = ImageConditiond()
        conditioned = []
        for case in cases:
            patient: dict[Any, Any] = {name: getattr(case.resolved, name) for name in ("view", "sex", "age")}
            conditioned.append(condition(patient | {"anatomy": case.anatomy, "pathology": case.pathology}))
        made = self._sample(self.image_model, Stream.IMAGE, cases, conditioned, settings)
        return [replace(case, image=image) for case, image in zip(cases, made, strict=True)]

    def _sample(
        self,
        model: DiffusionModel,
        stream: Stream,
        cases: Sequence[Case],
        conditioned: Sequence[dict[Any, Any]],
        settings: Settings,
    ) -> list[Any]:
        if not cases:
            return []
        preset = model.preset(settings.quality)
        steps, guidance = settings.num_inference_steps, settings.guidance_scale
        chosen = SampleSettings(
            preset.num_inference_steps if steps is None else steps,
            preset.guidance_scale if guidance is None else guidance,
        )
        seeds = [entropy(stream, case.seed, case.seed_text) for case in cases]
        return sample(model, conditioned, seeds, chosen, self.device)

    def read_anatomy(self, anatomy: str | Path | npt.NDArray[Any] | None) -> Mask | None:
        """(3, H, W) from a file or array, None where each case shall have its own."""
        return self._given(anatomy)[0]

    def _given(self, anatomy: str | Path | npt.NDArray[Any] | None) -> tuple[Mask | None, float | None]:
        """The anatomy, and the mm a pixel that the tags of a DICOM radiograph state."""
        if anatomy is None:
            return None, None
        size = self.image_size
        if isinstance(anatomy, np.ndarray):
            if anatomy.ndim != 3 or len(anatomy) != len(vocabulary.ANATOMY_NAMES) or len(set(anatomy.shape[1:])) != 1:
                raise InputError("anatomy", anatomy.shape, f"({len(vocabulary.ANATOMY_NAMES)}, {size}, {size})")
            return masks_at(anatomy > 0, size), None
        if is_label_map(Path(anatomy)):
            return read_anatomy(Path(anatomy), size), None
        radiograph = open_radiograph(Path(anatomy), "anatomy")
        found = self.expert_filter.gate.anatomy("anatomy", Path(anatomy), radiograph.framed(size))
        return found, radiograph.framed_spacing(size)


def _makes_any_size(bundle: Bundle) -> bool:
    """Whether the latents of a bundle are the same at every size; those of earlier versions grow with it."""
    return "grid" in bundle.parser


def _check_num(num: int) -> None:
    if not 1 <= num <= MAX_CASES:
        raise InputError("num", num, f"1 to {MAX_CASES}")


def _with_masks(case: Case, pathology: Mask) -> Case:
    """The case with its pathology; an enlarged heart is one heart, so cardiomegaly becomes part of the anatomy."""
    if case.anatomy is None:
        raise ValueError(f"case {case.id} has no anatomy: make it with aurad_monai.request.resolve")
    anatomy = case.anatomy.copy()
    anatomy[2] |= pathology[vocabulary.channel("cardiomegaly")]
    return replace(case, anatomy=anatomy, pathology=pathology)
