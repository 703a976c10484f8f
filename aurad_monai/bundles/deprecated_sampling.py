# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Old `inference.json` of a diffusion bundle, in which one inferer held everything: accepted for one version.

Takes the content of the config; gives the same with `scheduler`, `sampler`, `inferer`, `postprocessing` and `saving`.
"""

from __future__ import annotations

from typing import Any

INFERER = "aurad_monai.diffusion.inferer.RectifiedFlowInferer"
PREDICTION_TYPES = {"velocity": "v_prediction", "data": "sample"}
SAMPLER_ARGUMENTS = {
    "num_inference_steps": "num_inference_steps",
    "guidance_scale": "guidance_scale",
    "order": "solver_order",
    "kept_channels": "always_on_channels",
    "center_noise": "zero_mean_noise",
    "presets": "presets",
}
SCHEDULER_ARGUMENTS = {"num_train_timesteps": "num_train_timesteps", "time_shift": "shift", "time_ends": "cosine_weight"}
MASK_ARGUMENTS = {
    "threshold": "threshold",
    "least_pixels": "min_pixels",
    "insist": "enforce_presence",
    "obey": "apply_constraints",
}
DEFAULTS = {"guidance_scale": 2.0, "order": 1}
"""Of the old inferer, where they differ from today's sampler."""
CLAMP = {"_target_": "ScaleIntensityRanged", "keys": "pred", "a_min": 0.0, "a_max": 1.0, "b_min": 0.0, "b_max": 1.0}


def split_inferer(content: Any, found: set[str]) -> Any:
    """The config with today's entries; one that has no such inferer stays as it is.

    Args:
        content: of `inference.json`.
        found: old names are added to it.
    """
    old = content.get("inferer") if isinstance(content, dict) else None
    if not isinstance(old, dict) or old.get("_target_") != INFERER:
        return content
    found.add("inferer")
    new = dict(content)
    old = DEFAULTS | old
    if "prediction" in new:
        new["prediction"] = _prediction_type(new["prediction"])
    new["scheduler"] = {
        "_target_": "aurad_monai.diffusion.scheduler.FlowScheduler",
        "prediction_type": _prediction_type(old.get("prediction", "velocity")),
        **_renamed(old, SCHEDULER_ARGUMENTS),
    }
    new["sampler"] = {
        "_target_": "aurad_monai.diffusion.sampler.FlowSampler",
        "scheduler": "@scheduler",
        **_renamed(old, SAMPLER_ARGUMENTS),
    }
    new["inferer"] = {
        "_target_": "aurad_monai.diffusion.inferer.SamplingInferer",
        "sampler": "@sampler",
        "autoencoder": old.get("latent_space", "@autoencoder"),
    }
    return _with_postprocessing(new, old.get("finish"))


def _with_postprocessing(content: dict[str, Any], finish: Any) -> dict[str, Any]:
    """`postprocessing` of data from the old `sampled` and `finish`, and `saving` from the old `postprocessing`."""
    sampled = content.pop("sampled", None)
    if not isinstance(sampled, dict):
        return content
    masks = str(sampled.get("_target_")).endswith("SampledMaskd")
    transforms: list[Any] = [CLAMP | {"clip": True}]
    if masks:
        target = "aurad_monai.diffusion.mask_postprocessing.MaskPostprocessd"
        transforms = [{"_target_": target, **_renamed(sampled, MASK_ARGUMENTS)}]
    if isinstance(finish, dict):
        arguments = {name: value for name, value in finish.items() if name != "_target_"}
        target = "aurad_monai.diffusion.image_postprocessing.UnsharpMaskd"
        transforms.insert(0, {"_target_": target, "keys": "pred", **arguments})
    name = "pathology" if masks else sampled.get("key", "image")
    kept = content.get("postprocessing", {}).get("transforms", [])
    saving = [_saving(item, name) for item in kept if isinstance(item, dict)]
    content["postprocessing"] = {"_target_": "Compose", "transforms": transforms}
    content["saving"] = saving[0] if len(saving) == 1 else {"_target_": "Compose", "transforms": saving}
    if isinstance(content.get("evaluator"), dict):
        both = "$monai.transforms.Compose([@postprocessing, @saving])"
        content["evaluator"] = {**content["evaluator"], "postprocessing": both}
    return content


def _saving(transform: dict[str, Any], name: str) -> dict[str, Any]:
    """A transform that saves `pred` under the name of what was sampled."""
    keys = transform.get("keys")
    if not isinstance(keys, list) or name not in keys:
        return transform
    return {**transform, "keys": ["pred" if key == name else key for key in keys], "names": keys}


def _renamed(arguments: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    return {new: arguments[old] for old, new in names.items() if old in arguments}


def _prediction_type(value: Any) -> Any:
    """Today's name of what a network predicts; references stay."""
    return PREDICTION_TYPES.get(value, value) if isinstance(value, str) else value
