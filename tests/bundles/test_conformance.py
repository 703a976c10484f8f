# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""What the Model Zoo demands holds for every network of every bundle: MONAI's own checks and exports, none left out."""

from __future__ import annotations

import ast
import json
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from monai.bundle import ConfigParser, ckpt_export, onnx_export, verify_net_in_out
from torch import nn

from aurad_monai.bundles.bundle import publish_weights
from aurad_monai.bundles.zoo.bundle_folder import read_bundle
from aurad_monai.bundles.zoo.rules import zoo_failures
from aurad_monai.prompts.context import FEATURES
from recipes.data_formats import PACKED, UNPACKED, packed_format, write_packed_format
from tests.bundles import tiny

BUNDLES = sorted(path.name for path in tiny.BUNDLES.iterdir())
SECTIONS = ("Authors", "Tags", "Model Overview", "Data", "Performance", "System Configuration")
SECTIONS += ("MONAI Bundle Commands", "Citation", "References", "License")
SHARED = "_meta_#network_data_format"
"""The one place where MONAI's checks look for a format."""

SMALL_UNET = {"network_def#channels": [8, 16], "network_def#num_head_channels": 8, "network_def#norm_num_groups": 4}
SMALL_UNET["network_def#attention_levels"] = [False, True]
SMALL_DECODER = {"autoencoder_def#channels": [16, 16]}
SMALL_EXPERT = {
    name: value for entries in tiny.EXPERT_NETWORKS.values() for name, value in entries.items() if "_def#" in name
}
SMALL_UPSAMPLER = {"upsampler_def#channels": 8, "upsampler_def#blocks": 2}
SMALL_ENCODER = {"encoder_network_def#block_inplanes": tiny.ENCODER["encoder_network_def#block_inplanes"]}


@dataclass(frozen=True)
class Network:
    """A network of a bundle: its entry in inference.json, its format in metadata.json, its size for quick tests."""

    bundle: str
    entry: str
    data_format: str
    weights: str
    small: dict[str, Any]

    def __str__(self) -> str:
        return f"{self.bundle}/{self.entry}"

    @property
    def files(self) -> dict[str, str]:
        """The two files that MONAI's commands ask for."""
        configs = tiny.BUNDLES / self.bundle / "configs"
        return {"meta_file": str(configs / "metadata.json"), "config_file": str(configs / "inference.json")}

    @property
    def overrides(self) -> dict[str, Any]:
        """The format at the place where MONAI looks for it."""
        return {SHARED: metadata(self.bundle)[self.data_format]}


NETWORKS = [
    *(Network(name, "network_def", PACKED, "model.pt", SMALL_UNET) for name in tiny.DIFFUSION),
    *(
        Network(name, "autoencoder_def", "autoencoder_data_format", "autoencoder.pt", SMALL_DECODER)
        for name in tiny.DIFFUSION
    ),
    Network(tiny.IMAGE, "upsampler_def", "upsampler_data_format", "upsampler.pt", SMALL_UPSAMPLER),
    Network(tiny.EXPERTS, "network_def", "network_data_format", "model.pt", SMALL_EXPERT),
    Network(tiny.EXPERTS, "findings_network_def", "findings_network_data_format", "findings.pt", SMALL_EXPERT),
    Network(tiny.EXPERTS, "marked_network_def", "marked_network_data_format", "marked.pt", {}),
    Network(tiny.EXPERTS, "encoder_network_def", "encoder_network_data_format", "encoder.pt", SMALL_ENCODER),
]


def metadata(bundle: str) -> dict[str, Any]:
    """Content of a bundle's metadata.json."""
    content: dict[str, Any] = json.loads((tiny.BUNDLES / bundle / "configs/metadata.json").read_text(encoding="utf-8"))
    return content


def inference(bundle: str) -> dict[str, Any]:
    """Content of a bundle's inference.json."""
    content: dict[str, Any] = json.loads((tiny.BUNDLES / bundle / "configs/inference.json").read_text(encoding="utf-8"))
    return content


def build(network: Network) -> nn.Module:
    """The small network with every weight drawn, those that start at zero too."""
    parser = ConfigParser()
    parser.read_config(network.files["config_file"])
    for key, value in network.small.items():
        if key.split("#")[0] in parser:
            parser[key] = value
    module: nn.Module = parser.get_parsed_content(network.entry)
    generator = torch.Generator().manual_seed(7)
    for parameter in [*module.parameters(), *(b for b in module.buffers() if b.is_floating_point())]:
        parameter.data.copy_(0.5 + 0.2 * torch.rand(parameter.shape, generator=generator))
        if parameter.ndim > 1:
            parameter.data.copy_(torch.randn(parameter.shape, generator=generator) / parameter[0].numel() ** 0.5)
    return module.eval()


