# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""The image bundle as one TorchScript network: masks, patient and noise in, radiograph out.

Takes planes (B, 18, H, W): anatomy 3, pathology 13, patient, noise; gives radiographs (B, 1, H, W) in [0, 1]. What the
masks show is read from them inside, so nothing of this package is needed to run it.
"""

from __future__ import annotations

import math

import torch
from monai.transforms import ScaleIntensityRanged
from torch import nn
from torch.nn import functional

from aurad_monai import vocabulary
from aurad_monai.anatomy.findings_from_masks import OTHER_SIDE
from aurad_monai.anatomy.sizes import SEVERITY_AREAS
from aurad_monai.diffusion.enlarge import UpsampleTextured, image_at
from aurad_monai.diffusion.image_postprocessing import UnsharpMaskd
from aurad_monai.diffusion.sample import DiffusionModel
from aurad_monai.prompts.context import COLUMNS, FEATURES, TOKENS
from aurad_monai.standalone.chest import left_half, name_zone
from aurad_monai.standalone.sampler import ScriptedSampler

ANATOMY, FINDINGS = len(vocabulary.ANATOMY_NAMES), len(vocabulary.FINDING_NAMES)
PATIENT = len(vocabulary.VIEWS) + len(vocabulary.SEXES) + 2
"""Numbers of the patient: view and sex one-hot, age / 100, whether the age is known."""


class ImageGenerator(nn.Module):
    """Radiographs of masks.

    Args:
        model: of the opened image bundle.
    """

    def __init__(self, model: DiffusionModel) -> None:
        super().__init__()
        self.sampler = ScriptedSampler(model)
        self.sharpen = torch.jit.trace(
            _Sharpen(_unsharp(model), *_range(model)), (torch.rand(2, 1, 64, 64),), check_trace=False
        )
        self.upsampler = torch.jit.trace(_upsampler(model), (torch.rand(2, 1, 64, 64),), check_trace=False)
        self.sided: list[bool] = [term.sided for term in vocabulary.FINDINGS]
        self.nodule = vocabulary.channel("nodule")
        self.other_side = OTHER_SIDE
        self.columns: dict[str, int] = dict(COLUMNS)
        self.areas: list[list[float]] = [list(SEVERITY_AREAS[name]) for name in vocabulary.FINDING_NAMES]
        self.tokens, self.features, self.patient = TOKENS, FEATURES, PATIENT
        self.anatomy, self.findings = ANATOMY, FINDINGS

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        """Radiographs (B, 1, H, W) of planes (B, 18, H, W)."""
        masks = image[:, : self.anatomy + self.findings] > 0.5
        context = torch.stack([self.context_of(case) for case in masks.unbind(0)])
        start = self.columns["view"]
        patient = image[:, self.anatomy + self.findings].flatten(1)[:, : self.patient]
        context[:, -1, start : start + self.patient] = patient
        noise = self.sampler.noise_of(image[:, -1])
        decoded: torch.Tensor = self.sampler(noise, masks.float(), context)
        made: torch.Tensor = self.sharpen(image_at(self.upsampler(decoded), image.shape[-1]))
        return made

    def context_of(self, masks: torch.Tensor) -> torch.Tensor:
        """What masks (3 + findings, H, W) show, as tokens (tokens, features)."""
        context = torch.zeros(self.tokens, self.features, device=masks.device)
        context[-1, self.columns["given"]] = 1.0
        anatomy, row, found = masks[: self.anatomy], 0, 0
        lungs = max(int((anatomy[0] | anatomy[1]).sum()), 1)
        for channel in range(self.findings):
            shape = masks[self.anatomy + channel]
            area = int(shape.sum())
            if area == 0 or found >= self.tokens - 1:
                continue
            if not self.sided[channel]:
                self.write(context, row, channel, -1, -1, self.severity_of(channel, area / lungs))
                row, found = row + 1, found + 1
                continue
            zones, severities = self.sides_of(channel, shape, anatomy, lungs)
            if found == self.tokens - 2 and severities[0] >= 0:
                severities[1] = -1
            if severities[0] >= 0 and zones[0] == zones[1] and severities[0] == severities[1]:
                self.write(context, row, channel, 2, zones[0], severities[0])
                row, found = row + 1, found + 2
                continue
            for side in range(2):
                if severities[side] >= 0:
                    self.write(context, row, channel, side, zones[side], severities[side])
                    row, found = row + 1, found + 1
        return context

    def sides_of(
        self, channel: int, shape: torch.Tensor, anatomy: torch.Tensor, lungs: int
    ) -> tuple[list[int], list[int]]:
        """Zone and severity of a finding on the left and on the right, -1 for none."""
        on_left, area = left_half(anatomy), int(shape.sum())
        zones, severities = [-1, -1], [-1, -1]
        for side in range(2):
            part = shape & (on_left if side == 0 else ~on_left)
            own = int(part.sum())
            if own == 0 or own < self.other_side * area:
                continue
            severities[side] = self.severity_of(channel, own / lungs)
            if bool(anatomy[side].any()):
                zones[side] = name_zone(part, anatomy[side], side == 0)
            if channel == self.nodule and zones[side] == 7:
                zones[side] = -1
        return zones, severities

    def severity_of(self, channel: int, area: float) -> int:
        """Number of the severity of an area, given as a fraction of both lungs."""
        severity = 0
        for end in self.areas[channel]:
            severity += int(end <= area)
        return severity

    def write(self, context: torch.Tensor, row: int, channel: int, side: int, zone: int, severity: int) -> None:
        """One finding token: name, side and zone (-1 for none), severity."""
        context[row, self.columns["name"] + channel] = 1.0
        if side >= 0:
            context[row, self.columns["laterality"] + side] = 1.0
        if zone >= 0:
            context[row, self.columns["zone"] + zone] = 1.0
        context[row, self.columns["severity"] + severity] = 1.0


class _Sharpen(nn.Module):
    """`UnsharpMaskd` of a batch, then the range of intensities that becomes [0, 1]; what is outside is clipped."""

    def __init__(self, unsharp: UnsharpMaskd, low: float, high: float) -> None:
        super().__init__()
        self.smooth, self.amount, self.reach = unsharp.smooth, unsharp.amount, unsharp.reach
        self.low, self.span = low, high - low

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        wide = functional.pad(images, [self.reach] * 4, mode="reflect")
        smooth = self.smooth(wide)[..., self.reach : -self.reach, self.reach : -self.reach]
        sharp: torch.Tensor = images + self.amount * (images - smooth)
        return ((sharp - self.low) / self.span).clamp(0, 1)


def _range(model: DiffusionModel) -> tuple[float, float]:
    """The intensities that a bundle's postprocessing makes 0 and 1."""
    steps = getattr(model.postprocessing, "transforms", ())
    scales = [step.scaler for step in steps if isinstance(step, ScaleIntensityRanged)]
    return (float(scales[0].a_min), float(scales[0].a_max)) if scales else (0.0, 1.0)


def _unsharp(model: DiffusionModel) -> UnsharpMaskd:
    """The unsharp mask of a bundle's postprocessing; one that changes nothing where it has none."""
    steps = getattr(model.postprocessing, "transforms", ())
    return next((step for step in steps if isinstance(step, UnsharpMaskd)), UnsharpMaskd("pred", math.pi, 0.0))


def _upsampler(model: DiffusionModel) -> nn.Module:
    """The network that enlarges what a bundle decodes; one that changes nothing where it has none."""
    steps = getattr(model.postprocessing, "transforms", ())
    return next((step.network for step in steps if isinstance(step, UpsampleTextured)), nn.Identity())
