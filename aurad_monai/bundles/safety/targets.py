# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Allow-list of classes and functions that a bundle's config may name, in MONAI, Ignite, torch and this package.

Takes a `_target_` name; gives the reason of refusal or None. A name is checked by where the object is defined:
`aurad_monai.bundles.bundle.os.system` starts with an allowed prefix and still is `os.system`.
"""

from __future__ import annotations

import functools
import importlib
import inspect
import re
from collections.abc import Collection
from types import BuiltinFunctionType, FunctionType, ModuleType
from typing import Any

OWN = (
    "aurad_monai.anatomy",
    "aurad_monai.bundles.bundle.check_weights",
    "aurad_monai.bundles.bundle.load_weights",
    "aurad_monai.bundles.bundle.publish_weights",
    "aurad_monai.datasets",
    "aurad_monai.io",
    "aurad_monai.request",
    "aurad_monai.diffusion",
    "aurad_monai.evaluation",
    "aurad_monai.experts",
    "aurad_monai.filtering",
    "aurad_monai.training.handlers",
    "aurad_monai.prompts",
    "aurad_monai.training.plateau",
    "aurad_monai.training.prediction_sheet",
    "aurad_monai.training.progress",
    "aurad_monai.training.reconstruction",
    "aurad_monai.training.sample_grid",
    "aurad_monai.training.stall_warning",
    "aurad_monai.lesions",
)
"""What of this package a config may name: steps of a case, nothing that opens bundles, runs commands, moves folders."""

PREFIXES = (
    *OWN,
    "monai.data",
    "monai.engines",
    "monai.handlers",
    "monai.inferers",
    "monai.losses",
    "monai.metrics",
    "monai.networks.blocks",
    "monai.networks.layers",
    "monai.networks.nets",
    "monai.networks.schedulers",
    "monai.optimizers",
    "monai.transforms",
    "monai.utils.misc.set_determinism",
    "ignite.handlers.early_stopping",
    "ignite.handlers.ema_handler",
    "ignite.handlers.param_scheduler",
    "ignite.handlers.terminate_on_nan",
    "ignite.metrics",
    "torch.nn",
    "torch.optim",
    "torch.utils.data.dataloader",
    "torch.utils.data.dataset",
    "torch.utils.data.distributed",
    "torch.utils.data.sampler",
)
"""Modules, or single names, in which a target may be defined."""

PACKAGES = (*PREFIXES, "ignite.handlers", "monai.utils.set_determinism", "torch.utils.data")
"""How a name may start: the above, and what hands them on under a shorter name."""

REFUSED = {
    "aurad_monai.datasets.sources": "imports by name",
    "aurad_monai.diffusion.import_generative": "loads checkpoints of other packages",
    "aurad_monai.evaluation.images.encoder": "imports by name",
    "aurad_monai.evaluation.utility.detection": "imports by name",
    "aurad_monai.experts.published_weights": "downloads weights",
    "monai.data.dataset.CSVDataset": "reads addresses",
    "monai.data.dataset.CacheNTransDataset": "unpickles its cache",
    "monai.data.dataset.GDSDataset": "unpickles its cache",
    "monai.data.dataset.LMDBDataset": "unpickles its cache",
    "monai.data.dataset.PersistentDataset": "unpickles its cache",
    "monai.data.image_reader.NumpyReader": "can unpickle arrays",
    "monai.data.iterable_dataset.CSVIterableDataset": "reads addresses",
    "monai.data.torchscript_utils": "loads TorchScript",
    "monai.handlers.checkpoint_loader": "loads checkpoints; use aurad_monai.bundles.bundle.load_weights",
    "monai.handlers.clearml_handlers": "talks to a server",
    "monai.handlers.mlflow_handler": "talks to a server",
    "monai.handlers.trt_handler": "compiles",
    "monai.losses.perceptual": "downloads and runs a network",
    "monai.networks.blocks.text_embedding": "downloads weights",
    "monai.networks.layers.gmm": "compiles C++",
    "monai.networks.nets.cell_sam_wrapper": "loads a checkpoint",
    "monai.networks.nets.flexible_unet.FlexUNetEncoderRegister": "imports by name",
    "monai.networks.nets.hovernet": "downloads weights",
    "monai.networks.nets.milmodel": "downloads weights",
    "monai.networks.nets.torchvision_fc": "downloads weights",
    "monai.networks.nets.transchex": "downloads weights",
    "monai.transforms.utility.array.CuCIM": "imports by name",
    "monai.transforms.utility.array.TorchIO": "imports by name",
    "monai.transforms.utility.array.TorchVision": "imports by name",
    "monai.transforms.utility.dictionary.CuCIMd": "imports by name",
    "monai.transforms.utility.dictionary.TorchIOd": "imports by name",
    "monai.transforms.utility.dictionary.TorchVisiond": "imports by name",
    "monai.networks.nets.senet": "downloads weights",
    "monai.optimizers.lr_finder": "unpickles its cache",
}
"""What is defined in an allowed module and still refused, with what it does."""

REFUSED_ARGUMENTS = {
    "allow_pickle": "unpickles",
    "download": "downloads",
    "init_method": "connects to a server of the bundle's choice",
    "pretrained": "downloads weights",
    "pretrained_path": "loads weights outside the sha256 lock",
    "pretrained_url": "downloads weights",
    "store": "connects to a server of the bundle's choice",
    "trust_repo": "downloads code",
    "use_pretrained": "downloads weights",
}
"""Arguments that no call may set to anything but false or null."""

NAMED = {
    "reader": frozenset({"ITKReader", "NibabelReader", "NrrdReader", "PILReader", "PydicomReader"}),
    "writer": frozenset({"ITKWriter", "NibabelWriter", "PILWriter"}),
    "merger_cls": frozenset({"AvgMerger", "ZarrAvgMerger"}),
}
"""Arguments by which MONAI finds a class, and what they may name: it imports and calls any other name too."""

_NAME = re.compile(r"[A-Za-z]\w*(\.[A-Za-z]\w*)*", flags=re.ASCII)
_REFUSED_WORDS = ("pretrained", "download", "pickle")


def argument_refusal(name: str, value: object) -> str | None:
    """Why an argument of a component is refused whatever the component is; None where it may be given."""
    if name in REFUSED_ARGUMENTS and value not in (None, False):
        return f"argument '{name}' {REFUSED_ARGUMENTS[name]}"
    named = NAMED.get(name)
    chosen = value if isinstance(value, list) else [value]
    if named and not all(choice is None or (isinstance(choice, str) and choice in named) for choice in chosen):
        return f"argument '{name}' may be {', '.join(sorted(named))}"
    return None


def target_refusal(name: object, trusted: Collection[str] = ()) -> str | None:
    """Why a `_target_` must not be called; None where it may.

    Args:
        name: as it stands in the config: a dotted name, or the short name of something of MONAI's.
        trusted: packages of the user's own, whose names are all allowed.
    """
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        return "a target must be the plain dotted name of a class or function"
    if "." in name:
        return dotted_refusal(name, trusted)
    modules = _short_name_modules(name)
    if not modules:
        return "no such class or function in MONAI"
    return next((why for module in modules if (why := dotted_refusal(f"{module}.{name}", trusted))), None)


def dotted_refusal(name: str, trusted: Collection[str] = (), homes: Collection[str] = PREFIXES) -> str | None:
    """Why a full dotted name must not be used; None where it may.

    Args:
        name: such as `monai.transforms.Compose`.
        trusted: packages of the user's own, whose names are all allowed.
        homes: where it may be defined.
    """
    if not _NAME.fullmatch(name):
        return "not a public dotted name"
    if name.split(".")[0] in trusted:
        return None
    if not within(name, PACKAGES):
        return "not in an allowed package (docs/concepts/security.md lists them)"
    return _refusal_of(name, tuple(homes))


def within(name: str, prefixes: Collection[str]) -> bool:
    """Whether a dotted name is one of the prefixes or lies below one."""
    return any(name == prefix or name.startswith(prefix + ".") for prefix in prefixes)


@functools.cache
def _refusal_of(name: str, homes: tuple[str, ...]) -> str | None:
    found = _locate(name)
    if found is None and _is_own_constructor(name):
        return None
    if isinstance(found, ModuleType) or not isinstance(found, (type, FunctionType, BuiltinFunctionType)):
        return "no class or function of that name"
    home = f"{getattr(found, '__module__', '')}.{getattr(found, '__qualname__', '.')}"
    if not within(home, homes) or "." in found.__qualname__:
        return f"defined outside the allowed modules, as {home}"
    for refused, why in REFUSED.items():
        if within(home, (refused,)):
            return f"refused, because it {why}"
    if any(word in found.__qualname__.lower() for word in _REFUSED_WORDS):
        return "refused, because it loads what the sha256 lock does not cover"
    return None


def _is_own_constructor(name: str) -> bool:
    """Whether this is a class method of ours, such as `AnatomyPrior.from_file`, that makes an object of its class."""
    above, _, method = name.rpartition(".")
    owner = _locate(above)
    if not isinstance(owner, type) or not within(f"{owner.__module__}.{owner.__qualname__}", OWN):
        return False
    return method.startswith("from_") and isinstance(inspect.getattr_static(owner, method, None), classmethod)


def _locate(name: str) -> Any:
    """The object of a dotted name inside an allowed package, or None; imports modules of that package only."""
    parts = name.split(".")
    found: Any = importlib.import_module(parts[0])
    for index, part in enumerate(parts[1:], start=2):
        following = inspect.getattr_static(found, part, None) if isinstance(found, ModuleType) else None
        if following is None and isinstance(found, ModuleType) and found.__name__ == ".".join(parts[: index - 1]):
            try:
                following = importlib.import_module(".".join(parts[:index]))
            except ImportError:
                return None
        if following is None:
            return None
        found = following
    return found


@functools.cache
def _locator() -> Any:
    from monai.bundle.config_item import ComponentLocator

    return ComponentLocator()


def _short_name_modules(name: str) -> tuple[str, ...]:
    """Every module of MONAI that defines the name: MONAI takes the first, so all must be allowed."""
    modules = _locator().get_component_module_name(name)
    return () if modules is None else (modules,) if isinstance(modules, str) else tuple(modules)