def example(network: Network, edge: int = 32) -> torch.Tensor:
    """A random input of the format, (1, C, edge, edge)."""
    channels = metadata(network.bundle)[network.data_format]["inputs"]["image"]["num_channels"]
    return torch.rand(1, channels, edge, edge, generator=torch.Generator().manual_seed(3))


def export_settings(network: Network, folder: Path, module: nn.Module) -> dict[str, Any]:
    """Arguments that both export commands share; the weights are saved as the bundle's own file would hold them."""
    torch.save(module.state_dict(), folder / network.weights)
    present = inference(network.bundle)
    small = {key: value for key, value in network.small.items() if key.split("#")[0] in present}
    settings = {"net_id": network.entry, "ckpt_file": str(folder / network.weights), **network.files}
    return {**settings, "input_shape": list(example(network).shape), **network.overrides, **small}


@pytest.mark.parametrize("network", NETWORKS, ids=str)
def test_verify_net_in_out(network: Network) -> None:
    verify_net_in_out(net_id=network.entry, device="cpu", n=4, **network.files, **network.overrides)


@pytest.mark.parametrize("network", NETWORKS, ids=str)
def test_verify_net_in_out_notices_a_wrong_format(network: Network) -> None:
    wrong = {f"{SHARED}#outputs#pred#num_channels": 999}
    with pytest.raises(ValueError, match="999"):
        verify_net_in_out(net_id=network.entry, device="cpu", n=4, **network.files, **network.overrides, **wrong)


@pytest.mark.parametrize("network", NETWORKS, ids=str)
def test_torchscript_as_the_zoo_makes_it_equals_eager(network: Network, tmp_path: Path) -> None:
    """The zoo scripts, without an example; the batch and the size are others than those that were traced."""
    module, data = build(network), torch.cat([example(network, 96), example(network, 96).flip(-1)])
    settings = export_settings(network, tmp_path, module)
    del settings["input_shape"]
    ckpt_export(filepath=str(tmp_path / "model.ts"), **settings)
    extra = {"inference.json": ""}
    exported = torch.jit.load(tmp_path / "model.ts", _extra_files=extra)
    with torch.no_grad():
        expected, found = module(data), exported(data)
    assert expected.std() > 1e-3
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-4)
    assert json.loads(extra["inference.json"])["imports"] == inference(network.bundle)["imports"]


@pytest.mark.parametrize("network", NETWORKS, ids=str)
def test_onnx_equals_eager(network: Network, tmp_path: Path) -> None:
    runtime = pytest.importorskip("onnxruntime")
    pytest.importorskip("onnxscript")
    module, data = build(network), example(network)
    settings = export_settings(network, tmp_path, module)
    onnx_export(filepath=str(tmp_path / "model.onnx"), use_trace=True, **settings)
    session = runtime.InferenceSession(str(tmp_path / "model.onnx"), providers=["CPUExecutionProvider"])
    (found,) = session.run(None, {session.get_inputs()[0].name: data.numpy()})
    with torch.no_grad():
        expected = module(data).numpy()
    assert expected.std() > 1e-3
    np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-3)


def test_no_network_is_left_out() -> None:
    listed = {(network.bundle, network.entry) for network in NETWORKS}
    for bundle in BUNDLES:
        for entry in inference(bundle):
            if entry.endswith("_def"):
                assert (bundle, entry) in listed
    for network in NETWORKS:
        assert {network.data_format, "network_data_format"} <= metadata(network.bundle).keys()


@pytest.mark.parametrize("bundle", tiny.DIFFUSION)
def test_the_one_tensor_is_described_as_the_three_inputs_are(bundle: str, tmp_path: Path) -> None:
    described = metadata(bundle)
    step = f"python -m recipes.data_formats bundles/{bundle}"
    assert described[PACKED] == packed_format(described[UNPACKED]), step
    assert inference(bundle)["network_def"]["cross_attention_dim"] == FEATURES
    (tmp_path / "metadata.json").write_text(json.dumps({**described, PACKED: {}}))
    write_packed_format(tmp_path / "metadata.json")
    assert json.loads((tmp_path / "metadata.json").read_text()) == described


@pytest.mark.parametrize(("bundle", "config"), [(tiny.MASK, "evaluate_autoencoder"), (tiny.IMAGE, "evaluate")])
def test_evaluation_properties(
    trained: dict[str, Path], training_set: Path, bundle: str, config: str, tmp_path: Path
) -> None:
    settings = {**tiny.AUTOENCODER, "dataset_dir": str(training_set), "device": "cpu", "output_dir": str(tmp_path)}
    configs = ("inference", "train_autoencoder", config)
    assert not tiny.open_workflow(trained[bundle], *configs, kind="evaluation", **settings).check_properties()


