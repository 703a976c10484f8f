# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Old names in bundle configs: entries, arguments and `_target_` names that were renamed, accepted for one version.

`current` takes the content of a config and gives the same with today's names, and the old names it found.
"""

from __future__ import annotations

import re
import sys
from typing import Any

from aurad_monai.bundles.deprecated_cases import rewired
from aurad_monai.bundles.deprecated_sampling import split_inferer
from aurad_monai.bundles.deprecated_site import without_expressions

MODULES = {
    "aurad_monai.bundles.load_weights": "aurad_monai.bundles.bundle.load_weights",
    "aurad_monai.bundles.check_weights": "aurad_monai.bundles.bundle.check_weights",
    "aurad_monai.bundles.publish_weights": "aurad_monai.bundles.bundle.publish_weights",
    "aurad_monai.data.datalist": "aurad_monai.io.datalist",
    "aurad_monai.data.inference_cases": "aurad_monai.request.inference_cases",
    "aurad_monai.data.lesion_shapes": "aurad_monai.lesions.lesion_shapes",
    "aurad_monai.diffusion.augmented_latents.keep_batch": "monai.data.utils.no_collation",
    "aurad_monai.diffusion.controlled_unet.KLLatents": "aurad_monai.diffusion.controlled_unet.KLAutoencoder",
    "aurad_monai.diffusion.exportable.PackedDiffusionNetwork": "aurad_monai.diffusion.export_wrapper.ExportWrapper",
    "aurad_monai.diffusion.latents.ImageLatentSpace": "aurad_monai.diffusion.autoencoder.ImageAutoencoder",
    "aurad_monai.diffusion.latents.MaskLatentSpace": "aurad_monai.diffusion.autoencoder.MaskAutoencoder",
    "aurad_monai.diffusion.prepare_batch.RectifiedFlowBatch": "aurad_monai.diffusion.batches.FlowTrainingBatch",
    "aurad_monai.diffusion.prepare_batch": "aurad_monai.diffusion.batches",
    "aurad_monai.experts.twin_loss.TwinLoss": "aurad_monai.experts.barlow_twins.PairedBarlowTwinsLoss",
    "aurad_monai.filtering.absent_not_seen.AbsentNotSeen": "aurad_monai.filtering.criteria.finding_absent.FindingAbsent",
    "aurad_monai.filtering.anatomy_agreement": "aurad_monai.filtering.criteria.anatomy_agreement",
    "aurad_monai.filtering.copy_index": "aurad_monai.filtering.memorization.copy_index",
    "aurad_monai.filtering.finding_seen.FindingSeen": (
        "aurad_monai.filtering.criteria.finding_detected.FindingDetected"
    ),
    "aurad_monai.filtering.frontal_radiograph": "aurad_monai.filtering.criteria.frontal_radiograph",
    "aurad_monai.filtering.near_copy.NearCopy": "aurad_monai.filtering.criteria.memorization.Memorization",
    "aurad_monai.filtering.near_duplicate": "aurad_monai.filtering.criteria.near_duplicate",
    "aurad_monai.filtering.plausible_place.PlausiblePlace": (
        "aurad_monai.filtering.criteria.plausible_location.PlausibleLocation"
    ),
    "aurad_monai.filtering.radiograph_quality": "aurad_monai.filtering.criteria.radiograph_quality",
    "aurad_monai.filtering.view.View": "aurad_monai.filtering.criteria.orientation.Orientation",
    "aurad_monai.transforms.conditions": "aurad_monai.request.conditions",
    "aurad_monai.transforms.findings_from_masks": "aurad_monai.request.conditions",
    "aurad_monai.transforms.forget_attributes.RandForgetAttributesd": (
        "aurad_monai.request.attribute_dropout.RandDropAttributesd"
    ),
    "aurad_monai.transforms.sampled.SaveCased": "aurad_monai.io.save_case.SaveCased",
    "aurad_monai.diffusion.sampled.SaveCased": "aurad_monai.io.save_case.SaveCased",
    "aurad_monai.transforms.reconstruction.Reconstructiond": "monai.transforms.AsDiscreted",
    "aurad_monai.transforms.finding_targets": "aurad_monai.datasets.finding_targets",
    "aurad_monai.transforms.label_structures": "aurad_monai.io.label_structures",
    "aurad_monai.transforms.load_case": "aurad_monai.io.load_case",
    "aurad_monai.transforms.load_radiograph": "aurad_monai.io.load_radiograph",
    "aurad_monai.transforms.save_structures": "aurad_monai.io.save_structures",
    "aurad_monai.transforms.compose_lesions": "aurad_monai.lesions.compose_lesions",
    "aurad_monai.evaluation.mask_report.mask_sampler": "aurad_monai.evaluation.masks.mask_report.sample_masks",
    "aurad_monai.evaluation.mask_report": "aurad_monai.evaluation.masks.mask_report",
    "aurad_monai.evaluation.reconstruction": "aurad_monai.training.reconstruction",
    "aurad_monai.handlers": "aurad_monai.training.handlers",
}
"""Moved modules, classes and functions that a config may name, old dotted name to new."""

ENTRIES = {
    "latent_space": "autoencoder",
    "packed_network": "export_wrapper",
    "validation_interval": "val_interval",
    "seen_thresholds": "detection_thresholds",
    "absent_thresholds": "absence_thresholds",
    "thresholds#near_copy": "thresholds#memorization",
    "thresholds#view": "thresholds#orientation",
    "thresholds#least_sharpness": "thresholds#min_sharpness",
    "thresholds#most_sharpness": "thresholds#max_sharpness",
    "thresholds_provenance#near_copy": "thresholds_provenance#memorization",
    "thresholds_provenance#view": "thresholds_provenance#orientation",
    "thresholds_provenance#least_sharpness": "thresholds_provenance#min_sharpness",
    "thresholds_provenance#most_sharpness": "thresholds_provenance#max_sharpness",
}
"""Renamed entries of a config by their ids."""

ARGUMENTS = {
    "aurad_monai.diffusion.augmented_latents.AugmentedLatents": {
        "latent_space": "autoencoder",
        "magnify": "zoom",
        "turn": "rotate",
    },
    "aurad_monai.diffusion.autoencoder.ImageAutoencoder": {"latent_noise": "noise_augmentation"},
    "aurad_monai.diffusion.autoencoder.MaskAutoencoder": {"latent_noise": "noise_augmentation"},
    "aurad_monai.diffusion.batches.FlowTrainingBatch": {"kept_channels": "always_on_channels"},
    "aurad_monai.diffusion.controlled_unet.ControlledUNet": {"copy": "copy_weights"},
    "aurad_monai.diffusion.latent_cache.CachedLatents": {"latent_space": "autoencoder"},
    "aurad_monai.filtering.criteria.anatomy_agreement.AnatomyAgreement": {"least_visible": "min_visible"},
    "aurad_monai.filtering.criteria.finding_detected.FindingDetected": {"minimal_area": "min_area"},
    "aurad_monai.filtering.criteria.frontal_radiograph.FrontalRadiograph": {
        "least_deviation": "min_std",
        "most_white": "max_white",
        "most_black": "max_black",
    },
    "aurad_monai.filtering.criteria.plausible_location.PlausibleLocation": {"minimal_area": "min_area"},
    "aurad_monai.filtering.criteria.radiograph_quality.RadiographQuality": {
        "least_sharpness": "min_sharpness",
        "most_sharpness": "max_sharpness",
        "most_distance": "max_distance",
    },
}
"""Renamed arguments by the `_target_` that takes them."""

_MODULE = re.compile(rf"(?<![\w.])({'|'.join(map(re.escape, sorted(MODULES, key=len, reverse=True)))})(?!\w)")
_IMPORT = re.compile(r"from ([\w.]+) import (\w+)")
_ENTRY = re.compile(
    rf"(?<=[@%])({'|'.join(sorted((re.escape(name) for name in ENTRIES), key=len, reverse=True))})(?!\w)"
)


def current(content: Any) -> tuple[Any, tuple[str, ...]]:
    """A config with today's names.

    Args:
        content: of a config file, as read from JSON.

    Returns:
        The same content with every old name replaced, and the old names that were found, sorted.
    """
    found: set[str] = set()
    today = _renamed(without_expressions(split_inferer(content, found), found), "", found)
    return today, tuple(sorted(found))


def entry(name: str) -> str:
    """Today's id of a config entry; ids that were never renamed stay as they are."""
    return ENTRIES.get(name.replace("::", "#"), name)


