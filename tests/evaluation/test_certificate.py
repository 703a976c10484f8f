# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""The certificate passes only where every test was run and met, says what it rests on, and its signature holds."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from aurad_monai.cli import main as cli
from aurad_monai.errors import InputError
from aurad_monai.evaluation.certificate import (
    FILE,
    TARGETS,
    certificate,
    compare_certificates,
    read_certificate,
    verify,
    write_certificate,
)
from aurad_monai.evaluation.images.extraction import OWN_NEAREST, OWN_SOURCE
from aurad_monai.evaluation.images.reidentification import TWIN_NEARER, TWIN_PLANTED, TWIN_POWER, TWIN_SHARE
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
    MetricResult("privacy", TWIN_SHARE, (0.0, 0.0, 0.01), 40, real=(0.01, 0, 0.02)),
    MetricResult("privacy", TWIN_NEARER, (0.4, 0.35, 0.45), 40),
    MetricResult("privacy", TWIN_PLANTED, (1.0, 1.0, 1.0), 20, "exact"),
]
POWER = MetricResult("privacy", TWIN_POWER, (0.9, 0.88, 0.92), 200)
RESULTS = Results(
    {"synthetic": EvaluatedSet("runs/x", 40, "0" * 64)}, [], [*GOOD, POWER], {}, {"command": "aurad evaluate"}
)


def test_everything_met_passes_and_says_what_it_rests_on() -> None:
    content = certificate(RESULTS, 3)
    assert content["passed"] and content["not_run"] == [] and len(content["tests"]) == len(GOOD) + 1
    assert content["certificate"].startswith("no copy")
    assert content["seed"] == 3 and content["sets"]["synthetic"] == {"name": "runs/x", "count": 40, "sha256": "0" * 64}
    assert content["record"] == {"command": "aurad evaluate"} and content["limits"]


@pytest.mark.parametrize("number", range(len(GOOD)))
def test_one_bad_value_fails_it(number: int) -> None:
    bad = [*GOOD, POWER]
    value = (0.9, 0.8, 1.0)
    bad[number] = replace(bad[number], value=value)
    content = certificate(replace(RESULTS, metrics=bad), 0)
    assert not content["passed"] and [test["met"] for test in content["tests"]].count(False) == 1


@pytest.mark.parametrize("target", [target.name for target in TARGETS])
def test_a_test_that_was_not_run_fails_it_and_is_named(target: str) -> None:
    left = [metric for metric in [*GOOD, POWER] if not metric.name.startswith(target)]
    content = certificate(replace(RESULTS, metrics=left, unanswered={OWN_SOURCE: "no masks"}), 0)
    why = "no masks" if target == OWN_SOURCE else "not requested"
    assert not content["passed"] and content["not_run"] == [{"test": target, "why": why}]
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


def test_a_twin_network_without_power_fails_it() -> None:
    blind = replace(POWER, value=(0.7, 0.6, 0.8))
    assert not certificate(replace(RESULTS, metrics=[*GOOD, blind]), 0)["passed"]


def test_a_certificate_is_verified_by_itself(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("minisign")
    secret, public, other = (tmp_path / name for name in ("secret", "public", "other"))
    write_keys(secret, public)
    write_keys(tmp_path / "unused", other)
    path = write_certificate(RESULTS, 0, tmp_path, str(secret))
    lines = verify(tmp_path, str(public))
    assert lines[0].startswith("no copy") and lines[1] == "signed: aurad-monai certificate, protocol 2"
    assert f"met: {OWN_SOURCE}: 0.510 (0.400 to 0.600), target at most 0.55" in lines
    assert lines[-1] == "run again: aurad evaluate" and "not checked" in verify(path)[1]
    assert cli.main(["evaluate", "--verify", str(path), "--public_key", str(public)]) == 0
    assert "signed: aurad-monai" in capsys.readouterr().out
    with pytest.raises(InputError, match="public key that signed"):
        verify(path, str(other))
    path.write_text(path.read_text() + " ")
    assert cli.main(["evaluate", "--verify", str(path), "--public_key", str(public)]) == 2
    assert "an unchanged certificate.json" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"passed": False}, "verdicts that follow"),
        ({"protocol": 1}, "protocol 2"),
        ({"tests": [{"name": "x"}]}, "a certificate.json"),
        ({"tests": []}, "verdicts that follow"),
        ({"sets": 3}, "a certificate.json"),
    ],
)
def test_a_certificate_that_contradicts_itself_is_refused(change: dict[str, object], said: str, tmp_path: Path) -> None:
    path = write_certificate(RESULTS, 0, tmp_path)
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(InputError, match=said):
        read_certificate(path)


def test_a_changed_value_contradicts_its_verdict(tmp_path: Path) -> None:
    path = write_certificate(RESULTS, 0, tmp_path)
    content = json.loads(path.read_text())
    content["tests"][0]["value"] = [0.9, 0.8, 1.0]
    path.write_text(json.dumps(content))
    with pytest.raises(InputError, match="own film under its own masks"):
        verify(path)


def test_two_runs_of_a_certificate_are_compared() -> None:
    first = certificate(RESULTS, 0)
    lines, agree = compare_certificates(first, first)
    assert agree and "synthetic: the same cases" in lines and "weights: the same" in lines
    near = replace(GOOD[0], value=(0.52, 0.4, 0.6))
    assert compare_certificates(first, certificate(replace(RESULTS, metrics=[near, *GOOD[1:], POWER]), 0))[1]
    far = replace(GOOD[0], value=(0.54, 0.4, 0.6))
    lines, agree = compare_certificates(first, certificate(replace(RESULTS, metrics=[far, *GOOD[1:], POWER]), 0))
    assert not agree and f"{OWN_SOURCE}: 0.510 (0.400 to 0.600) and 0.540 (0.400 to 0.600), do not agree" in lines
    lines, agree = compare_certificates(first, certificate(replace(RESULTS, metrics=GOOD), 0))
    assert not agree and f"{TWIN_POWER}: only in one of them" in lines
    other = replace(RESULTS, sets={"synthetic": EvaluatedSet("runs/x", 40, "1" * 64)})
    assert not compare_certificates(first, certificate(other, 0))[1]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--public_key", "k"], "--verify CERTIFICATE"),
        (["x", "--verify", "c"], "--certificate BUNDLE beside a set"),
        (["--verify", "nothing.json"], "a certificate.json"),
    ],
)
def test_one_line_says_what_is_wrong(words: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["evaluate", *words]) == 2
    error = capsys.readouterr().err
    assert said in error and len(error.splitlines()) == 1
