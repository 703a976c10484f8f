# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""The report finds the truth of simulated studies within its intervals, and counts by hand what can be counted."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from aurad_monai.errors import InputError
from aurad_monai.readers.answers import Answer
from aurad_monai.readers.mrmc import Merit, auc, obuchowski_rockette, share, share_difference
from aurad_monai.readers.report import report_study
from aurad_monai.readers.study import Design, Study, new_study
from aurad_monai.readers.write_report import as_html, as_lines, write_report
from tests.readers.small_study import cases, small_study

CUTS = np.array([-np.inf, -1.2, -0.8, -0.4, -0.2, 0.0, 0.2, 0.4, 0.8, 1.2, np.inf])
LEVELS = np.array([-5, -4, -3, -2, -1, 1, 2, 3, 4, 5])


def simulated(
    rng: np.random.Generator, apart: float, readers: int = 6, cases: int = 25
) -> tuple[np.ndarray, np.ndarray]:
    """Ratings (1, readers, 2 x cases) of the equal-variance model: a case effect and a reader's own skill and noise."""
    truth = np.repeat([1, 0], cases)
    case = rng.normal(0, np.sqrt(0.3), 2 * cases)
    skill = rng.normal(0, 0.2, readers)
    noise = rng.normal(0, np.sqrt(0.7), (readers, 2 * cases))
    latent = case[None] + noise + (0.5 - truth)[None] * (apart + skill[:, None])
    return LEVELS[np.searchsorted(CUTS, latent) - 1][None], truth


@pytest.mark.parametrize(
    ("studies", "merits"),
    [
        (100, (share_difference, auc)),
        pytest.param(400, (share(0), share(1), share_difference, auc), marks=pytest.mark.stress),
    ],
)
def test_intervals_hold_the_truth_in_at_least_90_of_100_studies(studies: int, merits: tuple[Merit, ...]) -> None:
    for apart in (0.0, 1.0):
        rng = np.random.default_rng(1)
        big, truth = simulated(np.random.default_rng(0), apart, readers=400, cases=2000)
        expected = [float(merit(big, truth).mean()) for merit in merits]
        held = np.zeros(len(merits))
        for _ in range(studies):
            ratings, truth = simulated(rng, apart)
            found = [obuchowski_rockette(ratings, truth, merit).treatment() for merit in merits]
            held += [low <= value <= high for (_, low, high), value in zip(found, expected, strict=True)]
        assert min(held) >= 0.9 * studies


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    return small_study(tmp_path_factory.mktemp("report") / "study", 6, 4, 2)


def answers(study: Study, reader: str, right: float, seed: int) -> list[Answer]:
    """Answers of a reader who is right so often; every outline of a mass is partly useful."""
    rng, found = np.random.default_rng(seed), []
    for item in study.order(reader):
        truth = study.truths[item.id]
        if item.part == "outlines":
            found.append(Answer(reader, item.id, useful="partly", seconds=2.0))
            continue
        other = "real" if truth.kind == "generated" else "generated"
        judged = truth.kind if rng.random() < right else other
        named = "mass" if truth.findings else "none"
        found.append(Answer(reader, item.id, judged, int(rng.integers(1, 6)), named, seconds=4.0))
    return found


def test_perfect_and_guessing_readers(study: Study) -> None:
    report = report_study(study, [*answers(study, "a", 1.0, 0), *answers(study, "b", 1.0, 1)])
    assert report.readers == ("a", "b") and (report.generated, report.real) == (6, 6)
    pooled = {name: figure.pooled[0] for name, figure in report.figures.items()}
    assert pooled["generated_judged_real"] == 0 and pooled["real_judged_real"] == 1 and pooled["auc"] == 1
    assert pooled["difference_judged_real"] == -1 and report.equivalent > 0.99 and report.agreement == 1
    assert report.repeated == {"a": (1.0, 4), "b": (1.0, 4)} and report.seconds == {"a": 4.0, "b": 4.0}
    asked = sum(t.findings != () and not t.repeats for t in study.truths.values() if t.kind == "generated")
    assert report.named[0] == 1 and 0 < report.named[3] <= 2 * asked
    outlines = sum(item.part == "outlines" for item in study.items)
    assert report.useful == {"mass": (0, 2 * outlines, 0)}


