# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Index of the training images for the filter: perceptual descriptors (memorization) and features (distance).

Takes the training cases of a generator; writes `models/copy_index.safetensors` and
`models/radiograph_space.safetensors` of a filter bundle and enters their hashes. `aurad calibrate DIR --index` runs it.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from tqdm import tqdm

from aurad_monai.bundles.bundle import enter_hash
from aurad_monai.errors import InputError
from aurad_monai.experts.anatomy import AnatomyExpert
from aurad_monai.files import sha256, whole_file
from aurad_monai.filtering.memorization.copy_index import FILE, CopyIndex
from aurad_monai.filtering.memorization.perceptual_descriptor import WHOLE, descriptors, lung_box
from aurad_monai.filtering.radiograph_space import ORIENTATIONS, Features, RadiographSpace
from aurad_monai.io.datalist import by_id, read_datalist
from aurad_monai.io.load_case import LoadCased

Cases = Sequence[Mapping[str, Any]]


def load_image(case: Mapping[str, Any]) -> npt.NDArray[np.float32]:
    """(1, H, W) float32 in [0, 1] of a case on disk."""
    return np.asarray(LoadCased("image")({"image": case["image"]})["image"], dtype=np.float32)


def _anatomy(case: Mapping[str, Any]) -> npt.NDArray[np.uint8]:
    return np.asarray(LoadCased("anatomy")({"anatomy": case["anatomy"]})["anatomy"])


def build_copy_index(cases: Cases, expert: AnatomyExpert | None = None, progress: bool = True) -> CopyIndex:
    """Descriptors of every radiograph, cropped to its lungs.

    Args:
        cases: training images of the generator, each once.
        expert: segments those without an anatomy file; without one they are taken whole.
        progress: show a bar.
    """
    around, whole = [], []
    for case in tqdm(cases, desc="descriptors", mininterval=5, disable=not progress):
        image = load_image(case)
        box = WHOLE
        if case.get("anatomy"):
            box = lung_box(_anatomy(case))
        elif expert is not None:
            box = lung_box(expert(image[None])[0])
        around.append(descriptors(image, box)[0])
        whole.append(descriptors(image, WHOLE)[0])
    return CopyIndex([str(case["id"]) for case in cases], np.stack(around), np.stack(whole))


def orientation_features(
    cases: Cases, expert: AnatomyExpert, seed: int = 0, progress: bool = True
) -> dict[str, Features]:
    """Features of every radiograph in every view; raises InputError where the expert gives none."""
    rng = np.random.default_rng(seed)
    found: dict[str, list[Features]] = {view: [] for view in ORIENTATIONS}
    for case in tqdm(cases, desc="orientations", mininterval=5, disable=not progress):
        image = load_image(case)
        features = expert.features(np.stack([make(image, rng) for make in ORIENTATIONS.values()]))
        if features is None:
            raise InputError("bundle", "no features of its anatomy expert", "a feature_layer in its config")
        for view, row in zip(ORIENTATIONS, features, strict=True):
            found[view].append(row)
    return {view: np.stack(rows) for view, rows in found.items()}


def build_index(cases: Cases, bundle: str | Path, every: int = 1, only: str | None = None) -> None:
    """Write both files into a filter bundle and enter their hashes.

    Args:
        cases: training images of the generator, each once.
        bundle: folder of the filter bundle.
        every: learn orientations from every n-th image.
        only: copies or space, to build one of the two files.
    """
    expert = AnatomyExpert.from_bundle(bundle)
    models = Path(bundle) / "models"
    if only != "space":
        _publish(models / FILE, build_copy_index(cases, expert))
    if only != "copies":
        space = RadiographSpace.fit(orientation_features(cases[::every], expert))
        _publish(models / "radiograph_space.safetensors", space)


def add_to_generator(cases: Cases, bundle: str | Path) -> None:
    """Add its training images to the copy index of an image bundle, once, and enter the hash of that.

    Args:
        cases: training images of the generator, with their anatomy; an image that is listed twice counts once.
        bundle: folder of the image bundle.
    """
    images = {Path(case["image"]): case for case in cases if case.get("image")}
    named = [{**case, "id": str(case.get("id") or path.stem)} for path, case in images.items()]
    lines = [f"{case['id']} {sha256(path)}" for path, case in zip(images, named, strict=True)]
    added = hashlib.sha256("\n".join(lines).encode()).hexdigest()
    path = Path(bundle) / "models" / FILE
    before = CopyIndex.from_file(path) if path.is_file() else None
    if named and (before is None or added not in before.sets):
        own = build_copy_index(named)
        own.sets = [added]
        _publish(path, own if before is None else before.joined(own))
    elif before is not None:
        enter_hash(path)  # an earlier call may have ended between file and hash


def main(arguments: Sequence[str] | None = None) -> None:
    """The command line of earlier versions."""
    parser = argparse.ArgumentParser(prog="python -m aurad_monai.filtering.build_index")
    parser.add_argument("--dataset_dir", required=True)
    parser.add_argument("--bundle", required=True)
    parser.add_argument("--section", default="training")
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--only", choices=("copies", "space"))
    options = parser.parse_args(arguments)
    print("note: this command is now aurad calibrate DIR --index, and goes in the next version", file=sys.stderr)
    unique = list(by_id(read_datalist(options.dataset_dir, options.section)).values())
    if not unique:
        raise InputError("dataset_dir", options.dataset_dir, f"cases in section {options.section}")
    build_index(unique, options.bundle, options.every, options.only)


def _publish(path: Path, built: CopyIndex | RadiographSpace) -> None:
    """Replace the file in one step and enter its hash."""
    with whole_file(path) as partial:
        built.save(partial)
        partial.chmod(0o644)  # safetensors gives its files to their owner alone
    enter_hash(path)
    print(f"{path}: {path.stat().st_size / 1e6:.1f} MB", flush=True)


if __name__ == "__main__":
    main()
