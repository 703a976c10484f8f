# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""The keys of a case: one dictionary goes the whole way, and every step only adds to it."""

from __future__ import annotations


class Keys:
    """String constants, in the order a case collects them; `image` is the string MONAI's `CommonKeys.IMAGE` has.

    They are plain strings and this file does not import MONAI, so that naming a key costs nothing.
    """

    id = "id"
    """name of the case and stem of its files"""
    seed = "seed"
    """integer from which the case's noise comes"""
    prompt = "prompt"
    """the user's text"""
    findings = "findings"
    """`ClinicalFindings` read from the prompt"""
    context = "context"
    """(TOKENS, FEATURES) float32, the findings as the networks see them"""
    anatomy = "anatomy"
    """(3, H, W) uint8 0/1, in the order of `ANATOMY_NAMES`"""
    region = "region"
    """(findings, H, W) float32, where each asked finding may lie"""
    pathology = "pathology"
    """(findings, H, W) uint8 0/1, in the order of `FINDING_NAMES`; channels may overlap"""
    image = "image"
    """(1, H, W) float32 in [0, 1]"""
    scores = "scores"
    """what the experts measured, by name"""
    verdict = "verdict"
    """accepted or not, with reasons"""
