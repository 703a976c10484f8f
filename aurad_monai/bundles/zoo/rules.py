# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""The Model Zoo's rules for the files of a bundle, as `verify_bundle` and the zoo's guide to contributing state them.

Takes a bundle that was read; gives a `Failure` for each rule it does not keep, with the mend.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from aurad_monai.bundles.safety.strict_json import read_strict
from aurad_monai.bundles.zoo.bundle_folder import BundleFolder, Failure, entry, targets, texts

MAX_FILE_SIZE = 25 * 2**20
NECESSARY = ("LICENSE", "configs/metadata.json")
HASHES = ("md5", "sha1", "sha256", "sha512", "")
REQUIRED = {
    "schema": str,
    "version": str,
    "monai_version": str,
    "pytorch_version": str,
    "numpy_version": str,
    "required_packages_version": dict,
    "task": str,
    "description": str,
    "authors": str,
    "copyright": str,
    "network_data_format": dict,
}
"""Keys of metadata.json that MONAI's schema of 2024-07-25 requires, and their types."""

TENSOR = ("type", "format", "num_channels", "spatial_shape", "dtype", "value_range")
"""Keys that the schema requires of each tensor of a data format."""

HEADINGS = {
    "authors": ("authors",),
    "tags": ("tags",),
    "model description": ("model description", "model overview"),
    "data": ("data",),
    "performance": ("performance",),
    "system configuration": ("system configuration",),
}
"""Headings of the zoo's template that are not optional, and what published bundles call them."""

INFERENCE = ("bundle_root", "device", "dataset_dir", "dataset", "evaluator", "network_def", "inferer")
TRAIN: tuple[str, ...] = ("bundle_root", "device", "dataset_dir", "train#trainer", "train#trainer#max_epochs", "train#dataset")
TRAIN += ("train#dataset#data", "train#handlers", "train#inferer")
VALIDATE = ("validate#evaluator", "validate#handlers", "validate#dataset", "validate#dataset#data")
NAMED = {
    "dataset#transform": "preprocessing",
    "evaluator#postprocessing": "postprocessing",
    "evaluator#val_handlers": "handlers",
    "evaluator#key_val_metric": "key_metric",
    "train#dataset#transform": "train#preprocessing",
    "train#trainer#postprocessing": "train#postprocessing",
    "train#trainer#train_handlers": "train#handlers",
    "train#trainer#key_train_metric": "train#key_metric",
    "validate#dataset#transform": "validate#preprocessing",
    "validate#evaluator#inferer": "validate#inferer",
    "validate#evaluator#postprocessing": "validate#postprocessing",
    "validate#evaluator#val_handlers": "validate#handlers",
    "validate#evaluator#key_val_metric": "validate#key_metric",
    "validate#dataloader#dataset": "validate#dataset",
}
"""Arguments of engines and datasets, and the property that MONAI looks for where one of them refers to an entry."""

PERSONAL = re.compile(r"(^|[^\w])(/home/|/Users/|/mnt/|/root/|[A-Za-z]:\\)")
WRITERS = re.compile(r"Save\w*|Write\w*|\w+Saver|\w+Writer")


def zoo_failures(bundle: BundleFolder) -> list[Failure]:
    """Everything that the zoo's checks of files would refuse or its reviewers ask for."""
    return [failure for rule in RULES for failure in rule(bundle)]


def files(bundle: BundleFolder) -> Iterator[Failure]:
    """Files that must be there, and readable."""
    for name in NECESSARY:
        if not (bundle.root / name).is_file():
            yield Failure(f"a bundle has {name}", name, f"add {name}, named exactly so")
    if "inference" not in bundle.names:
        mend = "add configs/inference.json, or ask for an entry in exclude_verify_preferred_files_list"
        yield Failure("a bundle has an inference config", "configs/inference.json", mend)
    if not bundle.has("models/model.pt"):
        mend = "save network_def's state dict there, or list it in large_files.yml"
        yield Failure("a bundle has its weights in models/model.pt", "models/model.pt", mend)
    for name, why in bundle.broken.items():
        yield Failure(f"configs can be read ({why})", name, "write it anew")


def sizes(bundle: BundleFolder) -> Iterator[Failure]:
    """No file over 25 MB in git; large ones are named with address and hash."""
    listed = {str(item.get("path")): item for item in bundle.large_files}
    for path in sorted(bundle.root.rglob("*")):
        name = path.relative_to(bundle.root).as_posix()
        if path.is_file() and path.stat().st_size > MAX_FILE_SIZE and name not in listed:
            yield Failure("no file is over 25 MB", name, "list path, url, hash_val and hash_type in large_files.yml")
    for name, item in listed.items():
        if not item.get("url") or not item.get("path"):
            yield Failure("a large file has path and url", f"large_files {name}", "give both")
        if str(item.get("hash_type") or "").lower() not in HASHES:
            mend = f"name one of {', '.join(HASHES[:-1])}"
            yield Failure("the zoo knows the kind of hash", f"large_files {name}", mend)
        if not item.get("hash_val"):
            yield Failure("a download can be told from another", f"large_files {name}", "give hash_val and hash_type")


