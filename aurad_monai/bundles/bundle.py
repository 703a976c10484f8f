# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Bundles: check the hashes of the weights, open the named properties of a config, publish weights.

Takes a bundle folder; gives a `Bundle`. `models/SHA256SUMS`, in the format of coreutils, names every weight file with
its hash; a bundle with a file that is missing, differs or is not named is never opened.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

import torch
from torch import nn

from aurad_monai.files import SUMS, read_sums, sha256, whole_file, write_sums
from aurad_monai.weights import is_finite, load_strictly, read_state
from aurad_monai.bundles.gate import open_parser
from aurad_monai.bundles.inventory import WEIGHT_SUFFIXES
from aurad_monai.bundles.safety.allowed import FILE
from aurad_monai.bundles.safety.strict_json import read_strict
from aurad_monai.bundles.safety.trust import Trust
from aurad_monai.errors import InputError

RUNS = "runs"
"""Folder of a bundle in which training keeps its checkpoints; they never leave with it and inference reads none."""


def expected_hashes(models: Path) -> dict[str, str]:
    """File name to expected hash, from `models/SHA256SUMS`; raises InputError where there is none or it is no list."""
    path = models / SUMS
    if not path.is_file():
        raise InputError("bundle", models.parent, f"a bundle folder with models/{SUMS}", "reinstall the bundle")
    return read_sums(models)


def check_weights(bundle_root: Path, left_by_training: str = RUNS) -> dict[str, str]:
    """Verify every weight file of a bundle against its list, and that there is none beside the list.

    Args:
        bundle_root: the bundle folder.
        left_by_training: folder that is not looked into; "" looks into all, as for a bundle that just arrived.

    Returns:
        File name in `models/` to sha256.

    Raises:
        InputError: a listed file is missing or differs, or a file is not listed; names the file.
    """
    root = Path(bundle_root)
    models = root / "models"
    expected = expected_hashes(models)
    for path in unlisted_weights(root, expected, left_by_training):
        next_step = f"remove it, or enter its sha256sum there if you trust it: {path.relative_to(root).as_posix()}"
        raise InputError(str(path), "a weight file without a hash", f"files that models/{SUMS} lists", next_step)
    for name, digest in expected.items():
        path = models / name
        found = sha256(path) if path.is_file() else "no such file"
        if found != digest:
            raise InputError(str(path), found, f"sha256 {digest}", "download or reinstall the bundle")
    return expected


def unlisted_weights(root: Path, listed: Collection[str], left_by_training: str = RUNS) -> Iterator[Path]:
    """Every file in `models/` that the list does not name, whatever its suffix, and weight files anywhere else."""
    for path in sorted(root.rglob("*")):
        folder, *rest = path.relative_to(root).parts
        if not path.is_file() or folder == left_by_training:
            continue
        if folder == "models" and rest:
            if len(rest) > 1 or rest[0] not in {SUMS, *listed}:
                yield path
        elif path.suffix.lower() in WEIGHT_SUFFIXES:
            yield path


def publish_weights(network: nn.Module, path: str) -> None:
    """Write a network's weights, see `publish_state`."""
    publish_state(network.state_dict(), path)


def publish_state(weights: Mapping[str, torch.Tensor], path: str) -> None:
    """Write weights in half precision and enter their hash in SHA256SUMS beside them.

    Args:
        weights: a state dict; floating-point tensors are stored as float16.
        path: the `.pt` file; replaced in one step.

    Raises:
        InputError: a weight is not finite; the file that was there stays.
    """
    target = Path(path)
    if not is_finite(weights):
        raise InputError("weights", target.name, "finite numbers", "train again with a lower learning rate")
    state = {
        key: value.detach().cpu().half() if value.is_floating_point() else value.detach().cpu()
        for key, value in weights.items()
    }
    with whole_file(target) as partial:
        torch.save({key: value.contiguous() for key, value in state.items()}, partial)
    enter_hash(target)


def enter_hash(weights: Path) -> None:
    """Enter the hash of a new weight file in SHA256SUMS beside it."""
    sums = expected_hashes(weights.parent) if (weights.parent / SUMS).is_file() else {}
    sums[weights.name] = sha256(weights)
    write_sums(weights.parent, dict(sorted(sums.items())))


NOT_MADE = "Failed to instantiate component '"
"""So MONAI begins to say that a class or function does not take the arguments of a config."""


class Bundle:
    """An opened bundle: its named properties, instantiated on demand from `configs/inference.json`.

    Args:
        root: the bundle folder; its configs are judged and its weights checked before anything is made of it.
        overrides: config entries to replace, such as `device`.
        trust: True runs whatever the bundle says; names of packages of the user's own let its configs use these; None
            is what the command line said, by default nobody.
    """

    def __init__(self, root: Path, overrides: Mapping[str, Any] | None = None, trust: Trust | None = None) -> None:
        self.root = Path(root)
        self.parser = open_parser(self.root, ("inference",), overrides or {}, trust)
        self.hashes = check_weights(self.root)
        self.metadata = read_strict(self.root / "configs" / "metadata.json")

    @property
    def name(self) -> str:
        """Folder name."""
        return self.root.name

    def get(self, name: str) -> Any:
        """A property of the bundle; InputError where the config has none of that name, or it cannot be made."""
        if name not in self.parser:
            raise InputError("bundle", self.root, f"a configs/inference.json with '{name}'", "see docs/reference/bundles.md")
        try:
            return self.parser.get_parsed_content(name)
        except RuntimeError as error:
            plain = _cannot_be_made(error, self.root)
            if plain is None:
                raise
            raise plain from None


def _cannot_be_made(error: BaseException, root: Path) -> InputError | None:
    """Of an error of MONAI: what our own code said first, or the component of another version; None for other errors."""
    said, first = str(error).partition("\n")[0], error
    while first.__cause__ is not None:
        first = first.__cause__
        if isinstance(first, InputError):
            return first
    if not said.startswith(NOT_MADE):
        return None
    what = said.removeprefix(NOT_MADE).partition("'")[0]
    return InputError("bundle", root, "one made for this version", f"get or train it anew; {what} cannot be made: {first}")


def open_bundle(root: str | Path, *, trust: Trust | None = None, **overrides: Any) -> Bundle:
    """Open a bundle folder after checking that it is one, that its configs are safe, its weights the expected ones.

    Args:
        root: the bundle folder.
        trust: True runs whatever the bundle says; names of packages of the user's own let its configs use these; None
            is what the command line said, by default nobody.
        overrides: config entries to replace, such as `device`.

    Raises:
        InputError: it is no bundle, the linter refuses it, or a weight file is missing, changed or not listed.
    """
    path = Path(root)
    if not (path / "configs" / "inference.json").is_file():
        raise InputError("bundle", path, "a folder with configs/inference.json", "see `aurad info` for known bundles")
    return Bundle(path, overrides, trust)


def model_file(bundle_root: str, name: str) -> str:
    """Path of a file in a bundle's `models/`, for configs without expressions; InputError for any other name."""
    if not FILE.fullmatch(name):
        raise InputError("name", name, "the name of a file in models/", "give it without a folder")
    return str(Path(bundle_root) / "models" / name)


def load_weights(network: nn.Module, path: str, device: str | torch.device | None = None) -> nn.Module:
    """Load a plain state dict into a network, strictly and without pickle, and set it to evaluation.

    Args:
        network: of the same layout.
        path: a file of `torch.save` or safetensors.
        device: where the network goes; None leaves it.

    Raises:
        InputError: the file is missing, no state dict, or of another network.
    """
    loaded = load_strictly(network, read_state(path), path)
    return loaded if device is None else loaded.to(device)
