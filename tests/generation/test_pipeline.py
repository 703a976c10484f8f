# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""The whole way of a case on the shipped weights: few steps, but the real networks."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from aurad_monai import vocabulary
from aurad_monai.bundles.bundle import open_bundle
from aurad_monai.bundles.inventory import bundles_root
from aurad_monai.errors import InputError
from aurad_monai.filtering.memorization.kept_images import KeptImages
from aurad_monai.filtering.memorization.perceptual_descriptor import WHOLE, descriptors
from aurad_monai.filtering.other_body_parts import BODY_PARTS
from aurad_monai.filtering.verdict import FilterRun
from aurad_monai.generation.pipeline import MASK_BUNDLE, Pipeline
from aurad_monai.generation.read_plan import PlanDefaults, read_plan
from aurad_monai.generation.replica import PipelineSampler
from aurad_monai.generation.settings import Settings
from aurad_monai.io.datalist import load_channels, save_channels, save_image

PROMPT = "large left pleural effusion and cardiomegaly"


@pytest.fixture(scope="module")
def pipeline() -> Pipeline:
    return Pipeline.from_bundles(device="cpu", size=256)


def test_a_case_has_everything(pipeline: Pipeline) -> None:
    run = pipeline(PROMPT, num=2, seed=3, num_inference_steps=2, accept_all=True, progress=False)
    assert [case.seed for case in run.cases] == [3, 4]
    assert set(run.timing) == {"request", "mask", "mask_filter", "image", "image_filter"}
    for case in run.cases:
        assert case.anatomy.shape == (3, 256, 256) and case.pathology.shape == (13, 256, 256)
        assert case.image is not None and case.image.shape == (1, 256, 256)
        assert 0 <= case.image.min() < case.image.max() <= 1
        assert [item.name for item in case.requested.present] == ["cardiomegaly", "effusion"]
        assert None not in (case.findings.view, case.findings.sex, case.findings.age)
        assert case.spacing == pytest.approx(420 / 256)
        assert case.accepted == (not case.reasons) and case.scores


def test_noise_does_not_depend_on_the_batch(pipeline: Pipeline) -> None:
    together = pipeline(
        PROMPT, num=3, seed=11, num_inference_steps=2, batch_size=3, accept_all=True, progress=False
    ).cases
    alone = pipeline(PROMPT, num=3, seed=11, num_inference_steps=2, batch_size=1, accept_all=True, progress=False).cases
    for one, other in zip(together, alone, strict=True):
        assert one.image is not None and other.image is not None
        assert np.abs(one.image - other.image).mean() < 1e-3


def test_seeds_give_different_chests_masks_and_images(pipeline: Pipeline) -> None:
    first, second = pipeline(PROMPT, num=2, seed=21, num_inference_steps=2, accept_all=True, progress=False).cases
    assert (first.anatomy != second.anatomy).mean() > 0.01
    assert first.image is not None and second.image is not None
    assert np.abs(first.image - second.image).mean() > 0.01


def test_a_given_label_map_is_used(pipeline: Pipeline, tmp_path: Path) -> None:
    chest = pipeline.anatomy_prior.sample(5, 256)
    save_channels(tmp_path / "chest.nii.gz", chest)
    case = pipeline("normal", num=1, anatomy=tmp_path / "chest.nii.gz", masks_only=True, progress=False).cases[0]
    assert (case.anatomy == chest).all()
    assert case.image is None


def test_a_given_radiograph_is_segmented(pipeline: Pipeline, tmp_path: Path) -> None:
    chest = pipeline.anatomy_prior.sample(5, 256)
    made = pipeline("normal", num=1, seed=5, accept_all=True, progress=False, anatomy=chest).cases[0]
    assert made.image is not None
    save_image(tmp_path / "chest.png", np.rint(made.image[0] * 255).astype(np.uint8))
    case = pipeline("normal", num=1, anatomy=tmp_path / "chest.png", masks_only=True, progress=False).cases[0]
    for index, name in enumerate(vocabulary.ANATOMY_NAMES[:2]):
        overlap = 2 * (case.anatomy[index] & chest[index]).sum() / (case.anatomy[index].sum() + chest[index].sum())
        assert overlap > 0.8, name


def test_centimeters_need_no_spacing_where_the_tags_of_a_radiograph_state_it(
    pipeline: Pipeline, tmp_path: Path
) -> None:
    from tests.io.test_dicom_file import radiograph

    chest = pipeline.anatomy_prior.sample(5, 256)
    made = pipeline("normal", num=1, seed=5, accept_all=True, progress=False, anatomy=chest).cases[0]
    assert made.image is not None
    stored = np.rint(made.image[0] * 4095).astype(np.uint16)
    radiograph(stored, PixelSpacing=[0.8, 0.8]).save_as(tmp_path / "1.2.3", enforce_file_format=True)
    settings = {"num": 1, "anatomy": tmp_path / "1.2.3", "masks_only": True, "progress": False}
    case = pipeline("3 cm left mass", **settings).cases[0]
    assert case.spacing == pytest.approx(0.8)
    assert pipeline("3 cm left mass", spacing=1.5, **settings).cases[0].spacing == 1.5