def metadata(bundle: BundleFolder) -> Iterator[Failure]:
    """Keys, version and changelog of metadata.json."""
    content = bundle.metadata
    if not content:
        return
    for key, kind in REQUIRED.items():
        if not isinstance(content.get(key), kind):
            rule = f"metadata has '{key}', {'a text' if kind is str else 'an object'}"
            yield Failure(rule, f"configs/metadata.json {key}", f"add '{key}'")
    version, changelog = content.get("version"), content.get("changelog")
    if not isinstance(changelog, dict) or version not in changelog:
        mend = f"add a line '{version}' to changelog"
        yield Failure("changelog tells of the version", "configs/metadata.json changelog", mend)
    if not isinstance(version, str) or not re.fullmatch(r"\d+\.\d+\.\d+", version):
        yield Failure("the version has three numbers", "configs/metadata.json version", "write it as 0.1.0")
    for key, why in (("name", "the model browser shows it"), ("supported_apps", "{} where there are none")):
        if key not in content:
            yield Failure(f"metadata has '{key}'", f"configs/metadata.json {key}", f"add it; {why}")
    if f"{bundle.root.name}_v{version}" in read_model_info(bundle.root.parent):
        yield Failure("a changed bundle has a new version", "configs/metadata.json version", "raise it")


def formats(bundle: BundleFolder) -> Iterator[Failure]:
    """Data formats: complete, and with the names that `verify_net_in_out` reads."""
    for key, content in bundle.metadata.items():
        if not key.endswith("_data_format") or not isinstance(content, dict):
            continue
        for side in ("inputs", "outputs"):
            if not isinstance(content.get(side), dict):
                yield Failure("a data format has inputs and outputs", f"configs/metadata.json {key}", f"add {side}")
                continue
            for name, tensor in content[side].items():
                missing = [part for part in TENSOR if isinstance(tensor, dict) and part not in tensor]
                if missing:
                    where = f"configs/metadata.json {key}#{side}#{name}"
                    yield Failure(f"a tensor has {', '.join(TENSOR)}", where, f"add {', '.join(missing)}")
    shared = bundle.metadata.get("network_data_format")
    for where in ("inputs#image", "outputs#pred"):
        if isinstance(shared, dict) and entry(shared, where) is None:
            mend = "name the one tensor so, or ask for an entry in exclude_verify_shape_list"
            yield Failure("verify_net_in_out reads it", f"configs/metadata.json network_data_format#{where}", mend)


def inference(bundle: BundleFolder) -> Iterator[Failure]:
    """Entries of the inference config."""
    yield from _entries(bundle, "inference", INFERENCE)


def training(bundle: BundleFolder) -> Iterator[Failure]:
    """Entries of the training config; those of validation where there is one."""
    yield from _entries(bundle, "train", TRAIN)
    content = bundle.config("train")
    if not content or not isinstance(content.get("train"), dict):
        return
    if "validate" in content:
        yield from _entries(bundle, "train", VALIDATE)
    for component in targets(content):
        if component["_target_"].rpartition(".")[2] == "ValidationHandler" and component.get("interval") != (
            "@val_interval"
        ):
            rule = "the interval of validation is called val_interval"
            yield Failure(rule, f"{_file(bundle, 'train')} ValidationHandler", 'set "interval": "@val_interval"')
    if "output_dir" not in content and "CheckpointSaver" in str(content):
        yield Failure("files go to output_dir", _file(bundle, "train"), "add output_dir and write there")


def properties(bundle: BundleFolder) -> Iterator[Failure]:
    """What an engine or a dataset refers to has the name that MONAI's `check_properties` looks for."""
    for stem in ("inference", "train"):
        content = bundle.config(stem)
        for argument, name in NAMED.items():
            given = entry(content, argument)
            if (stem == "train") != name.startswith(("train#", "validate#")) or given is None:
                continue
            if not isinstance(given, str):
                rule = f"check_properties reads {argument} as a reference"
                yield Failure(rule, f"{_file(bundle, stem)} {argument}", f'move it to {name}, and write "@{name}"')
            elif not given.startswith("$") and given.replace("::", "#") != f"@{name}":
                yield Failure(f"it refers to {name}", f"{_file(bundle, stem)} {argument}", f"call that entry {name}")


