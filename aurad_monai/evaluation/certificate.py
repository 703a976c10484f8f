# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""No-copy certificate: the tests of memory of a synthetic set, their targets and whether they are met, as JSON.

In: `Results` of an evaluation with the privacy tests. Out: certificate.json, and certificate.json.minisig where a key
is given. Everything that somebody needs to run it again stands in it: command, seed, versions, hashes of weights and
sets. `verify` checks a certificate by itself, `compare_certificates` beside one that was made anew.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from aurad_monai.errors import InputError
from aurad_monai.evaluation.images.extraction import OWN_NEAREST, OWN_SOURCE
from aurad_monai.evaluation.images.privacy import MEMBERSHIP
from aurad_monai.evaluation.images.reidentification import TWIN_NEARER, TWIN_PLANTED, TWIN_POWER, TWIN_SHARE
from aurad_monai.evaluation.metric_result import MetricResult
from aurad_monai.evaluation.results import Results, format_interval
from aurad_monai.export.checks import check_file_signature, sign_file
from aurad_monai.files import read_json, write_json

FILE = "certificate.json"
PROTOCOL = 2
"""Counts up when a test or a target changes."""
NEAREST_CHANCE = 0.55
"""Largest AUROC that counts as no memory."""
MIN_POWER = 0.8
"""Least AUROC of the twin network between films of one and of two unseen patients; below it its tests are void."""
TOLERANCE = 0.02
"""Largest difference of a value between two runs of one certificate: libraries round differently."""
LIMITS = (
    "A certificate shows that these tests found no copy; it cannot show that there is none.",
    "Similarity is correlation of lung and frame descriptors: a copy of a part of a film can pass.",
    "The twin network is small: it finds the patients that it can tell apart, as its AUROC on unseen patients says.",
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
    Target(MEMBERSHIP, f"at most {NEAREST_CHANCE}", lambda metric: metric.value[0] <= NEAREST_CHANCE),
    Target(TWIN_POWER, f"at least {MIN_POWER}", lambda metric: metric.value[0] >= MIN_POWER),
    Target(TWIN_SHARE, "not above held-out films", lambda metric: metric.value[1] <= metric.real[2]),
    Target(TWIN_NEARER, f"at most {NEAREST_CHANCE}", lambda metric: metric.value[0] <= NEAREST_CHANCE),
    Target(TWIN_PLANTED, "all", lambda metric: metric.value[0] == 1),
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
    missed, not_run = sum(not test["met"] for test in tests), _not_run(tests)
    passed = not missed and not not_run
    failed = f"not passed: {missed} of {len(tests)} tests missed, {len(not_run)} not run"
    return {
        "certificate": "no copy of training films was found by these tests" if passed else failed,
        "protocol": PROTOCOL,
        "passed": passed,
        "tests": tests,
        "not_run": [{"test": name, "why": results.unanswered.get(name, "not requested")} for name in not_run],
        "sets": {
            role: {"name": part.name, "count": part.count, "sha256": part.digest} for role, part in results.sets.items()
        },
        "seed": seed,
        "record": dict(results.record),
        "limits": list(LIMITS),
    }


def _not_run(tests: Sequence[Mapping[str, Any]]) -> list[str]:
    """Targets of which there is no test."""
    names = [str(test["name"]) for test in tests]
    return [target.name for target in TARGETS if not any(name.startswith(target.name) for name in names)]


def read_certificate(path: str | Path) -> dict[str, Any]:
    """A certificate of this protocol; InputError where the file is none, or a value in it does not fit its verdict."""
    file = Path(path) / FILE if Path(path).is_dir() else Path(path)
    try:
        content = dict(read_json(file))
        protocol, tests = int(content["protocol"]), list(content["tests"])
        names = {"sets": dict(content["sets"]), "record": dict(content["record"])}
        wrong = [test["name"] for test in tests if _is_met(test) != test["met"]] if protocol == PROTOCOL else []
        passed = bool(tests) and all(test["met"] for test in tests) and not _not_run(tests)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise InputError("verify", file, "a certificate.json of aurad evaluate", "give another file") from error
    if protocol != PROTOCOL:
        raise InputError(
            "verify", f"{file} of protocol {protocol}", f"protocol {PROTOCOL}", "make the certificate again"
        )
    if wrong or passed != content.get("passed"):
        allowed = "verdicts that follow from the values"
        raise InputError("verify", f"{file}: {', '.join(wrong) or 'passed'}", allowed, "make the certificate again")
    return content | names


def _is_met(test: Mapping[str, Any]) -> bool:
    """Whether the values of a test meet its target; KeyError or ValueError where it is none."""
    keys = {"target", "met"}
    metric = MetricResult.from_json({key: value for key, value in test.items() if key not in keys})
    target = next((one for one in TARGETS if metric.name.startswith(one.name)), None)
    if target is None or target.words != test["target"]:
        raise ValueError(f"{metric.name} has no such target")
    return bool(target.met(metric))


def verify(path: str | Path, key: str | None = None) -> list[str]:
    """Check a certificate by itself; gives lines for the reader.

    Args:
        path: certificate.json, or the folder it lies in.
        key: the minisign public key of who signed it; None checks no signature, and says so.

    Raises:
        InputError: it is no certificate of this protocol, its verdicts do not follow from its values, or the signature
            is missing or of another key or content.
    """
    file = Path(path) / FILE if Path(path).is_dir() else Path(path)
    content = read_certificate(file)
    signed = (
        f"signed: {check_file_signature(file, key)}" if key is not None else "signature: not checked, no --public_key"
    )
    lines = [str(content["certificate"]), signed]
    lines += [
        f"{'met' if test['met'] else 'missed'}: {test['name']} {test['group']}".rstrip()
        + f": {format_interval(MetricResult.from_json(_values(test)).value)}, target {test['target']}"
        for test in content["tests"]
    ]
    lines += [f"not run: {item['test']}: {item['why']}" for item in content["not_run"]]
    return [*lines, f"run again: {content['record'].get('command', 'no command is stated')}"]


def _values(test: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in test.items() if key not in ("target", "met")}


def compare_certificates(first: Mapping[str, Any], second: Mapping[str, Any]) -> tuple[list[str], bool]:
    """Lines that say what a certificate and one that was made anew have in common, and whether they agree.

    They agree where sets and weights are the same and each test has the same verdict and a value within `TOLERANCE`.

    Args:
        first: as `read_certificate` gives it.
        second: the same.
    """
    lines, agree = [], True
    for role in sorted({*first["sets"], *second["sets"]}):
        digests = [part["sets"].get(role, {}).get("sha256") for part in (first, second)]
        agree &= digests[0] == digests[1]
        lines.append(f"{role}: {'the same cases' if digests[0] == digests[1] else 'other cases'}")
    weights = [[bundle.get("weights") for bundle in part["record"].get("bundles", [])] for part in (first, second)]
    agree &= weights[0] == weights[1]
    lines.append("weights: " + ("the same" if weights[0] == weights[1] else "others"))
    tests = [{(test["name"], test["group"]): test for test in part["tests"]} for part in (first, second)]
    for key in dict.fromkeys([*tests[0], *tests[1]]):
        one, other = (part.get(key) for part in tests)
        name = " ".join(key).rstrip()
        if one is None or other is None:
            lines.append(f"{name}: only in one of them")
            agree = False
            continue
        values = [MetricResult.from_json(_values(test)).value for test in (one, other)]
        near = np.isclose(values[0][0], values[1][0], rtol=0, atol=TOLERANCE, equal_nan=True)
        same = bool(one["met"] == other["met"] and near)
        agree &= same
        lines.append(f"{name}: {' and '.join(map(format_interval, values))}, {'agree' if same else 'do not agree'}")
    return lines, agree


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
