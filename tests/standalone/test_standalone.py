# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""A standalone bundle makes the arrays of the package without the package, and keeps the rules of the zoo."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import torch
from PIL import Image

from aurad_monai.anatomy.region import smooth_region
from aurad_monai.anatomy.sizes import asked_quantile
from aurad_monai.bundles.bundle import open_bundle, publish_weights
from aurad_monai.bundles.zoo.bundle_folder import read_bundle
from aurad_monai.bundles.zoo.rules import foreign_targets, zoo_failures
from aurad_monai.bundles.zoo.runs import run_failures
from aurad_monai.diffusion.sample import DiffusionModel, sample
from aurad_monai.errors import InputError
from aurad_monai.io.datalist import load_channels, save_channels, save_image
from aurad_monai.request.conditions import ImageConditiond, MaskConditiond
from aurad_monai.request.inference_cases import cases_from_masks, cases_from_prompt
from aurad_monai.standalone.write import write_standalone
from tests.bundles import tiny
from tests.conftest import ellipse_chest

SMALL: dict[str, dict[str, Any]] = {
    tiny.MASK: {**tiny.AUTOENCODER, **tiny.UNET, "size": tiny.SIZE, "num_inference_steps": 2},
    tiny.IMAGE: {  # a standalone bundle inserts no lesions, and its card says so
        **tiny.AUTOENCODER,
        **tiny.UNET,
        "size": tiny.SIZE,
        "num_inference_steps": 2,
        "inserted_findings": [],
    },
    tiny.EXPERTS: {
        "network_def#channels": [4, 4, 8, 8, 8],
        "findings_network_def#scale": "lite0",
        "findings_network_def#width": 8,
        "findings_network_def#size": 32,
        "encoder_network_def#block_inplanes": [4, 4, 8, 8],
        "size": tiny.SIZE,
    },
}
NETWORKS = {
    tiny.MASK: {"autoencoder_def": "autoencoder.pt", "network_def": "model.pt"},
    tiny.IMAGE: {"autoencoder_def": "autoencoder.pt", "network_def": "model.pt"},
    tiny.EXPERTS: {
        "network_def": "model.pt",
        "findings_network_def": "findings.pt",
        "encoder_network_def": "encoder.pt",
    },
}
PROMPTS = ("small left basal effusion and cardiomegaly", "multiple nodules, no effusion", "bilateral fibrosis, AP view")
Made = dict[str, tuple[Path, Path]]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """Each bundle with small networks of random weights, and its standalone variant."""
    found = {}
    for name, networks in NETWORKS.items():
        folder = tmp_path_factory.mktemp(name)
        root = tiny.copy_bundle(name, folder)
        for file in ("LICENSE", "docs/data_license.txt", "docs/output.png"):
            (root / file).parent.mkdir(exist_ok=True)
            (root / file).write_bytes((tiny.BUNDLES / name / file).read_bytes())
        for entry, weights in networks.items():
            config = tiny.ConfigWorkflow(str(root / "configs/inference.json"), logging_file=False, **SMALL[name]).parser
            network = config.get_parsed_content(entry)
            torch.manual_seed(5)
            for tensor in [*network.parameters(), *network.buffers()]:
                if tensor.is_floating_point():
                    torch.nn.init.normal_(tensor, std=0.2) if tensor.ndim > 1 else torch.nn.init.uniform_(
                        tensor, 0.4, 0.6
                    )
            publish_weights(network, str(root / "models" / weights))
        found[name] = root, write_standalone(root, folder / "variant", **SMALL[name])
    return found


def run(variant: Path, **settings: Any) -> None:
    """MONAI's own runner in a process that cannot import this package."""
    given = {"config_file": str(variant / "configs/inference.json"), "bundle_root": str(variant), "device": "cpu"}
    code = "import json, sys; sys.modules['aurad_monai'] = None\nfrom monai.bundle import run\n"
    code += f"run(**json.loads({json.dumps(given | settings)!r}))"
    done = subprocess.run([sys.executable, "-c", code], cwd=variant.parent, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]


def model(made: Made, name: str) -> DiffusionModel:
    return DiffusionModel.from_bundle(open_bundle(made[name][0], device="cpu", **SMALL[name]))


@pytest.mark.parametrize("name", NETWORKS)
def test_it_keeps_every_rule_of_the_zoo_without_the_package(made: Made, name: str) -> None:
    bundle = read_bundle(made[name][1])
    assert [str(failure) for failure in zoo_failures(bundle)] == []
    assert foreign_targets(bundle) == ([] if name != tiny.EXPERTS else ["PIL", "scipy", "skimage"])
    assert "aurad_monai" not in json.dumps(bundle.configs["inference"])
    assert [str(failure) for failure in run_failures(made[name][1], trust=True)] == []
    assert "What the package adds" in bundle.card