def test_an_unfinished_reader_is_named_and_not_pooled(study: Study) -> None:
    report = report_study(study, [*answers(study, "a", 0.7, 0), *answers(study, "b", 0.7, 1)[:5]])
    assert report.readers == ("a",) and report.unfinished == {"b": (5, len(study.items))}
    assert any(line.startswith("not pooled: b, 5 of") for line in as_lines(report))


def test_agreement_of_two_readers_is_kappa_by_hand(study: Study) -> None:
    report = report_study(study, [*answers(study, "a", 0.6, 5), *answers(study, "b", 0.6, 8)])
    first, second = report.ratings > 0
    agreed, often = float(np.mean(first == second)), float(np.mean([first, second]))
    chance = often**2 + (1 - often) ** 2
    assert report.agreement == pytest.approx((agreed - chance) / (1 - chance))


def test_files_are_readable_and_hold_the_ratings(study: Study, tmp_path: Path) -> None:
    report = report_study(study, [*answers(study, "a", 0.7, 0), *answers(study, "<b>", 0.7, 1)])
    write_report(report, tmp_path)
    content = json.loads((tmp_path / "report.json").read_text())
    assert content["figures"]["auc"]["pooled"][0] == pytest.approx(report.figures["auc"].pooled[0])
    rows = list(csv.DictReader((tmp_path / "imrmc.csv").open()))
    assert list(rows[0]) == ["readerID", "caseID", "modalityID", "score"]
    truth = {row["caseID"]: int(row["score"]) for row in rows if row["readerID"] == "truth"}
    assert sum(truth.values()) == 6 and len(truth) == 12 and len(rows) == 3 * 12
    page = as_html(report)
    assert "<script" not in page and "<b>" not in page and "&lt;b&gt;" in page


def test_a_study_without_answers_is_refused(study: Study) -> None:
    with pytest.raises(InputError, match="a study with answers"):
        report_study(study, [])


@pytest.fixture(scope="module")
def two_runs(tmp_path_factory: pytest.TempPathFactory) -> Study:
    made = {"good": cases("good", 9, True), "bad": cases("bad", 9, True)}
    folder = tmp_path_factory.mktemp("two") / "study"
    return new_study(folder, made, cases("film", 9, False), Design(6, 2, 4, 5))


def compared_answers(study: Study, reader: str, seed: int) -> list[Answer]:
    """A reader who takes the good run for real as often as films, and finds out the bad one."""
    rng, found = np.random.default_rng(seed), []
    for item in study.order(reader):
        if item.part == "outlines":
            found.append(Answer(reader, item.id, useful="yes", seconds=1.0))
            continue
        real = study.truths[item.id].made != "bad" and rng.random() < 0.8
        judged = "real" if real else "generated"
        found.append(Answer(reader, item.id, judged, int(rng.integers(1, 6)), "none", seconds=1.0))
    return found


def test_two_runs_are_compared_against_the_same_films(two_runs: Study, tmp_path: Path) -> None:
    report = report_study(two_runs, [a for n, code in enumerate("abcd") for a in compared_answers(two_runs, code, n)])
    assert (report.generated, report.real) == (12, 6) and set(report.made) == {"", "good", "bad"}
    judged, told = report.compared["generated_judged_real"], report.compared["auc"]
    assert judged.runs["bad"][0] == 0 < judged.runs["good"][0] and judged.p < 0.05 and told.p < 0.2
    difference = judged.differences["bad less good"]
    assert difference[0] == pytest.approx(-judged.runs["good"][0]) and difference[2] < 0
    assert told.runs["bad"][0] > told.runs["good"][0]
    write_report(report, tmp_path)
    rows = list(csv.DictReader((tmp_path / "imrmc.csv").open()))
    counts = {run: sum(row["modalityID"] == run for row in rows) for run in ("good", "bad", "truth")}
    assert counts == {"good": 4 * 12, "bad": 4 * 12, "truth": 18}
    assert "Runs side by side" in as_html(report) and any(
        line.startswith("bad less good") for line in map(str.strip, as_lines(report))
    )


def test_one_run_or_one_reader_is_not_compared(study: Study, two_runs: Study) -> None:
    assert report_study(study, [*answers(study, "a", 0.7, 0), *answers(study, "b", 0.7, 1)]).compared == {}
    assert report_study(two_runs, compared_answers(two_runs, "a", 0)).compared == {}
