# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Criterion: several experts vote on each finding, and the image has what was asked for and lacks what was not."""

from __future__ import annotations

import math
from collections.abc import Mapping

from aurad_monai import vocabulary
from aurad_monai.errors import InputError
from aurad_monai.filtering.criteria.criterion import CriterionResult, ExpertPredictions, JudgedCase, not_evaluated


class FindingVote:
    """Each expert that knows a finding says yes or no; the share that agrees with the prompt is the score.

    Args:
        boundaries: by expert, the score from which it says yes: a number for all findings, or one by finding, where a
            finding that is not listed is not voted on. `built_in` is the findings expert of the bundle.
        agreement: least share of votes that must agree.
        quorum: a finding on which fewer experts can vote is not judged.
    """

    name = "finding_vote"

    def __init__(
        self,
        boundaries: Mapping[str, float | Mapping[str, float]],
        agreement: float = 0.5,
        quorum: int = 1,
    ) -> None:
        if not 0 < agreement <= 1:
            raise InputError("agreement", agreement, "above 0, at most 1")
        self.boundaries, self.agreement, self.quorum = dict(boundaries), agreement, quorum

    def evaluate(self, case: JudgedCase, predictions: ExpertPredictions | None) -> list[CriterionResult]:
        """A result for each finding asked for or declared absent."""
        names = {item.name: item.present for item in case.findings.findings}
        return [self._evaluate(name, present, predictions) for name, present in names.items()]

    def _evaluate(self, name: str, present: bool, predictions: ExpertPredictions | None) -> CriterionResult:
        criterion, label = f"{self.name}.{name}", vocabulary.finding(name).label
        if predictions is None:
            return not_evaluated(criterion, "the experts cannot look at this image")
        votes = {
            expert: vote for expert in self.boundaries if (vote := self._vote(expert, name, predictions)) is not None
        }
        if len(votes) < max(self.quorum, 1):
            return not_evaluated(criterion, f"{len(votes)} of {self.quorum} experts know {label}")
        score = sum(vote == present for vote in votes.values()) / len(votes)
        passed = score >= self.agreement
        said = ", ".join(f"{expert} {'yes' if vote else 'no'}" for expert, vote in votes.items())
        wanted = "asked for" if present else "declared absent"
        verb = "agree" if passed else "do not agree"
        reason = f"the experts {verb} on {label}, {wanted}: {said} ({score:.0%}, least {self.agreement:.0%})"
        return CriterionResult(criterion, score, self.agreement, passed, reason)

    def _vote(self, expert: str, name: str, predictions: ExpertPredictions) -> bool | None:
        boundary = self.boundaries[expert]
        least = boundary.get(name) if isinstance(boundary, Mapping) else boundary
        scores = predictions.scores if expert == "built_in" else predictions.others.get(expert)
        if least is None or scores is None:
            return None
        score = float(scores[vocabulary.channel(name)])
        return None if math.isnan(score) else score >= least