@pytest.mark.parametrize("part", ["hand", "hips"])
def test_a_radiograph_of_another_body_part_is_refused(part: str, pipeline: Pipeline, tmp_path: Path) -> None:
    drawn = BODY_PARTS[part](256, np.random.default_rng(0))
    save_image(tmp_path / "other.png", np.rint(drawn[0] * 255).astype(np.uint8))
    with pytest.raises(InputError, match="other.png.*frontal chest radiograph of an adult"):
        pipeline("normal", num=1, anatomy=tmp_path / "other.png", progress=False)


def test_what_the_filter_cannot_judge_is_said_and_rejected_where_it_is_strict(pipeline: Pipeline) -> None:
    settings: dict[str, Any] = {"num": 1, "seed": 3, "num_inference_steps": 2, "accept_all": True, "progress": False}
    (plain,), (strict,) = (pipeline("large fracture", strict=value, **settings).cases for value in (False, True))
    assert "fracture" in plain.not_judged and plain.not_judged == strict.not_judged
    assert not any(name.startswith("strict") for name in plain.rejected_by)
    assert not strict.accepted and "strict.fracture" in strict.rejected_by
    assert any(reason.startswith("rib fracture cannot be judged: ") for reason in strict.reasons)
    with pytest.raises(InputError, match="strict"):
        pipeline("fracture", strict=True, masks_only=True, progress=False)


def test_an_edited_mask_is_rendered_and_its_findings_are_the_labels(pipeline: Pipeline) -> None:
    case = pipeline("left effusion", num=1, seed=5, num_inference_steps=2, masks_only=True, progress=False).cases[0]
    anatomy, pathology = case.masks
    edited = pathology.copy()
    edited[vocabulary.channel("effusion")] = 0
    edited[vocabulary.channel("mass")] = anatomy[1]  # a mass that fills the right lung
    run = pipeline.render(edited, anatomy, num=2, seed=9, prompt="AP view", num_inference_steps=2, progress=False)
    assert [one.seed for one in run.cases] == [9, 10]
    for one in run.cases:
        assert [(item.name, item.laterality) for item in one.findings.present] == [("mass", "right")]
        assert one.findings.view == "AP" and "mass" in one.prompt and one.image is not None
        assert (one.pathology == edited).all()


def test_an_open_prompt_states_the_findings_that_its_masks_show(pipeline: Pipeline) -> None:
    run = pipeline("AP view, 20-year-old woman", num=6, num_inference_steps=2, masks_only=True, progress=False)
    for case in run.cases:
        assert not case.requested.findings and case.resolved.findings
        shown = {item.name for item in case.findings.present}
        assert shown == {name for name, mask in zip(vocabulary.FINDING_NAMES, case.masks[1], strict=True) if mask.any()}
        assert (case.findings.view, case.findings.sex, case.findings.age) == ("AP", "female", 20)
    assert any(case.findings.present for case in run.cases)


def test_sizes_in_centimeters_need_no_scale_of_the_user(pipeline: Pipeline) -> None:
    case = pipeline("3 cm left mass", num=1, num_inference_steps=2, masks_only=True, progress=False).cases[0]
    assert case.requested.present[0].centimeters == 3 and case.resolved.present[0].percent is not None
    with pytest.raises(InputError, match="--spacing"):
        pipeline("3 cm left mass", num=1, anatomy=case.anatomy, masks_only=True, progress=False)


def test_a_case_does_not_depend_on_what_the_process_did_before(pipeline: Pipeline) -> None:
    """The same prompt and seed twice was accepted, then rejected as a repeat of itself."""
    sampler = PipelineSampler(pipeline, Settings(num_inference_steps=2))
    first, second = (sampler([PROMPT], [3], [name])[0] for name in ("a", "b"))
    assert (first.accepted, first.reasons, first.scores) == (second.accepted, second.reasons, second.scores)
    assert first.image is not None and second.image is not None and (first.image == second.image).all()
    runs = [pipeline(PROMPT, num=1, seed=3, num_inference_steps=2, progress=False).cases[0] for _ in range(2)]
    assert runs[0].reasons == runs[1].reasons


