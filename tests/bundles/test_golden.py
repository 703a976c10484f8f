# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""The shipped weights say the same to 1e-4 whatever the versions of MONAI, torch and Python."""

from __future__ import annotations

import json

import pytest

from aurad_monai.bundles.bundle import expected_hashes
from tests.bundles import golden, tiny

STORED = json.loads(golden.PATH.read_text(encoding="utf-8"))


def test_golden_values_are_of_the_shipped_weights() -> None:
    for bundle, networks in golden.NETWORKS.items():
        hashes = expected_hashes(tiny.BUNDLES / bundle / "models")
        for name, weights in networks.items():
            assert STORED[bundle][name]["sha256"] == hashes[weights], f"weights have changed: run {golden.COMMAND}"


@pytest.mark.parametrize("bundle", golden.NETWORKS)
def test_networks_answer_as_stored(bundle: str) -> None:
    for name, found in golden.answers(bundle).items():
        stored = STORED[bundle][name]
        tolerance = 1e-4 * max(1.0, stored["std"])
        assert stored["std"] > 1e-3
        assert found["values"] == pytest.approx(stored["values"], abs=tolerance), name
        assert (found["mean"], found["std"]) == pytest.approx((stored["mean"], stored["std"]), abs=tolerance), name
