# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""No-copy certificate: the tests of memory of a synthetic set, their targets and whether they are met, as JSON.

In: `Results` of an evaluation with the privacy tests. Out: certificate.json, and certificate.json.minisig where a key
is given. Everything that somebody needs to run it again stands in it: command, seed, versions, hashes of weights and
sets.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aurad_monai.evaluation.images.extraction import OWN_NEAREST, OWN_SOURCE
from aurad_monai.evaluation.metric_result import MetricResult
from aurad_monai.evaluation.results import Results
from aurad_monai.export.checks import sign_file
from aurad_monai.files import write_json

FILE = "certificate.json"
PROTOCOL = 1
"""Counts up when a test or a target changes."""
NEAREST_CHANCE = 0.55
"""Largest AUROC that counts as no memory."""
LIMITS = (
    "A certificate shows that these tests found no copy; it cannot show that there is none.",
    "Similarity is correlation of lung and frame descriptors: a copy of a part of a film can pass.",
    "No twin network re-identifies patients here; films of one patient are told apart by the split alone.",
)


@dataclass(frozen=True)
class Target:
    """What a test must show.

    Args:
        name: start of the metric's name.
        words: of the target.
        met: tells by the metric.
    """

    name: str
    words: str
    met: Callable[[MetricResult], bool]


TARGETS = (
    Target(OWN_SOURCE, f"at most {NEAREST_CHANCE}", lambda metric: metric.value[0] <= NEAREST_CHANCE),
    Target(OWN_NEAREST, "not above unseen films", lambda metric: metric.value[1] <= metric.real[2]),
    Target("share nearer than", "not above held-out films", lambda metric: metric.value[1] <= metric.real[2]),
    Target("nearer than held-out", f"at most {NEAREST_CHANCE}", lambda metric: metric.value[0] <= NEAREST_CHANCE),
    Target("planted copies found", "all", lambda metric: metric.value[0] == 1),
    Target("membership inference", f"at most {NEAREST_CHANCE}", lambda metric: metric.value[0] <= NEAREST_CHANCE),
)


def certificate(results: Results, seed: int) -> dict[str, Any]:
    """The content of certificate.json.

    Args:
        results: with rows of the family privacy.
        seed: of the evaluation.
    """
    tests = []
    for metric in results.metrics:
        target = next((one for one in TARGETS if metric.name.startswith(one.name)), None)
        if metric.family == "privacy" and target is not None:
            tests.append({**metric.as_json(), "target": target.words, "met": bool(target.met(metric))})
    done = {target.name for target in TARGETS for test in tests if str(test["name"]).startswith(target.name)}
    missed = sum(not test["met"] for test in tests)
    passed = len(done) == len(TARGETS) and not missed
    failed = f"not passed: {missed} of {len(tests)} tests missed, {len(TARGETS) - len(done)} not run"
    return {
        "certificate": "no copy of training films was found by these tests" if passed else failed,
        "protocol": PROTOCOL,
        "passed": passed,
        "tests": tests,
        "not_run": [target.name for target in TARGETS if target.name not in done],
        "sets": {
            role: {"name": part.name, "count": part.count, "sha256": part.digest} for role, part in results.sets.items()
        },
        "seed": seed,
        "record": dict(results.record),
        "limits": list(LIMITS),
    }


def write_certificate(results: Results, seed: int, folder: Path, key: str | None = None) -> Path:
    """Write certificate.json, and its signature where a minisign secret key is given.

    Raises:
        InputError: the key cannot be used.
    """
    path = folder / FILE
    write_json(path, certificate(results, seed), indent=1)
    if key is not None:
        sign_file(path, key, f"aurad-monai certificate, protocol {PROTOCOL}")
    return path
