# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""The repository's bundles with networks of a few channels, and a training set of drawn chests to run them on."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import torch
from monai.bundle import ConfigWorkflow
from monai.networks.nets import AutoencoderKL, DiffusionModelUNet

from aurad_monai.anatomy.prior import GRID, AnatomyPrior, distance_maps
from aurad_monai.bundles.bundle import enter_hash
from aurad_monai.io.datalist import save_channels, save_image, write_datalist
from aurad_monai.vocabulary import FINDING_NAMES
from tests.conftest import ellipse_chest

ROOT = Path(__file__).parent.parent.parent
BUNDLES = ROOT / "bundles"
MASK, IMAGE, EXPERTS = "cxr_mask_latent_diffusion", "cxr_image_latent_diffusion", "cxr_expert_filter"
DIFFUSION = (MASK, IMAGE)
SIZE = 64

AUTOENCODER: dict[str, Any] = {"autoencoder_def#channels": [16, 16], "grid": SIZE // 8}
UNET = {
    "network_def#channels": [8, 16],
    "network_def#attention_levels": [False, True],
    "network_def#num_head_channels": 8,
    "network_def#norm_num_groups": 4,
}
ENCODER = {"crop": 32, "encoder_network_def#block_inplanes": [4, 4, 8, 8], "projector_def#in_channels": 8}
LDM_AUTOENCODER: dict[str, Any] = {"channels": [8, 16], "attention_levels": [False, False], "norm_num_groups": 4}
LDM_AUTOENCODER |= {"num_res_blocks": 1, "with_encoder_nonlocal_attn": False, "with_decoder_nonlocal_attn": False}
LDM_AUTOENCODER |= {"latent_channels": 3, "include_fc": False}
LDM_UNET: dict[str, Any] = {"channels": [8, 16], "attention_levels": [False, True], "num_res_blocks": 1}
LDM_UNET |= {"num_head_channels": 8, "norm_num_groups": 4, "with_conditioning": True, "cross_attention_dim": 6}
LDM: dict[str, Any] = {f"autoencoder_def#{name}": value for name, value in LDM_AUTOENCODER.items()}
LDM |= {f"unet_def#{name}": value for name, value in LDM_UNET.items()} | {"controlnet_def#norm_num_groups": 4}
LDM |= {"device": "cpu", "context_tokens": 2}
"""Entries of train_controlnet.json that make its networks those of `import_ldm`."""
EXPERT_NETWORKS: dict[str, dict[str, Any]] = {
    "train": {"network_def#channels": [4, 4, 8, 8, 8]},
    "train_findings": {
        "findings_network_def#scale": "lite0",
        "findings_network_def#width": 8,
        "findings_network_def#size": 32,
        "findings_network_def#second": "",
        "size": SIZE,
    },
}
"""Entries of the experts' training configs that make their networks small."""
SMALL_RUN = {"device": "cpu", "epochs": 1, "batch_size": 2}


def copy_bundle(name: str, folder: Path) -> Path:
    """A bundle's configs without its weights, but for the upsampler of 2; 1 has an anatomy prior of the drawn chests."""
    root = folder / name
    shutil.copytree(BUNDLES / name / "configs", root / "configs")
    (root / "models").mkdir()
    if name == MASK:
        maps = np.stack([distance_maps(np.roll(ellipse_chest(GRID), shift, axis=-1)) for shift in range(-2, 3)])
        weights = root / "models" / "anatomy_prior.safetensors"
        AnatomyPrior.fit(maps, components=2, outliers=0.0).save(weights)
        enter_hash(weights)
    if name == IMAGE:
        enter_hash(Path(shutil.copy(BUNDLES / name / "models" / "upsampler.pt", root / "models")))
    return root


def import_ldm(root: Path) -> None:
    """Random weights of a few channels in the place of an autoencoder and a UNet imported from elsewhere."""
    torch.manual_seed(0)
    torch.save(AutoencoderKL(spatial_dims=2, **LDM_AUTOENCODER).state_dict(), root / "models" / "ldm_autoencoder.pt")
    unet = DiffusionModelUNet(spatial_dims=2, in_channels=3, out_channels=3, **LDM_UNET)
    torch.nn.init.normal_(unet.out[-1].conv.weight)  # zeros would hide what the ControlNet does
    torch.save(unet.state_dict(), root / "models" / "ldm_unet.pt")
    for name in ("ldm_autoencoder.pt", "ldm_unet.pt"):
        enter_hash(root / "models" / name)


def write_training_set(folder: Path, cases: int = 4, size: int = SIZE) -> Path:
    """Drawn chests with an effusion in each, in the layout of docs/reference/training.md; the last is for validation too."""
    generator, scale = np.random.default_rng(3), size // SIZE
    listed = []
    for index in range(cases):
        pathology = np.zeros((len(FINDING_NAMES), size, size), dtype=np.uint8)
        pathology[FINDING_NAMES.index("effusion"), 40 * scale : 56 * scale, (40 + index) * scale : 54 * scale] = 1
        picture = generator.integers(0, 256, (size, size), dtype=np.uint8)
        save_image(folder / "images" / f"c{index}.png", picture)
        save_channels(folder / "anatomy" / f"c{index}.nii.gz", ellipse_chest(size))
        save_channels(folder / "pathology" / f"c{index}.nii.gz", pathology)
        files = {"image": "images/{}.png", "anatomy": "anatomy/{}.nii.gz", "pathology": "pathology/{}.nii.gz"}
        listed.append({"id": f"c{index}", "record": f"r{index}", **{key: file.format(f"c{index}") for key, file in files.items()}})
    write_datalist(folder, listed, listed[-1:])
    return folder


def open_workflow(root: Path, *configs: str, kind: str = "train", **overrides: Any) -> ConfigWorkflow:
    """The workflow of a copied bundle, initialized; `#` in the name of an override is written `__`."""
    named = {key.replace("__", "#"): value for key, value in overrides.items()}
    files = [str(root / "configs" / f"{config}.json") for config in configs]
    workflow = ConfigWorkflow(
        config_file=files,
        meta_file=str(root / "configs" / "metadata.json"),
        logging_file=False,
        workflow_type=kind,
        bundle_root=str(root),
        **named,
    )
    workflow.initialize()
    return workflow


def train_autoencoder(root: Path, dataset_dir: Path, **overrides: Any) -> ConfigWorkflow:
    """One epoch of the tiny autoencoder, published into the copied bundle."""
    settings = {"dataset_dir": str(dataset_dir), **AUTOENCODER, **SMALL_RUN, "samples_per_epoch": 4, **overrides}
    workflow = open_workflow(root, "inference", "train_autoencoder", **settings)
    workflow.run()
    return workflow


def open_training(root: Path, dataset_dir: Path, *configs: str, **overrides: Any) -> ConfigWorkflow:
    """The training of the tiny diffusion network, ready to run."""
    settings = {"dataset_dir": str(dataset_dir), **AUTOENCODER, **UNET, **SMALL_RUN, **overrides}
    return open_workflow(root, "inference", "train", *configs, **settings)


def open_inference(root: Path, **overrides: Any) -> ConfigWorkflow:
    """Inference of the tiny bundle, ready to run."""
    settings = {**AUTOENCODER, **UNET, "device": "cpu", "size": SIZE, "num_inference_steps": 2, **overrides}
    return open_workflow(root, "inference", kind="inference", **settings)