def paths(bundle: BundleFolder) -> Iterator[Failure]:
    """No path of somebody's own machine; a place for what is written."""
    for stem, content in bundle.configs.items():
        for text in texts(content):
            if PERSONAL.search(text):
                mend = f"write /workspace/... ({text[:40]})"
                yield Failure("paths name nobody's machine", _file(bundle, stem), mend)
    content = bundle.config("inference")
    if any(WRITERS.fullmatch(part["_target_"].rpartition(".")[2]) for part in targets(content)) and (
        "output_dir" not in content
    ):
        yield Failure("files go to output_dir", _file(bundle, "inference"), "add output_dir and write there")


def packages(bundle: BundleFolder) -> Iterator[Failure]:
    """Every package that a config names is installed before the zoo's checks run."""
    listed = {"monai", "torch", "numpy", "ignite", "scripts"}
    for key in ("required_packages_version", "optional_packages_version"):
        found = bundle.metadata.get(key)
        for name, version in found.items() if isinstance(found, dict) else ():
            listed |= {name.replace("-", "_").lower()}
            if not isinstance(version, str) or not version.strip():
                yield Failure("a package has a version", f"configs/metadata.json {key}#{name}", "give one")
    dotted = [part["_target_"].split(".")[0] for content in bundle.configs.values() for part in targets(content)]
    for name in sorted(set(dotted)):
        own = (bundle.root / name).is_dir() or (bundle.root / f"{name}.py").is_file()
        known = name.lower() in listed or any(item.endswith("_" + name.lower()) for item in listed)
        if not (own or known or _is_short(name, bundle)):
            mend = f"add the distribution of '{name}' to required_packages_version"
            yield Failure("required packages are those that configs name", "configs/metadata.json", mend)


def card(bundle: BundleFolder) -> Iterator[Failure]:
    """The card has the headings of the zoo's template; data under conditions have their licence."""
    if not bundle.card:
        yield Failure("a bundle has docs/README.md", "docs/README.md", "write it from the zoo's readme_template.md")
        return
    lines = [line.strip("#* ").lower() for line in bundle.card.splitlines() if line.lstrip().startswith("#")]
    for heading, names in HEADINGS.items():
        if not any(line.startswith(names) for line in lines):
            yield Failure(f"the card has a heading '{heading.title()}'", "docs/README.md", f"add '# {heading.title()}'")
    if not list((bundle.root / "docs").glob("*license*")):
        mend = "add docs/data_license.txt with the conditions of the data"
        yield Failure("the licence of the data is told", "docs/data_license.txt", mend)


def foreign_targets(bundle: BundleFolder) -> list[str]:
    """Packages other than MONAI, torch and Ignite that the inference config names; federated platforms refuse them."""
    content = bundle.config("inference")
    names = {part["_target_"] for part in targets(content)}
    imports = [text for text in texts(content.get("imports")) if text.startswith("$")]
    roots = {found[1] for text in imports if (found := re.search(r"(?:from|import) (\w+)", text))}
    roots |= {name.split(".")[0] for name in names if "." in name}
    return sorted(roots - {"monai", "torch", "ignite", "numpy"} - sys.stdlib_module_names)


def _is_short(name: str, bundle: BundleFolder) -> bool:
    """Whether it is only ever the whole `_target_`: the short name of something of MONAI's."""
    return not any(
        part["_target_"].startswith(name + ".") for content in bundle.configs.values() for part in targets(content)
    )


def _entries(bundle: BundleFolder, stem: str, wanted: tuple[str, ...]) -> Iterator[Failure]:
    content = bundle.config(stem)
    for where in wanted if content else ():
        if entry(content, where) is None and not _by_reference(content, where):
            yield Failure(f"{stem} has {where}", f"{_file(bundle, stem)} {where}", f"add the entry {where}")


def _by_reference(content: dict[str, Any], where: str) -> bool:
    """Whether an entry above it is a reference or an expression, which only running tells."""
    above = where.rpartition("#")[0]
    return bool(above) and isinstance(entry(content, above), str)


def _file(bundle: BundleFolder, stem: str) -> str:
    return f"configs/{bundle.names.get(stem, stem + '.json')}"


RULES: tuple[Callable[[BundleFolder], Iterator[Failure]], ...] = (
    files,
    sizes,
    metadata,
    formats,
    inference,
    training,
    properties,
    paths,
    packages,
    card,
)


def read_model_info(folder: Path) -> dict[str, Any]:
    """Versions that the zoo already has, from model_info.json of its models folder; empty where there is none."""
    path = folder / "model_info.json"
    content = read_strict(path) if path.is_file() else {}
    return content if isinstance(content, dict) else {}
