# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""From cases to a report: every case has its verdict, the tables add up, and the page needs nothing but itself."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from aurad_monai.case import Case
from aurad_monai.errors import InputError
from aurad_monai.filtering.criteria.criterion import CriterionResult, ExpertPredictions, not_evaluated
from aurad_monai.filtering.filter_run import FilteredCase, filter_cases, thumbnail
from aurad_monai.filtering.summary import acceptance_by_finding, funnel
from aurad_monai.filtering.verdict import ExpertFilter, FilterRun
from aurad_monai.filtering.write_report import write_report
from aurad_monai.io import case_folder
from aurad_monai.io.datalist import save_channels, save_image
from aurad_monai.prompts.finding import ClinicalFindings
from aurad_monai.prompts.parse import parse
from aurad_monai.vocabulary import channel
from tests.conftest import ellipse_chest
from tests.filtering.planted import good_predictions

IMAGE = np.tile(np.linspace(0, 1, 256, dtype=np.float32), (256, 1))[None]


class Named:
    """A criterion that fails the cases whose id it is given."""

    def __init__(self, name: str, fails: str = "", on_masks: bool = False) -> None:
        self.name, self.fails = name, fails
        if on_masks:
            self.evaluate_masks = self._masks
        else:
            self.evaluate = self._image

    def _masks(self, case: Case) -> list[CriterionResult]:
        return [CriterionResult(f"{self.name}.x", 0.5, 0.4, case.id not in self.fails, f"<{self.name}> of {case.id}")]

    def _image(self, case: Case, predictions: ExpertPredictions | None) -> list[CriterionResult]:
        return [*self._masks(case), not_evaluated(f"{self.name}.mass", "nobody knows")]


class Blind(ExpertFilter):
    """A filter whose experts see the schematic chest in every image."""

    def __init__(self, *criteria: Named) -> None:
        super().__init__(None, None, None, criteria)  # type: ignore[arg-type]

    def _predict(self, images: np.ndarray, masks: object) -> list[ExpertPredictions]:
        return [good_predictions()] * len(images)


def given(name: str, prompt: str = "", **attributes: object) -> Case:
    findings = parse(prompt) if prompt else ClinicalFindings(())
    case = Case(name, prompt, requested=findings, resolved=findings, image=IMAGE)
    return replace(case, **attributes)  # type: ignore[arg-type]


@pytest.fixture
def filtered() -> tuple[list[FilteredCase], FilterRun]:
    cases = [given("a", "mass"), given("b", "mass"), given("c"), given("d"), given("e", image=None, fault="torn <b>")]
    expert_filter = Blind(Named("place", "b", on_masks=True), Named("seen", "bc"), Named("late", "c"))
    run = FilterRun()
    return filter_cases(cases, expert_filter, batch_size=2, progress=False, run=run), run


def test_every_case_has_its_verdict(filtered: tuple[list[FilteredCase], FilterRun]) -> None:
    cases, run = filtered
    assert {case.case.id: case.case.accepted for case in cases} == {"a": 1, "b": 0, "c": 0, "d": 1, "e": 0}
    assert cases[1].case.reasons == ("<place> of b", "<seen> of b")
    assert "torn" in cases[4].case.reasons[0]
    assert set(run.seconds) == {"place", "seen", "late", "experts"}


def test_every_file_of_a_folder_is_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names = [f"c{number}" for number in range(5)]
    for name in names:
        save_image(tmp_path / "images" / f"{name}.png", (IMAGE[0] * 255).astype(np.uint8))
        save_channels(tmp_path / "anatomy" / f"{name}.nii.gz", ellipse_chest())
    read: list[str] = []
    for reader in ("open_image", "read_anatomy"):
        original = getattr(case_folder, reader)

        def counted(path: Path, *rest: int, original: Callable[..., np.ndarray] = original) -> np.ndarray:
            read.append(path.name)
            return original(path, *rest)

        monkeypatch.setattr(case_folder, reader, counted)
    filtered = filter_cases(case_folder.CaseFolder(tmp_path), Blind(Named("a")), batch_size=2, progress=False)
    assert all(case.case.accepted for case in filtered)
    assert sorted(read) == sorted(f"{name}.{ending}" for name in names for ending in ("png", "nii.gz"))


