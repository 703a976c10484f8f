# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Provenance of a case: labels, request, seed, weights, version and verdict, written into its files.

In: a case and what its dataset shares. Out: plain data for the manifest, and text chunks for the PNG.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from aurad_monai import __version__
from aurad_monai.case import Case

LICENCE = "CC BY 4.0; name the sources in docs/data_license.txt of the bundles"
INTENDED_USE = "research: training and testing of detection, segmentation and classification of chest radiographs"
NOT_INTENDED = "diagnosis, treatment or any other clinical use; passing these images off as those of patients"
SOURCE = "synthetic: made by a model, shows no patient"


@dataclass(frozen=True)
class Provenance:
    """What all cases of a dataset share.

    Args:
        bundles: name, version and hashes of weights and configs of every bundle, as `inventory.describe_bundles` gives.
        settings: of the sampler, such as steps and guidance.
        version: of this package.
    """

    bundles: Sequence[Mapping[str, Any]] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)
    version: str = __version__

    @property
    def configs(self) -> dict[str, str]:
        """Sha256 of the config that makes cases, thresholds of the experts among it, by BUNDLE/FILE."""
        return {
            f"{bundle['name']}/{file}": digest
            for bundle in self.bundles
            for file, digest in bundle.get("configs", {}).items()
            if file.endswith("/inference.json")
        }

    @property
    def weights(self) -> dict[str, str]:
        """Sha256 of every weight file, by BUNDLE/FILE."""
        return {
            f"{bundle['name']}/{file}": digest
            for bundle in self.bundles
            for file, digest in bundle.get("weights", {}).items()
        }


def describe_case(case: Case) -> dict[str, Any]:
    """What the manifest and the PNG both say of a case: its labels, how it was requested, and the verdict."""
    return {
        "id": case.id,
        "seed": int(case.seed),
        "prompt": case.prompt,
        "findings": asdict(case.findings),
        "requested": asdict(case.requested),
        "resolved": asdict(case.resolved),
        "spacing": case.spacing,
        "accepted": bool(case.accepted),
        "reasons": [str(reason) for reason in case.reasons],
        "not_judged": list(case.not_judged),
        "why_not_judged": dict(case.not_judged),
    }


def png_text(case: Case, made_by: Provenance) -> dict[str, str]:
    """Text chunks of a case's PNG: keywords of the PNG standard (11.3.3.2), and everything as JSON under `aurad`."""
    record = {
        **describe_case(case),
        "version": made_by.version,
        "weights": made_by.weights,
        "settings": dict(made_by.settings),
    }
    return {
        "Software": f"aurad-monai {made_by.version}",
        "Source": SOURCE,
        "Disclaimer": f"not for {NOT_INTENDED}",
        "Copyright": LICENCE,
        "Description": case.caption,
        "aurad": json.dumps(record),
    }


def describe_use() -> dict[str, Any]:
    """What dataset.json says to whoever finds it: synthetic, licence, what it is for and what it is not for."""
    return {
        "synthetic": True,
        "licence": LICENCE,
        "intended_use": INTENDED_USE,
        "not_for": NOT_INTENDED,
    }
