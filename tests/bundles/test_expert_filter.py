# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Bundle 3 as a bundle: its properties, its command, its filter; with random weights, so only the wiring speaks."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from monai.bundle import ConfigParser, ckpt_export, verify_net_in_out

from aurad_monai.bundles.bundle import enter_hash, open_bundle, publish_weights
from aurad_monai.io.datalist import load_channels, save_image
from aurad_monai.errors import InputError
from aurad_monai.experts.anatomy import AnatomyExpert
from aurad_monai.experts.findings import FindingsExpert
from aurad_monai.filtering.memorization.perceptual_descriptor import WHOLE, descriptors
from aurad_monai.filtering.memorization.copy_index import CopyIndex
from aurad_monai.filtering.radiograph_space import ORIENTATIONS, RadiographSpace
from aurad_monai.filtering.verdict import ExpertFilter, with_verdict
from tests.bundles import tiny
from tests.filtering.planted import failures, good_case, unevaluated

SHAPES = {"network_def": 3, "findings_network_def": 13}
CONFIGS = tiny.BUNDLES / tiny.EXPERTS / "configs"


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the bundle with random weights."""
    root = tiny.copy_bundle(tiny.EXPERTS, tmp_path_factory.mktemp("bundles"))
    config = ConfigParser(json.loads((root / "configs/inference.json").read_text()))
    torch.manual_seed(0)
    publish_weights(config.get_parsed_content("network_def"), str(root / "models/model.pt"))
    publish_weights(config.get_parsed_content("findings_network_def"), str(root / "models/findings.pt"))
    marked = config.get_parsed_content("marked_network_def")
    marked.head.known.fill_(1)
    publish_weights(marked, str(root / "models/marked.pt"))
    write_reference(root)
    return root


def write_reference(root: Path) -> None:
    """A copy index of one image, and a radiograph space of noise."""
    descriptor = descriptors(good_case().image, WHOLE)
    CopyIndex(["known"], descriptor, descriptor).save(root / "models/copy_index.safetensors")
    rng = np.random.default_rng(0)
    features = {view: rng.normal(size=(8, 192 * 16)).astype(np.float32) for view in ORIENTATIONS}
    RadiographSpace.fit(features).save(root / "models/radiograph_space.safetensors")
    for name in ("copy_index", "radiograph_space"):
        enter_hash(root / f"models/{name}.safetensors")


def test_training_and_inference_share_their_networks() -> None:
    inference = json.loads((CONFIGS / "inference.json").read_text())
    networks = {"network_def": "train", "findings_network_def": "train_findings", "encoder_network_def": "train_encoder"}
    for name, config in networks.items():
        assert json.loads((CONFIGS / f"{config}.json").read_text())[name] == inference[name]


@pytest.mark.parametrize("network", SHAPES)
def test_metadata_tells_the_networks_channels(network: str) -> None:
    formats = json.loads((CONFIGS / "metadata.json").read_text())
    described = formats[network.replace("_def", "_data_format")]["outputs"]["pred"]
    config = ConfigParser(json.loads((CONFIGS / "inference.json").read_text()))
    output = config.get_parsed_content(network).eval()(torch.zeros(1, 1, *described["spatial_shape"]))
    assert output.shape[1] == SHAPES[network] == described["num_channels"] == len(described["channel_def"])


def test_metadata_tells_the_encoders_features() -> None:
    described = json.loads((CONFIGS / "metadata.json").read_text())["encoder_network_data_format"]
    encoder = ConfigParser(json.loads((CONFIGS / "inference.json").read_text())).get_parsed_content(
        "encoder_network_def"
    )
    shape = described["inputs"]["image"]["spatial_shape"]
    assert encoder.eval()(torch.zeros(1, 1, *shape)).shape == (1, described["outputs"]["pred"]["num_channels"])


def test_the_filter_judges_a_case(bundle: Path) -> None:
    expert_filter = open_bundle(bundle, device="cpu").get("filter")
    assert isinstance(expert_filter, ExpertFilter)
    assert len(expert_filter.mask_criteria) == 1 and len(expert_filter.image_criteria) == 7
    assert len(expert_filter.run_criteria) == 1
    case = good_case()
    masks, (image,) = expert_filter.evaluate_masks(case), expert_filter.evaluate([case])
    assert not failures(masks)
    assert "anatomy_agreement" in failures(image)  # random weights see no lungs
    assert "memorization" in failures(image)  # the index knows this very image
    assert not with_verdict(case, masks + image).accepted


def test_thresholds_of_the_config_reach_the_criteria(bundle: Path) -> None:
    thresholds = {"detection_thresholds": {"effusion": 0.9}, "absence_thresholds": {}}
    (image,) = open_bundle(bundle, device="cpu", power_table=None, **thresholds).get("filter").evaluate([good_case()])
    assert "finding_detected.effusion" in failures(image)
    assert "finding_absent.pneumothorax" in unevaluated(image)
    (image,) = open_bundle(bundle, device="cpu", power={}, **thresholds).get("filter").evaluate([good_case()])
    assert "finding_detected.effusion" in unevaluated(image) and not failures(image)


def test_a_bundle_of_another_version_is_named_in_one_line(bundle: Path, tmp_path: Path) -> None:
    criterion = "aurad_monai.filtering.criteria.finding_detected.FindingDetected"
    earlier = open_bundle(bundle, device="cpu", criteria=[{"_target_": criterion, "gap": 0.02}])
    with pytest.raises(InputError, match="one made for this version.*FindingDetected cannot be made: .*'gap'"):
        earlier.get("filter")


def test_missing_weights_are_said_as_they_are_when_a_part_is_made(bundle: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(bundle, tmp_path / "copy"))
    opened = open_bundle(copy, device="cpu")
    (copy / "models/marked.pt").unlink()
    with pytest.raises(InputError, match=r"weights: got .*marked\.pt"):
        opened.get("marked_network")


def test_experts_open_by_themselves(bundle: Path) -> None:
    images = good_case().image[None]
    assert AnatomyExpert.from_bundle(bundle)(images).shape == (1, 3, 256, 256)
    expert = FindingsExpert.from_bundle(bundle)
    assert expert(images).shape == (1, 13, 256, 256)
    assert expert.top_share == open_bundle(bundle).parser["findings_expert"]["top_share"]  # scores as the filter's


def test_unknown_findings_of_the_config_are_nan(bundle: Path) -> None:
    expert = open_bundle(bundle, device="cpu", unknown_findings=["mass"]).get("findings_expert")
    assert np.isnan(expert(good_case().image[None])[0, 9]).all()


def test_the_command_writes_masks_of_a_folder(bundle: Path, tmp_path: Path) -> None:
    for name in ("a", "b"):
        save_image(tmp_path / f"in/{name}.png", (good_case().image[0, :200] * 255).astype(np.uint8))
    folders = {"dataset_dir": str(tmp_path / "in"), "output_dir": str(tmp_path / "out")}
    workflow = tiny.open_workflow(bundle, "inference", kind="inference", device="cpu", **folders)
    assert not workflow.check_properties()
    workflow.run()
    assert sorted(file.name for file in (tmp_path / "out").iterdir()) == ["a.nii.gz", "b.nii.gz"]
    masks = load_channels(tmp_path / "out/a.nii.gz")
    assert masks.shape == (3, 256, 256) and masks.dtype == np.uint8 and set(np.unique(masks)) <= {0, 1}


def test_a_folder_without_radiographs_is_refused(bundle: Path, tmp_path: Path) -> None:
    workflow = tiny.open_workflow(bundle, "inference", kind="inference", device="cpu", dataset_dir=str(tmp_path))
    assert not workflow.check_properties()
    with pytest.raises(RuntimeError) as raised:  # what MONAI makes of an error inside a config
        workflow.run()
    assert isinstance(raised.value.__cause__, InputError) and "radiographs" in str(raised.value.__cause__)


def test_a_changed_weight_file_is_refused(bundle: Path, tmp_path: Path) -> None:
    copy = tiny.copy_bundle(tiny.EXPERTS, tmp_path)
    for file in (bundle / "models").iterdir():
        (copy / "models" / file.name).write_bytes(file.read_bytes())
    with (copy / "models/findings.pt").open("ab") as weights:
        weights.write(b"!")
    with pytest.raises(InputError, match=r"findings\.pt"):
        open_bundle(copy)


def test_the_exported_torchscript_gives_the_same_masks(bundle: Path, tmp_path: Path) -> None:
    files = {"config_file": str(bundle / "configs/inference.json"), "meta_file": str(bundle / "configs/metadata.json")}
    target = tmp_path / "model.ts"
    ckpt_export("network_def", str(target), str(bundle / "models/model.pt"), **files, bundle_root=str(bundle))
    network = open_bundle(bundle, device="cpu").get("network")
    images = torch.rand(2, 1, 256, 256, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        ours, exported = network(images), torch.jit.load(str(target)).eval()(images)
    assert ours.std() > 0  # a constant would agree with anything
    torch.testing.assert_close(ours, exported, atol=1e-4, rtol=1e-4)
    assert ((ours > 0) == (exported > 0)).all()


def test_the_network_takes_and_gives_what_the_metadata_says(bundle: Path) -> None:
    files = {"config_file": str(bundle / "configs/inference.json"), "meta_file": str(bundle / "configs/metadata.json")}
    verify_net_in_out("network_def", device="cpu", **files, bundle_root=str(bundle))