def test_within_one_call_an_image_that_comes_again_is_rejected(pipeline: Pipeline) -> None:
    case = pipeline.resolve(PROMPT, 3, name="a")
    settings = Settings(num_inference_steps=2, progress=False)
    kept, image = KeptImages(), pipeline.generate([case], settings).cases[0].image
    assert image is not None
    kept.add("a", descriptors(image, WHOLE))
    results = pipeline.expert_filter.evaluate([replace(case, image=image)], FilterRun(kept))[0]
    assert "near_duplicate" in {item.criterion for item in results if not item.passed}


def test_settings_of_one_call_never_reach_the_next(pipeline: Pipeline) -> None:
    """Spacing, steps and guidance of a call stayed for the next one."""
    plain = pipeline(PROMPT, num=1, seed=3, masks_only=True, progress=False).cases[0]
    other = {"num_inference_steps": 1, "guidance_scale": 3.0, "quality": "fast"}
    changed = pipeline(PROMPT, num=1, seed=3, spacing=0.9, masks_only=True, progress=False, **other).cases[0]
    again = pipeline(PROMPT, num=1, seed=3, masks_only=True, progress=False).cases[0]
    assert changed.spacing == 0.9 and (changed.masks[1] != plain.masks[1]).any()
    assert again.spacing == plain.spacing and (again.masks[1] == plain.masks[1]).all()


def test_generate_and_synthesize_make_the_same_cases(pipeline: Pipeline, tmp_path: Path) -> None:
    (tmp_path / "plan.txt").write_text(f"{PROMPT}\nnormal\n")
    plan = read_plan(tmp_path / "plan.txt", PlanDefaults("2 attempts", seed=5))
    slots = [slot for shard in plan.shards() for slot in shard.slots if slot.row == 0]
    sampler = PipelineSampler(pipeline, Settings(num_inference_steps=2, masks_only=True))
    made = sampler([slot.prompt for slot in slots], [slot.attempt_seed(0) for slot in slots], ["a", "b"])
    run = pipeline(PROMPT, num=2, seed=5, num_inference_steps=2, masks_only=True, progress=False).cases
    for one, other in zip(made, run, strict=True):
        assert all((x == y).all() for x, y in zip(one.masks, other.masks, strict=True))


def test_a_bundle_on_its_own_and_the_pipeline_make_the_same_mask_at_the_first_try(
    pipeline: Pipeline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pipeline, "mask_model", replace(pipeline.mask_model, obeyed=None))
    case = pipeline(PROMPT, num=1, seed=8, num_inference_steps=2, masks_only=True, progress=False).cases[0]
    settings: dict[str, Any] = {"prompt": PROMPT, "seed": 8, "num": 1, "num_inference_steps": 2, "size": 256}
    settings["output_dir"] = str(tmp_path)
    open_bundle(bundles_root() / MASK_BUNDLE, device="$torch.device('cpu')", **settings).get("evaluator").run()
    assert (load_channels(tmp_path / "pathology" / "case_00000.nii.gz") == case.masks[1]).mean() > 0.9999


def test_no_image_is_sampled_of_a_rejected_mask(pipeline: Pipeline) -> None:
    one_lung = pipeline.anatomy_prior.sample(5, 256)
    one_lung[1] = 0
    run = pipeline("large left pleural effusion", num=2, anatomy=one_lung, num_inference_steps=2, progress=False)
    rejected = [case for case in run.cases if case.image is None]
    assert len(rejected) == 2 and all(case.reasons and not case.accepted for case in rejected)


@pytest.mark.parametrize(
    ("arguments", "named"),
    [({"num": 0}, "num"), ({"num": 10**9}, "num"), ({"seed": -1}, "seed"), ({"batch_size": 0}, "batch_size")],
)
def test_numbers_out_of_range_are_refused(pipeline: Pipeline, arguments: dict[str, int], named: str) -> None:
    with pytest.raises(InputError, match=named):
        pipeline(PROMPT, progress=False, **arguments)


def test_an_anatomy_of_another_size_is_brought_to_the_frame(pipeline: Pipeline) -> None:
    settings: dict[str, Any] = {"num": 1, "masks_only": True, "num_inference_steps": 2, "progress": False}
    chest = pipeline.anatomy_prior.sample(5, 512)
    (case,) = pipeline("3 cm left mass", anatomy=chest, spacing=0.8, **settings).cases
    assert case.anatomy is not None and case.anatomy.shape == (3, 256, 256) and case.spacing == pytest.approx(1.6)
    same = pipeline.anatomy_prior.sample(5, 256)
    assert 2 * (case.anatomy & same).sum() / (case.anatomy.sum() + same.sum()) > 0.97
    with pytest.raises(InputError, match="anatomy"):
        pipeline("normal", anatomy=np.zeros((3, 64, 32), np.uint8), progress=False)


def test_a_device_that_is_not_there_is_refused() -> None:
    with pytest.raises(InputError, match="device"):
        Pipeline.from_bundles(device="cuda:77")