def note(found: tuple[str, ...], where: str) -> None:
    """One line on standard error that names the old names in a config; nothing where there are none."""
    if found:
        print(f"note: {where} uses old names ({', '.join(found)}); the next version refuses them", file=sys.stderr)


def _renamed(content: Any, where: str, found: set[str]) -> Any:
    if isinstance(content, dict):
        values = {key: _renamed(value, f"{where}#{key}".lstrip("#"), found) for key, value in content.items()}
        values = rewired(values, found)
        arguments = ARGUMENTS.get(values["_target_"], {}) if isinstance(values.get("_target_"), str) else {}
        return {_key(key, f"{where}#{key}".lstrip("#"), arguments, found): value for key, value in values.items()}
    if isinstance(content, list):
        return [_renamed(value, f"{where}#{index}", found) for index, value in enumerate(content)]
    return _text(content, found) if isinstance(content, str) else content


def _key(key: str, where: str, arguments: dict[str, str], found: set[str]) -> str:
    renamed = arguments.get(key) or ENTRIES.get(where, "").rpartition("#")[2]
    if renamed:
        found.add(where if where in ENTRIES else key)
    return renamed or key


def _text(text: str, found: set[str]) -> str:
    if statement := _IMPORT.search(text):
        moved = MODULES.get(f"{statement[1]}.{statement[2]}") or MODULES.get(statement[1], "") + f".{statement[2]}"
        if not moved.startswith("."):
            found.add(f"{statement[1]}.{statement[2]}")
            module, _, name = moved.rpartition(".")
            alias = "" if name == statement[2] else f" as {statement[2]}"
            return _IMPORT.sub(f"from {module} import {name}{alias}", text)
    found |= {match[1] for pattern in (_MODULE, _ENTRY) for match in pattern.finditer(text)}
    return _ENTRY.sub(lambda match: ENTRIES[match[1]], _MODULE.sub(lambda match: MODULES[match[1]], text))
