# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""The mask bundle as one TorchScript network: a chest, a request in numbers and noise in, masks of findings out.

Takes planes (B, 5, H, W): anatomy 3, request, noise; gives masks (B, 13, H, W) of 0 and 1. Words become numbers in the
config of the standalone bundle, so nothing of this package is needed to run it.
"""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import nn

from aurad_monai import vocabulary
from aurad_monai.anatomy.finding_shape import FRAME, LOWEST
from aurad_monai.anatomy.sizes import LEVELS, SEVERITY_AREAS, area_of
from aurad_monai.anatomy.zones import LUNG_TOLERANCE, OPEN_SIZE, PLEURAL_MARGIN, ZONE_SPAN
from aurad_monai.diffusion.enlarge import EnlargeLogitsd, logits_at
from aurad_monai.diffusion.mask_postprocessing import LEAST, OUTSIDE, MaskPostprocessd
from aurad_monai.diffusion.sample import DiffusionModel
from aurad_monai.errors import InputError
from aurad_monai.prompts.context import COLUMNS, FEATURES, TOKENS
from aurad_monai.standalone.chest import (
    grown_by_radius,
    grown_by_steps,
    left_half,
    without_small,
    zone_of_lung,
)
from aurad_monai.standalone.images import ANATOMY, FINDINGS, PATIENT
from aurad_monai.standalone.sampler import ScriptedSampler
from aurad_monai.standalone.shape import finding_shape

ROW = 6
"""Numbers of a requested finding: name, side, zone, severity (0 for none, else its place in the vocabulary from 1),
quantile of its size (-1 where open), whether it is absent."""


class MaskGenerator(nn.Module):
    """Masks of findings in a chest.

    Args:
        model: of the opened mask bundle.

    Raises:
        InputError: its postprocessing is another one than `MaskPostprocessd` with all its constraints.
    """

    def __init__(self, model: DiffusionModel) -> None:
        super().__init__()
        self.sampler = ScriptedSampler(model)
        finish = _postprocessing(model)
        self.threshold, self.min_pixels = finish.threshold, finish.min_pixels
        terms = vocabulary.FINDINGS
        self.sided: list[bool] = [term.sided for term in terms]
        self.lung_bound: list[bool] = [term.lung_bound for term in terms]
        self.columns: dict[str, int] = dict(COLUMNS)
        self.spans: list[list[float]] = [list(ZONE_SPAN[zone]) for zone in vocabulary.ZONES]
        quantiles = [0.0, *LEVELS, 1.0]
        names = vocabulary.FINDING_NAMES
        self.quantiles: list[float] = quantiles
        self.log_areas: list[list[float]] = [[math.log(area_of(name, q)) for q in quantiles] for name in names]
        self.open_areas: list[float] = [SEVERITY_AREAS[name][0] for name in vocabulary.FINDING_NAMES]
        self.lowest: list[float] = [LOWEST.get(name, -2.0) for name in names]
        self.elongation: list[float] = [term.elongation for term in terms]
        self.fluid = vocabulary.channel("effusion")
        self.open_size, self.margin, self.tolerance = OPEN_SIZE, PLEURAL_MARGIN, LUNG_TOLERANCE
        self.least_set, self.frame, self.outside = LEAST, FRAME, OUTSIDE
        self.tokens, self.features, self.patient, self.row = TOKENS, FEATURES, PATIENT, ROW
        self.anatomy, self.findings = ANATOMY, FINDINGS

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        """Masks (B, findings, H, W) of planes (B, 5, H, W)."""
        anatomy = image[:, : self.anatomy] > 0.5
        count = (self.tokens - 1) * self.row
        request = image[:, self.anatomy].flatten(1)[:, : count + self.patient + 1]
        conditions, contexts = [], []
        for i in range(image.shape[0]):
            rows = request[i, :count].reshape(self.tokens - 1, self.row)
            conditions.append(torch.cat([anatomy[i].float(), self.location_prior(rows, anatomy[i])]))
            contexts.append(self.context_of(rows, request[i, count:]))
        condition, context = torch.stack(conditions), torch.stack(contexts)
        logits = logits_at(self.sampler(self.sampler.noise_of(image[:, -1]), condition, context), image.shape[-1])
        made = []
        for i in range(image.shape[0]):
            rows = request[i, :count].reshape(self.tokens - 1, self.row)
            prior = condition[i, self.anatomy :]
            made.append(self.constrained(logits[i], rows, anatomy[i], prior, bool(request[i, -1] > 0.5)))
        return torch.stack(made).float()

    def number(self, rows: torch.Tensor, row: int, column: int, limit: int) -> int:
        """A vocabulary number of a row, -1 for none."""
        return min(max(int(torch.round(rows[row, column])), 0), limit) - 1

    def present(self, rows: torch.Tensor, row: int) -> bool:
        """Whether a row requests a finding."""
        return self.number(rows, row, 0, self.findings) >= 0 and bool(rows[row, 5] < 0.5)

    def context_of(self, rows: torch.Tensor, patient: torch.Tensor) -> torch.Tensor:
        """A request as tokens (tokens, features)."""
        context = torch.zeros(self.tokens, self.features, device=rows.device)
        starts = [self.columns["name"], self.columns["laterality"], self.columns["zone"], self.columns["severity"]]
        limits = [self.findings, 3, 8, 4]
        for row in range(self.tokens - 1):
            for group in range(4):
                value = self.number(rows, row, group, limits[group])
                if value >= 0:
                    context[row, starts[group] + value] = 1.0
            if self.number(rows, row, 0, self.findings) >= 0 and bool(rows[row, 5] > 0.5):
                context[row, self.columns["absent"]] = 1.0
        view = self.columns["view"]
        context[-1, view : view + self.patient] = patient[: self.patient]
        context[-1, self.columns["given"]] = patient[-1]
        return context

    def location_prior(self, rows: torch.Tensor, anatomy: torch.Tensor) -> torch.Tensor:
        """Where and how large each finding is requested, (findings, H, W)."""
        prior = torch.zeros(self.findings, anatomy.shape[1], anatomy.shape[2], device=rows.device)
        steps = max(1, int(torch.round(torch.tensor(self.margin * anatomy.shape[2], dtype=torch.float64))))
        for row in range(self.tokens - 1):
            if not self.present(rows, row):
                continue
            channel, side = self.number(rows, row, 0, self.findings), self.number(rows, row, 1, 3)
            zone, where = self.number(rows, row, 2, 8), anatomy[2]
            if self.sided[channel]:
                where = torch.zeros_like(anatomy[2])
                for lung in range(2):
                    if side < 0 or side == 2 or side == lung:
                        where = where | zone_of_lung(anatomy[lung], lung == 0, zone, self.spans)
            if not self.lung_bound[channel]:
                where = grown_by_steps(where, steps)
            quantile = float(rows[row, 4])
            value = self.open_size if quantile < 0 else 0.25 + 0.75 * quantile
            if self.sided[channel] and side < 0:
                value = value / 2
            prior[channel] = torch.where(where, torch.full_like(prior[channel], value), prior[channel])
        return prior

    def constrained(
        self, logits: torch.Tensor, rows: torch.Tensor, anatomy: torch.Tensor, prior: torch.Tensor, given: bool
    ) -> torch.Tensor:
        """Mask (findings, H, W) bool of logits: only what is requested, only where it can be."""
        height, width = anatomy.shape[1], anatomy.shape[2]
        left = left_half(anatomy)[None].expand(height, width)
        halves = torch.stack([left, ~left])
        lungs = grown_by_radius(anatomy[0] | anatomy[1], self.tolerance * width)
        requested = [False for _ in range(self.findings)]
        sides = [[False, False] for _ in range(self.findings)]
        for row in range(self.tokens - 1):
            if self.present(rows, row):
                channel, side = self.number(rows, row, 0, self.findings), self.number(rows, row, 1, 3)
                requested[channel] = True
                for half in range(2):
                    if side == 2 or side == half:
                        sides[channel][half] = True
        allowed = torch.ones_like(logits, dtype=torch.bool)
        for channel in range(self.findings):
            if self.lung_bound[channel]:
                allowed[channel] = allowed[channel] & lungs
            if given:
                one_side = sides[channel][0] != sides[channel][1]
                place = halves[0 if sides[channel][0] else 1] if one_side else torch.ones_like(left)
                allowed[channel] = allowed[channel] & place & requested[channel]
        mask = without_small(allowed & (logits > self.threshold), self.least(self.min_pixels, width))
        if given:
            self.enforce(mask, torch.where(allowed, logits, float("-inf")), requested, sides, prior, halves, anatomy)
        self.settle(mask, torch.where(allowed, logits, self.outside)[self.fluid], halves, anatomy)
        return mask

    def enforce(
        self,
        mask: torch.Tensor,
        logits: torch.Tensor,
        requested: list[bool],
        sides: list[list[bool]],
        prior: torch.Tensor,
        halves: torch.Tensor,
        anatomy: torch.Tensor,
    ) -> None:
        """Set a shape where it is most probable, of each requested finding that has none on a requested side."""
        lungs = anatomy[0] | anatomy[1]
        for channel in range(self.findings):
            if not requested[channel]:
                continue
            anywhere = not sides[channel][0] and not sides[channel][1]
            for part in range(1 if anywhere else 2):
                half = torch.ones_like(halves[0]) if anywhere else halves[part]
                if (anywhere or sides[channel][part]) and not bool((mask[channel] & half).any()):
                    region = torch.where(half, prior[channel], torch.zeros_like(prior[channel]))
                    mask[channel] = mask[channel] | self.most_probable(channel, logits[channel], region, lungs)

    def settle(self, mask: torch.Tensor, logits: torch.Tensor, halves: torch.Tensor, anatomy: torch.Tensor) -> None:
        """Set fluid where gravity puts it in each lung, as many pixels as there are."""
        for part in range(2):
            fluid, lung = mask[self.fluid] & halves[part], anatomy[part]
            if bool(fluid.any()) and bool(lung.any()):
                there = finding_shape(logits, lung, lung, int(fluid.sum()), self.lowest[self.fluid], True, 1.0)
                mask[self.fluid] = (mask[self.fluid] & ~halves[part]) | there

    def most_probable(
        self, channel: int, logits: torch.Tensor, region: torch.Tensor, lungs: torch.Tensor
    ) -> torch.Tensor:
        """A finding (H, W) at its most probable place in its region, of the requested size."""
        inside = region != 0
        if not bool(inside.any()):
            return inside
        value = float(region.abs().max())
        is_open = value == abs(self.open_size) or value == abs(self.open_size) / 2
        fraction = self.open_areas[channel] if is_open else self.area_of(channel, (value - 0.25) / 0.75)
        finite = torch.isfinite(logits)
        least = self.least(self.least_set, int(logits.shape[1]))
        count = min(max(int(fraction * int(lungs.sum())), least), int((inside & finite).sum()))
        place = finite & lungs if self.lung_bound[channel] else finite
        zone = inside & place
        if not bool(zone.any()):
            return zone
        logits = torch.where(finite, logits, self.outside)
        fluid, long = channel == self.fluid, self.elongation[channel]
        return finding_shape(logits, zone, place, count, self.lowest[channel], fluid, long)

    def least(self, count: int, edge: int) -> int:
        """Pixels of a frame of an edge that cover what `count` pixels of a frame of 256 cover."""
        return int(round(count * max(edge / self.frame, 1.0) ** 2))

    def area_of(self, channel: int, quantile: float) -> float:
        """Area (fraction of both lungs) at a quantile."""
        knots, areas = self.quantiles, self.log_areas[channel]
        place = min(max(quantile, knots[0]), knots[-1])
        for i in range(len(knots) - 1):
            if place <= knots[i + 1]:
                share = (place - knots[i]) / (knots[i + 1] - knots[i])
                return math.exp(areas[i] + share * (areas[i + 1] - areas[i]))
        return math.exp(areas[-1])


def _postprocessing(model: DiffusionModel) -> MaskPostprocessd:
    every = getattr(model.postprocessing, "transforms", ())
    steps: tuple[Any, ...] = tuple(step for step in every if not isinstance(step, EnlargeLogitsd))
    if len(steps) != 1 or not isinstance(steps[0], MaskPostprocessd):
        raise InputError("postprocessing", [type(step).__name__ for step in steps], "MaskPostprocessd alone")
    if not (steps[0].apply_constraints and steps[0].enforce_presence):
        raise InputError("postprocessing", "constraints left out", "MaskPostprocessd with its constraints")
    finish: MaskPostprocessd = steps[0]
    return finish
