# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""A request resolved: complete, the same for the same prompt and seed, and what is said is not sampled."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest

from aurad_monai.errors import InputError
from aurad_monai.prompts.finding import ClinicalFindings, Finding
from aurad_monai.prompts.parse import parse
from aurad_monai.request.resolve import complete, resolve, resolve_masks
from aurad_monai.request.streams import Stream, entropy
from aurad_monai.vocabulary import FINDING_NAMES, channel, finding
from tests.conftest import ellipse_chest

SIZE = 64


class Shifted:
    """A prior of one chest, moved sideways at random."""

    field_of_view = 320.0

    def sample(self, seed: np.random.Generator, size: int) -> npt.NDArray[np.uint8]:
        return np.roll(ellipse_chest(size), int(seed.integers(size)), axis=-1)


PRIOR = Shifted()
TEN = (*(f"{term} on the left" for term in ("effusion", "mass", "nodule", "pneumothorax")), "normal", "AP view", "mass",
       "small mass", "PA view", "20-year-old woman")  # fmt: skip


def test_everything_is_chosen_and_stands_beside_what_was_said() -> None:
    case = resolve("mass, no effusion", 3, PRIOR, SIZE, name="a")
    assert case.requested == parse("mass, no effusion")
    (mass,) = case.resolved.present
    assert None not in (mass.laterality, mass.severity, mass.percent)
    assert [item.name for item in case.resolved.absent] == ["effusion"]
    assert None not in (case.resolved.view, case.resolved.sex, case.resolved.age)
    assert (case.id, case.prompt, case.seed) == ("a", "mass, no effusion", 3)
    assert case.anatomy is not None and case.pathology is None and case.accepted


def test_the_same_prompt_and_seed_give_the_same_request_in_whatever_words() -> None:
    one, other = (resolve(words, 3, PRIOR, SIZE) for words in ("left effusion and mass", "mass, left pleural effusion"))
    assert one.resolved == other.resolved and one.seed_text == other.seed_text
    assert np.array_equal(one.anatomy, other.anatomy)  # type: ignore[arg-type]


def test_ten_prompts_at_one_seed_have_ten_chests_and_noises() -> None:
    cases = [resolve(prompt, 0, PRIOR, 1024) for prompt in TEN]
    assert len({case.anatomy.tobytes() for case in cases}) == len(TEN)  # type: ignore[union-attr]
    for stream in (Stream.MASK, Stream.IMAGE):
        assert len({entropy(stream, case.seed, case.seed_text) for case in cases}) == len(TEN)


@pytest.mark.parametrize("seed", range(5))
def test_to_say_more_of_one_thing_changes_no_other(seed: int) -> None:
    short = complete(parse("mass and effusion"), seed)
    view = complete(parse("PA view, mass and effusion"), seed)
    assert replace(view, view=short.view) == short
    side = complete(parse("left mass and effusion"), seed)
    effusion = next(item for item in short.present if item.name == "effusion")
    assert effusion in side.present and side.age == short.age
    open_, aged = complete(ClinicalFindings(), seed), complete(ClinicalFindings(age=20), seed)
    assert aged == replace(open_, age=20)


def test_an_open_prompt_gets_findings_that_occur_together() -> None:
    made = [complete(ClinicalFindings(), seed) for seed in range(60)]
    assert any(len(case.present) > 1 for case in made)
    healthy = [case for case in made if not case.present]
    assert healthy and all(len(case.absent) == len(FINDING_NAMES) for case in healthy)
    for item in (item for case in made for item in case.present):
        assert item.severity and item.percent and (item.laterality or not finding(item.name).sided)


def test_a_sampled_anatomy_has_a_scale_and_a_given_one_has_none() -> None:
    case = resolve("3 cm left mass", 0, PRIOR, SIZE)
    assert case.spacing == 320 / SIZE
    lungs = int((case.anatomy[:2].max(axis=0) > 0).sum())  # type: ignore[index]
    expected = 100 * math.pi / 4 * (30 / case.spacing) ** 2 / lungs
    assert case.resolved.present[0].percent == pytest.approx(expected)
    assert case.requested.present[0].centimeters == 3
    assert resolve("3 cm left mass", 0, PRIOR, SIZE, spacing=4.0).spacing == 4
    given = ellipse_chest(SIZE)
    assert resolve("mass", 0, PRIOR, SIZE, given).spacing is None
    with pytest.raises(InputError, match="--spacing"):
        resolve("3 cm left mass", 0, PRIOR, SIZE, given)


def test_given_masks_are_what_is_requested_and_their_noise_is_that_of_the_seed_alone() -> None:
    anatomy, pathology = ellipse_chest(), np.zeros((len(FINDING_NAMES), 256, 256), np.uint8)
    without = resolve_masks(pathology, anatomy, 9, "AP view")
    pathology = pathology.copy()
    pathology[channel("mass"), 80:110, 70:100] = 1
    case = resolve_masks(pathology, anatomy, 9, "AP view")
    assert case.requested.view == "AP" and case.requested.sex is None
    assert [(item.name, item.laterality) for item in case.requested.present] == [("mass", "right")]
    assert parse(case.prompt) == case.requested and "mass" in case.prompt
    assert replace(case.resolved, findings=()) == without.resolved  # the same patient
    assert case.seed_text == without.seed_text == ""


def test_a_negative_seed_is_refused() -> None:
    with pytest.raises(InputError, match="seed"):
        resolve("mass", -1, PRIOR, SIZE)


def test_findings_complete_stay_as_they_are() -> None:
    said = ClinicalFindings((Finding("mass", "left", "upper", "small", percent=3.0),), "PA", "male", 60)
    assert complete(said, 4) == said