def test_the_funnel_adds_up(filtered: tuple[list[FilteredCase], FilterRun]) -> None:
    cases, _ = filtered
    steps = {step.criterion: step for step in funnel(cases, {"seen": 2.0})}
    assert [(name, step.failed, step.rejected_first, step.remaining) for name, step in steps.items()] == [
        ("place", 1, 1, 4),
        ("seen", 2, 1, 3),
        ("late", 1, 0, 3),
        ("unchecked", 0, 0, 3),
        ("readable_file", 1, 1, 2),
    ]
    assert steps["seen"].seconds == 2.0
    assert sum(step.rejected_first for step in steps.values()) == sum(not case.case.accepted for case in cases)


def test_acceptance_counts_what_was_asked_for(filtered: tuple[list[FilteredCase], FilterRun]) -> None:
    rates = {rate.finding: (rate.cases, rate.accepted) for rate in acceptance_by_finding(filtered[0])}
    assert rates == {"mass": (2, 1), "no finding": (3, 1)}


class Sources(HTMLParser):
    """What a page would load, and its text."""

    def __init__(self) -> None:
        super().__init__()
        self.loaded: list[str] = []
        self.tags: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.loaded += [value or "" for name, value in attrs if name in ("src", "href", "data", "action")]


def test_the_report_is_whole_and_self_contained(filtered: tuple[list[FilteredCase], FilterRun], tmp_path: Path) -> None:
    cases, run = filtered
    path = write_report(tmp_path / "report", "a <run>", cases, run.seconds, {"command": "aurad filter"})
    page = (path / "report.html").read_text()
    sources = Sources()
    sources.feed(page)
    assert len(sources.loaded) == 4 and all(item.startswith("data:image/png;base64,") for item in sources.loaded)
    assert not {"script", "link", "iframe"} & set(sources.tags) and not re.search(r"https?://|url\(|@import", page)
    assert "a &lt;run&gt;" in page and "<place>" not in page and "<b>" not in page
    lines = [json.loads(line) for line in (path / "manifest.jsonl").read_text().splitlines()]
    assert [line["id"] for line in lines] == list("abcde")
    assert lines[0]["results"][0] | {"reason": ""} == {
        "criterion": "place.x",
        "score": 0.5,
        "threshold": 0.4,
        "pass": True,
        "evaluated": True,
        "reason": "",
        "measure": "",
    }
    assert lines[0]["results"][2]["score"] is None  # JSON has no NaN
    content = json.loads((path / "run.json").read_text())
    assert content["command"] == "aurad filter" and content["acceptance_rate"] == 0.4
    with pytest.raises(InputError, match="--overwrite"):
        write_report(tmp_path / "report", "again", cases, {}, {})


def test_a_thumbnail_shows_the_outline_alone() -> None:
    import io

    from PIL import Image

    masks = np.zeros((13, 256, 256), np.uint8)
    masks[0, 64:128, 64:128] = 1
    picture = np.asarray(Image.open(io.BytesIO(thumbnail(IMAGE, masks))))
    assert tuple(picture[32, 40]) == (255, 176, 0)
    assert picture[48, 48, 0] == picture[48, 48, 2]  # inside the mask the radiograph stays visible
    assert np.asarray(Image.open(io.BytesIO(thumbnail(IMAGE, None)))).ndim == 2


def test_labels_outlive_the_arrays_and_an_earlier_verdict_does_not(
    filtered: tuple[list[FilteredCase], FilterRun],
) -> None:
    pathology = np.zeros((13, 256, 256), np.uint8)
    pathology[channel("mass"), 80:110, 70:100] = 1
    case = given("a", anatomy=ellipse_chest(), pathology=pathology, accepted=False, reasons=("an old one",))
    (record,) = filter_cases([case], Blind(Named("seen")), progress=False)
    assert record.case.image is None and record.case.pathology is None
    assert [(item.name, item.laterality) for item in record.case.findings.present] == [("mass", "right")]
    assert record.case.accepted and record.case.reasons == ()
