# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Fine-tuning on fifty radiographs of a site: `python -m recipes.figures.fine_tuning --radiographs ROOT --output DIR`.

The site is the pediatric radiographs of Guangzhou (Kermany et al., 2018), which no diffusion network of ours has seen.
The shipped defaults have seen Hannover's, so for `--prefix covid_ --pairs DATA/pairs` other defaults are trained first,
by `aurad train` on what is left without that site. `aurad prepare` makes a training set, `aurad train --from_defaults`
adapts the image bundle to fifty of its patients, and the default and the adapted bundle generate the chests of other
patients from the same noise. FD: Fréchet distance (Heusel et al., 2017) between generated and real radiographs of
these, of the anatomy expert's features along the principal components of the radiograph space.
"""

from __future__ import annotations

import argparse
import csv
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from aurad_monai.bundles.bundle import open_bundle
from aurad_monai.bundles.inventory import bundles_root
from aurad_monai.cli import main as cli
from aurad_monai.diffusion.sample import DiffusionModel
from aurad_monai.evaluation.images.feature_distances import frechet_distance
from aurad_monai.experts.anatomy import AnatomyExpert
from aurad_monai.filtering.radiograph_space import RadiographSpace
from aurad_monai.generation.pipeline import FILTER_BUNDLE, IMAGE_BUNDLE
from aurad_monai.io.datalist import read_datalist, write_datalist
from aurad_monai.io.load_case import LoadCased
from recipes.figures.sampled_pairs import Images, generate_images

Array = np.ndarray[Any, np.dtype[np.float64]]


def aurad(*words: str | Path) -> None:
    """Run the command line."""
    if code := cli.main([str(word) for word in words]):
        raise SystemExit(code)


def site_folder(radiographs: Path, folder: Path, prefix: str, count: int) -> Path:
    """A folder of `aurad prepare folder`: the first pictures whose id starts with the prefix, by links."""
    with (radiographs / "manifest.csv").open(newline="", encoding="utf-8") as lines:
        rows = [row for row in csv.DictReader(lines) if row["id"].startswith(prefix)][:count]
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "metadata.csv").open("w", newline="", encoding="utf-8") as stream:
        table = csv.writer(stream)
        table.writerow(["image", "patient", "view"])
        for row in rows:
            link = folder / Path(row["image"]).name
            if not link.exists():
                link.symlink_to((radiographs / row["image"]).resolve())
            table.writerow([link.name, row["patient"], row["view"]])
    return folder


def few(prepared: Path, shots: int) -> Path:
    """The datalist with so many training cases; all others become validation."""
    training, held = (read_datalist(str(prepared), section) for section in ("training", "validation"))
    folder = prepared.with_name(f"{prepared.name}_{shots}")
    folder.mkdir(exist_ok=True)
    write_datalist(folder, training[:shots], held)
    return folder


def defaults_without(prefix: str, pairs: Path, folder: Path, epochs: int) -> Path:
    """A folder of bundles whose image bundle was trained on the pairs of all other sites; goes on where it stopped."""
    kept = [
        [
            case
            for case in read_datalist(str(pairs.resolve()), section)
            if not Path(case["image"]).name.startswith(prefix)
        ]
        for section in ("training", "validation")
    ]
    rest = folder / "pairs"
    rest.mkdir(parents=True, exist_ok=True)
    write_datalist(rest, *kept)
    bundles = folder / "bundles"
    aurad("train", rest, "--bundle", "image", "--output", bundles / IMAGE_BUNDLE, "--epochs", str(epochs))
    return bundles


def generate(bundle_root: Path, cases: Sequence[Mapping[str, Any]]) -> Images:
    """A radiograph (N, 1, H, W) for the masks of each case, by a bundle's own sampler."""
    model = DiffusionModel.from_bundle(open_bundle(bundle_root, device="$torch.device('cpu')"))
    masks = [LoadCased(("anatomy", "pathology"), allow_missing_keys=True)(case) for case in cases]
    return np.concatenate(list(generate_images(model, masks)))


def real(cases: Sequence[Mapping[str, Any]]) -> Images:
    """The cases' own radiographs."""
    return np.stack([LoadCased("image")({"image": case["image"]})["image"].numpy() for case in cases])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--radiographs", type=Path, required=True)
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--prefix", default="ker_", help="of the ids of the site")
    parser.add_argument("--count", type=int, default=160, help="radiographs of the site that are prepared")
    parser.add_argument("--shots", type=int, default=50, help="of these in training")
    parser.add_argument("--held", type=int, default=100, help="radiographs of other patients to compare with, at most")
    parser.add_argument("--epochs", type=int, default=12)
    parser.add_argument("--batch_size", type=int, default=0)
    parser.add_argument("--pairs", type=Path, help="train defaults on these without the site, instead of the shipped")
    parser.add_argument("--default_epochs", type=int, default=4, help="of that training")
    parser.add_argument("--val_share", default="0.65", help="of the site, from which held radiographs are taken")
    options = parser.parse_args()
    out, defaults = options.output.resolve(), bundles_root(None)
    if options.pairs:
        defaults = defaults_without(options.prefix, options.pairs, out / "without", options.default_epochs)
    root = site_folder(options.radiographs, out / "site", options.prefix, options.count)
    share = ["--val_share", options.val_share, "--workers", "0"]
    aurad("prepare", "folder", "--root", root, "--output", out / "prepared", *share)
    dataset = few(out / "prepared", options.shots)
    words = ["--bundle", "image", "--output", out / "tuned", "--epochs", str(options.epochs), "--from_defaults"]
    aurad("train", dataset, *words, "--batch_size", str(options.batch_size), "--bundle_dir", defaults)
    held = read_datalist(str(dataset), "validation")[: options.held]
    expert = AnatomyExpert.from_bundle(bundles_root(None) / FILTER_BUNDLE)
    space = RadiographSpace.from_file(bundles_root(None) / FILTER_BUNDLE / "models/radiograph_space.safetensors")

    def look(images: Images) -> Array:
        found = [expert.features(images[start : start + 8]) for start in range(0, len(images), 8)]
        features = np.concatenate([rows for rows in found if rows is not None])
        return np.asarray((features - space.tensors["mean"]) @ space.tensors["axes"].T, dtype=np.float64)

    goal = look(real(held))
    figures: dict[str, float] = {"held_out": len(held), "shots": len(read_datalist(str(dataset)))}
    figures["fd_of_the_shots_themselves"] = frechet_distance(look(real(read_datalist(str(dataset)))), goal)
    for name, bundle in (("before", defaults / IMAGE_BUNDLE), ("after", out / "tuned")):
        images = generate(bundle, held)
        np.save(out / f"{name}.npy", (255 * images).astype(np.uint8))
        figures[f"fd_{name}"] = frechet_distance(look(images), goal)
    (out / "fine_tuning.json").write_text(json.dumps(figures, indent=2), encoding="utf-8")
    print(json.dumps(figures, indent=2))


if __name__ == "__main__":
    main()