@pytest.mark.parametrize(
    ("train", "evaluate", "network", "weights"),
    [
        ("train", "evaluate", "network_def", "model.pt"),
        ("train_findings", "evaluate_findings", "findings_network_def", "findings.pt"),
    ],
)
def test_evaluation_of_the_experts(
    training_set: Path, tmp_path: Path, train: str, evaluate: str, network: str, weights: str
) -> None:
    root = tiny.copy_bundle(tiny.EXPERTS, tmp_path)
    small = {name: value for name, value in SMALL_EXPERT.items() if name.startswith(f"{network}#")}
    parser = ConfigParser(inference(tiny.EXPERTS))
    parser.update(small)
    publish_weights(parser.get_parsed_content(network), str(root / "models" / weights))
    settings = {"dataset_dir": str(training_set), "device": "cpu", "output_dir": str(tmp_path / "out"), **small}
    workflow = tiny.open_workflow(root, train, evaluate, kind="evaluation", **settings)
    assert not workflow.check_properties()
    workflow.run()
    assert "val_dice" in json.loads(next((tmp_path / "out").glob("*.json")).read_text(encoding="utf-8"))


@pytest.mark.parametrize("bundle", BUNDLES)
def test_readme_follows_the_zoos_template(bundle: str) -> None:
    text = (tiny.BUNDLES / bundle / "docs/README.md").read_text(encoding="utf-8")
    headings = [line.lstrip("# ").strip() for line in text.splitlines() if line.startswith("#")]
    positions = [next(i for i, heading in enumerate(headings) if heading.startswith(name)) for name in SECTIONS]
    assert positions == sorted(positions)


@pytest.mark.parametrize("bundle", BUNDLES)
def test_every_rule_of_the_zoo_is_kept(bundle: str) -> None:
    assert [str(failure) for failure in zoo_failures(read_bundle(tiny.BUNDLES / bundle))] == []


@pytest.mark.parametrize("bundle", BUNDLES)
def test_metrics_of_the_metadata_stand_in_the_card(bundle: str) -> None:
    text = (tiny.BUNDLES / bundle / "docs/README.md").read_text(encoding="utf-8")
    performance = text[text.index("## Performance") : text.index("## System Configuration")]
    told = {float(number) for number in re.findall(r"\d+\.\d+", performance)}
    metrics = metadata(bundle)["eval_metrics"]
    assert metrics and set(metrics.values()) <= told


@pytest.mark.parametrize("bundle", BUNDLES)
def test_a_picture_of_its_own_output_lies_in_its_folder(bundle: str) -> None:
    docs = tiny.BUNDLES / bundle / "docs"
    assert "](output.png)" in (docs / "README.md").read_text(encoding="utf-8")
    with Image.open(docs / "output.png") as picture:
        assert picture.format == "PNG" and picture.size == (4 * 256, 256)


@pytest.mark.parametrize("bundle", BUNDLES)
def test_metadata_of_the_zoo(bundle: str) -> None:
    described = metadata(bundle)
    assert isinstance(described["supported_apps"], dict)
    assert described["required_packages_version"]["aurad-monai"]
    root = tiny.BUNDLES / bundle
    assert "CC BY" in (root / "docs/data_license.txt").read_text(encoding="utf-8")
    assert not [file for file in root.rglob("*") if file.is_file() and file.stat().st_size > 25 * 2**20]


DISTRIBUTIONS = {"PIL": "pillow", "ignite": "pytorch-ignite", "skimage": "scikit-image"}
OPTIONAL = {"faiss", "onnx", "onnxruntime", "gdcm"}  # for large indexes of descriptors, and for --engine onnx
NAMED_ELSEWHERE = {"monai", "torch", "numpy"} | OPTIONAL


def third_party(bundle: str) -> set[str]:
    """Distributions that the code behind a bundle's inference config imports, ours followed to the end."""
    text = (tiny.BUNDLES / bundle / "configs/inference.json").read_text(encoding="utf-8")
    waiting, seen, found = set(re.findall(r"aurad_monai(?:\.\w+)+", text)), set(), set()
    while waiting:
        name = waiting.pop()
        path = tiny.ROOT / Path(*name.split(".")).with_suffix(".py")
        if name in seen or not path.is_file():
            waiting |= {name.rpartition(".")[0]} - seen - {"aurad_monai", ""} if name not in seen else set()
            seen.add(name)
            continue
        seen.add(name)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            modules = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            modules += [f"{node.module}.{alias.name}" for alias in node.names] if isinstance(node, ast.ImportFrom) else []
            waiting |= {module for module in modules if module.startswith("aurad_monai.")} - seen
            found |= {module.split(".")[0] for module in modules} - {"aurad_monai", "__future__"}
    return {DISTRIBUTIONS.get(name, name) for name in found - set(sys.stdlib_module_names)} - NAMED_ELSEWHERE


@pytest.mark.parametrize("bundle", BUNDLES)
def test_required_packages_are_those_the_code_imports(bundle: str) -> None:
    required = metadata(bundle)["required_packages_version"].keys()
    assert third_party(bundle) - required == set()
    assert "monai" not in required  # it has an entry of its own