@pytest.mark.parametrize("prompt", PROMPTS)
def test_masks_of_a_chest_and_findings(made: Made, tmp_path: Path, prompt: str) -> None:
    root, variant = made[tiny.MASK]
    chest = ellipse_chest(tiny.SIZE)
    save_channels(tmp_path / "in" / "case.nii.gz", chest)
    prior: Any = open_bundle(root, device="cpu", **SMALL[tiny.MASK]).get("anatomy_prior")
    (case,) = cases_from_prompt(prompt, prior, tiny.SIZE, anatomy=str(tmp_path / "in" / "case.nii.gz"), seed=3)
    findings = case["findings"]
    expected = sample(model(made, tiny.MASK), [MaskConditiond()(case)], [case["entropy"].tolist()])[0]
    rows = [
        {
            "name": item.name,
            "side": item.laterality,
            "zone": item.zone,
            "severity": item.severity,
            "absent": not item.present,
            **({} if asked_quantile(item) is None else {"quantile": asked_quantile(item)}),
        }
        for item in (*findings.present, *findings.absent)
    ]
    patient = {key: getattr(findings, key) for key in ("view", "sex", "age")}
    settings = {"dataset_dir": str(tmp_path / "in"), "output_dir": str(tmp_path / "out"), "findings": rows, "seed": 3}
    run(variant, **settings, **patient, noise_text=_text(prompt))
    found = load_channels(tmp_path / "out" / "pathology" / "case.nii.gz")
    assert expected.any() and np.array_equal(found, expected)


def _text(prompt: str) -> str:
    from aurad_monai.prompts.describe import describe
    from aurad_monai.prompts.parse import parse

    return describe(parse(prompt))


def test_radiographs_of_masks(made: Made, tmp_path: Path) -> None:
    generator, chest = np.random.default_rng(2), ellipse_chest(tiny.SIZE)
    for index in range(3):
        pathology = np.zeros((13, tiny.SIZE, tiny.SIZE), np.uint8)
        for channel in generator.choice(13, 4, replace=False):
            top, left = generator.integers(8, 40, 2)
            pathology[channel, top : top + 14, left : left + 20] = 1
        pathology[3, 20:30] = chest[0, 20:30] | chest[1, 20:30]  # consolidation of both lungs
        save_channels(tmp_path / "anatomy" / f"c{index}.nii.gz", chest)
        save_channels(tmp_path / "pathology" / f"c{index}.nii.gz", pathology)
    cases = cases_from_masks(str(tmp_path), tiny.SIZE, prompt="AP view, 60 year old woman", seed=7)
    conditioned = [ImageConditiond()(case) for case in cases]
    expected = sample(model(made, tiny.IMAGE), conditioned, [case["entropy"].tolist() for case in cases])
    patient = {"view": "AP", "sex": "female", "age": 60}
    run(made[tiny.IMAGE][1], dataset_dir=str(tmp_path), output_dir=str(tmp_path / "out"), seed=7, **patient)
    for index, image in enumerate(expected):
        with Image.open(tmp_path / "out" / "images" / f"c{index}.png") as picture:
            written = np.asarray(picture)
        assert np.abs(written - np.rint(255 * image[0])).max() <= 1  # a value at .5 may round either way
    assert np.std(expected) > 0.01


@pytest.mark.parametrize("shape", [(64, 64), (64, 80)])
def test_anatomy_of_radiographs(made: Made, tmp_path: Path, shape: tuple[int, int]) -> None:
    root, variant = made[tiny.EXPERTS]
    picture = np.random.default_rng(1).integers(0, 256, shape, dtype=np.uint8)
    save_image(tmp_path / "in" / "film.png", picture)
    open_workflow = tiny.open_workflow(
        root,
        "inference",
        kind="inference",
        **SMALL[tiny.EXPERTS],
        device="cpu",
        dataset_dir=str(tmp_path / "in"),
        output_dir=str(tmp_path / "ours"),
    )
    open_workflow.run()
    run(variant, dataset_dir=str(tmp_path / "in"), output_dir=str(tmp_path / "out"))
    expected = load_channels(tmp_path / "ours" / "film.nii.gz")
    assert np.array_equal(load_channels(tmp_path / "out" / "film.nii.gz"), expected)


def test_a_label_map_is_taken_as_well(made: Made, tmp_path: Path) -> None:
    chest = ellipse_chest(tiny.SIZE)
    left, right, heart = chest.astype(bool)
    labels = np.select([heart & left, heart & right, heart, right, left], [4, 5, 3, 2, 1], 0)
    save_image(tmp_path / "map" / "case.png", labels.astype(np.uint8))
    save_channels(tmp_path / "channels" / "case.nii.gz", chest)
    for kind in ("map", "channels"):
        run(made[tiny.MASK][1], dataset_dir=str(tmp_path / kind), output_dir=str(tmp_path / f"{kind}_out"))
    found: list[npt.NDArray[Any]] = [
        load_channels(next((tmp_path / f"{kind}_out").rglob("*.nii.gz"))) for kind in ("map", "channels")
    ]
    assert found[0].any() and np.array_equal(*found)


def test_another_sampler_is_refused(made: Made, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="guidance_scale 1"):
        write_standalone(made[tiny.IMAGE][0], tmp_path, **{**SMALL[tiny.IMAGE], "guidance_scale": 2.0})


def test_smoothing_of_the_expert_is_that_of_the_package() -> None:
    blank: Callable[[Any], Any] = smooth_region  # the config repeats its steps: an empty mask must not break them
    assert not blank(np.full((32, 32), -1.0)).any()
