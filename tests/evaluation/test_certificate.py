# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""The certificate passes only where every test was run and met, says what it rests on, and its signature holds."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from aurad_monai.evaluation.certificate import FILE, TARGETS, certificate, write_certificate
from aurad_monai.evaluation.images.extraction import OWN_NEAREST, OWN_SOURCE
from aurad_monai.evaluation.metric_result import MetricResult
from aurad_monai.evaluation.results import EvaluatedSet, Results
from tests.export.keys import write_keys

GOOD = [
    MetricResult("privacy", OWN_SOURCE, (0.51, 0.4, 0.6), 40),
    MetricResult("privacy", OWN_NEAREST, (0.1, 0.05, 0.2), 40, real=(0.1, 0.05, 0.2)),
    MetricResult(
        "privacy", "share nearer than 99% of held-out real images", (0.0, 0.0, 0.01), 40, real=(0.01, 0, 0.02)
    ),
    MetricResult("privacy", "nearer than held-out real images, AUROC", (0.4, 0.35, 0.45), 40),
    MetricResult("privacy", "planted copies found", (1.0, 1.0, 1.0), 20, "exact"),
    MetricResult("privacy", "planted copies found", (1.0, 1.0, 1.0), 20, "shifted"),
    MetricResult("privacy", "membership inference by loss, AUROC", (0.52, 0.48, 0.56), 40),
]
RESULTS = Results({"synthetic": EvaluatedSet("runs/x", 40, "0" * 64)}, [], GOOD, {}, {"command": "aurad evaluate"})


def test_everything_met_passes_and_says_what_it_rests_on() -> None:
    content = certificate(RESULTS, 3)
    assert content["passed"] and content["not_run"] == [] and len(content["tests"]) == len(GOOD)
    assert content["certificate"].startswith("no copy")
    assert content["seed"] == 3 and content["sets"]["synthetic"] == {"name": "runs/x", "count": 40, "sha256": "0" * 64}
    assert content["record"] == {"command": "aurad evaluate"} and content["limits"]


@pytest.mark.parametrize("number", range(len(GOOD)))
def test_one_bad_value_fails_it(number: int) -> None:
    bad = list(GOOD)
    value = (0.9, 0.8, 1.0)
    bad[number] = replace(bad[number], value=value)
    content = certificate(replace(RESULTS, metrics=bad), 0)
    assert not content["passed"] and [test["met"] for test in content["tests"]].count(False) == 1


@pytest.mark.parametrize("target", [target.name for target in TARGETS])
def test_a_test_that_was_not_run_fails_it_and_is_named(target: str) -> None:
    left = [metric for metric in GOOD if not metric.name.startswith(target)]
    content = certificate(replace(RESULTS, metrics=left), 0)
    assert not content["passed"] and content["not_run"] == [target]
    assert content["certificate"].startswith("not passed") and content["certificate"].endswith("1 not run")


def test_the_file_is_signed_and_a_change_breaks_the_signature(tmp_path: Path) -> None:
    minisign = pytest.importorskip("minisign")
    secret, public = tmp_path / "secret", tmp_path / "public"
    write_keys(secret, public)
    path = write_certificate(RESULTS, 0, tmp_path, str(secret))
    assert path.name == FILE and json.loads(path.read_text())["passed"]
    signature = minisign.Signature.from_file(tmp_path / f"{FILE}.minisig")
    key = minisign.PublicKey.from_file(public)
    key.verify(path.read_bytes(), signature)
    with pytest.raises(minisign.Error):
        key.verify(path.read_bytes().replace(b"true", b"false"), signature)
