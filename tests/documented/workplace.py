# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""The folder in which the commands of the documentation are run, with what a reader would have there."""

from __future__ import annotations

import json
import shutil
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
import yaml
from PIL import Image

from aurad_monai import inventory
from aurad_monai.bundles import enter_hash
from aurad_monai.cli_values import WATERMARK
from aurad_monai.data.datalist import save_channels, save_image
from aurad_monai.export.audit import sign
from aurad_monai.export.case_files import quantize
from aurad_monai.export.run_folder import RunRecord, write_run
from aurad_monai.export.watermark import embed
from aurad_monai.packaging.archive import write_zip
from aurad_monai.pipeline import Pipeline
from benchmarks.deploy_masks import export
from tests.bundles import tiny
from tests.data.sources import trees
from tests.documented.drawn import write_collection, write_drawn
from tests.evaluation.test_results import RESULTS
from tests.export.keys import write_keys
from tests.filtering.planted import LEFT_BASE, good_case, masks

SCHEMA = tiny.ROOT.parent / "shared" / "schema" / "meta_schema_20240725.json"
RESULTS_PLAN = "benchmarks/results_plan.yaml"
SEES_NOTHING = """import json, sys
print(json.dumps({"another system": {uid: [] for uid in json.load(sys.stdin)["reports"]}}))
"""
"""Stands for an interpreter with other readers of reports, which do not go into one environment with ours."""
VERIFIES = """import sys
from pathlib import Path
import minisign
key, file = (sys.argv[sys.argv.index(flag) + 1] for flag in ("-p", "-m"))
minisign.PublicKey.from_file(key).verify(Path(file).read_bytes(), minisign.Signature.from_file(f"{file}.minisig"))
"""
"""Stands for the program minisign where it is not installed."""
PLAN = "prompt,num\nsmall left pleural effusion,1 attempts\n"

OPACITY = masks(consolidation=LEFT_BASE)


def furnish(folder: Path, trained: dict[str, Path], training_set: Path) -> Path:
    """Fill a folder.

    Args:
        folder: a new folder.
        trained: diffusion bundles of a few channels, by name.
        training_set: drawn chests in the layout of docs/training.md.

    Returns:
        The folder: `bundles/` (copies), `trained/` and `small/` (with few channels), `runs/`, `DATASET/`, `ROOT/`,
        `DRAWN/` and `MASKS/` (see drawn.py), `packaged/`, `programs/`, single files.
    """
    shutil.copytree(tiny.BUNDLES, folder / "bundles", ignore=shutil.ignore_patterns("runs", "eval"))
    shutil.copytree(tiny.ROOT / "docs" / "history", folder / "docs" / "history")
    for name, root in trained.items():
        shutil.copytree(root, folder / "trained" / name)
        _write_small(root, folder / "small" / "bundles" / name)
    shutil.copytree(tiny.BUNDLES / tiny.EXPERTS, folder / "small" / "bundles" / tiny.EXPERTS)
    experts = tiny.copy_bundle(tiny.EXPERTS, folder / "trained")
    for config in ("train", "train_findings"):
        settings = {**tiny.SMALL_RUN, **tiny.EXPERT_NETWORKS[config], "dataset_dir": str(training_set)}
        tiny.open_workflow(experts, config, **settings).run()
    _more_weights(folder / "trained" / tiny.IMAGE, training_set)
    shutil.copytree(training_set, folder / "DATASET")
    tiny.write_training_set(folder / "DATASET_512", cases=2, size=512)
    shutil.copytree(training_set, folder / "prepared")
    trees.nih(folder / "nih")
    write_drawn(folder / "DRAWN")
    write_drawn(folder / "MASKS", ("normal", "composed"), 4)
    write_collection(folder / "ROOT")
    _runs(folder)
    _files(folder)
    (folder / "packaged").mkdir()
    write_zip(folder / "bundles" / tiny.EXPERTS, folder / "packaged")
    return folder


def _write_small(trained: Path, root: Path) -> None:
    """A trained bundle whose configs say themselves that networks have few channels and epochs few radiographs."""
    shutil.copytree(trained, root, ignore=shutil.ignore_patterns("runs"))
    for path in (root / "configs" / f"{name}.json" for name in ("inference", "train", "train_autoencoder")):
        config = json.loads(path.read_text(encoding="utf-8"))
        for name, value in {**tiny.AUTOENCODER, **tiny.UNET}.items():
            part, _, key = name.partition("#")
            if part in config:
                config[part][key] = value
        if "samples_per_epoch" in config:
            config["samples_per_epoch"] = 8  # a batch
        path.write_text(json.dumps(config), encoding="utf-8")


def _more_weights(image: Path, training_set: Path) -> None:
    """Those of 512 pixels, and a ControlNet beside networks that were imported."""
    shutil.copy(image / "models" / "model.pt", image / "models" / "model_512.pt")
    enter_hash(image / "models" / "model_512.pt")
    tiny.import_ldm(image)
    settings = {**tiny.LDM, "dataset_dir": str(training_set), "batch_size": 2, "epochs": 1}
    tiny.open_workflow(image, "train_controlnet", **settings).run()


def _runs(folder: Path) -> None:
    """Runs with an accepted and a rejected case, under the names that the documentation gives them."""
    cases = [good_case(id="case_00000"), good_case(id="case_00001", accepted=False)]
    consolidation, normal = ([replace(case, pathology=shown) for case in cases] for shown in (OPACITY, masks()))
    more = [replace(case, id=f"case_{2 + i:05d}") for i, case in enumerate((consolidation[0], normal[0]))]
    runs = {"first": cases, "dataset": cases, "set": [*cases, *more]}
    runs |= {"attempts_consolidation": consolidation, "attempts_normal": normal}
    for name, held in runs.items():
        record = RunRecord("aurad generate x", "x", 7, len(held), bundles=inventory.describe_bundles())
        write_run(folder / "runs" / name, held, record, accept_all=True)
    shutil.copytree(folder / "runs" / "first", folder / "edited")
    for name in ("evaluation", "other_evaluation"):
        (folder / "runs" / name).mkdir()
        (folder / "runs" / name / "results.json").write_text(RESULTS.as_json(), encoding="utf-8")


def _files(folder: Path) -> None:
    """Single files: a chest as picture and as label map, masks, plans, a schema, checkpoints of another package."""
    case = good_case()
    labels = sum(((value * mask) for value, mask in zip((1, 2, 3), case.anatomy, strict=True)), np.zeros((256, 256)))
    save_image(folder / "pictures" / "a.png", (case.image[0] * 255).astype(np.uint8))
    shutil.copy(folder / "pictures" / "a.png", folder / "chest.png")
    Image.fromarray(np.minimum(labels, 3).astype(np.uint8)).save(folder / "anatomy.png")
    for name, shown in {"anatomy": case.anatomy, "chest": case.anatomy, "pathology": case.pathology}.items():
        save_channels(folder / f"{name}.nii.gz", shown)
    (folder / "plan.csv").write_text(PLAN, encoding="utf-8")
    (folder / "benchmarks").mkdir()
    plan = yaml.safe_load((tiny.ROOT / RESULTS_PLAN).read_text(encoding="utf-8"))
    small = {**plan, "prompts": [{**row, "num": "1 attempts"} for row in plan["prompts"][:2]]}
    (folder / RESULTS_PLAN).write_text(yaml.safe_dump(small), encoding="utf-8")
    (folder / "plan.yaml").write_text("prompts:\n  - {prompt: normal, num: 1 attempts}\n", encoding="utf-8")
    (folder / "schema.json").write_text(
        SCHEMA.read_text(encoding="utf-8") if SCHEMA.is_file() else '{"type": "object"}'
    )
    torch.save(
        torch.zeros(tiny.LDM["context_tokens"], tiny.LDM_UNET["cross_attention_dim"]), folder / "text_embedding.pt"
    )
    for program, text in {"another_python": SEES_NOTHING, "programs/minisign": VERIFIES}.items():
        (folder / program).parent.mkdir(exist_ok=True)
        (folder / program).write_text(f"#!{sys.executable}\n{text}")
        (folder / program).chmod(0o755)
    for name in "abcdefg":  # weights kept during a training
        shutil.copy(folder / "small" / "bundles" / tiny.IMAGE / "models" / "model.pt", folder / f"{name}.pt")
    (folder / "published.pth").write_bytes(b"weights")
    guest = folder / "my_bundle"
    shutil.copytree(folder / "bundles" / tiny.EXPERTS, guest)
    (guest / "configs" / "mine.json").write_text('{"x": {"_target_": "my_package.Expert"}}', encoding="utf-8")


def write_for(line: str, folder: Path) -> None:
    """What only one command asks for, and what takes its extra to be made."""
    if "import-weights" in line:
        _write_generative_checkpoints(folder)
    elif "deploy_app" in line:
        export(folder / "bundles" / tiny.EXPERTS, folder / "model.ts")
    elif "fine_tuning" in line and not (folder / "SITE").exists():
        _write_site(folder / "SITE")
    elif line.startswith("minisign "):
        _sign(folder / "runs" / "dataset", folder / "minisign.pub")
    elif "export.watermark" in line:
        save_image(folder / "runs" / "marked" / "images" / "a.png", embed(quantize(good_case().image), WATERMARK))


def _sign(run: Path, public: Path) -> None:
    """Sign a run with a new key."""
    secret = public.with_name("minisign.key")
    write_keys(secret, public)
    sign(run, secret)


def _write_site(folder: Path) -> None:
    """Radiographs in which the experts see a chest, with the table of a collection: painted by the shipped bundles."""
    cases = Pipeline.from_bundles(tiny.BUNDLES, device="cpu")("normal", 4, 1, steps=4, accept_all=True).cases
    lines = ["id,image,patient,view"]
    for index, case in enumerate(cases):
        save_image(folder / f"{index}.png", quantize(case.image))
        lines.append(f"covid_{index},{index}.png,p{index},PA")
    (folder / "manifest.csv").write_text("\n".join(lines), encoding="utf-8")


def _write_generative_checkpoints(folder: Path) -> None:
    """Checkpoints of monai-generative with their config."""
    from generative.networks import nets

    from tests.diffusion.test_import_generative import AUTOENCODER, UNET

    torch.save(nets.AutoencoderKL(**AUTOENCODER).state_dict(), folder / "autoencoder.pt")
    torch.save(nets.DiffusionModelUNet(**UNET).state_dict(), folder / "unet.pt")
    names = {"autoencoder_def": "AutoencoderKL", "network_def": "DiffusionModelUNet"}
    arguments = {"autoencoder_def": AUTOENCODER, "network_def": UNET}
    config = {key: {"_target_": f"generative.networks.nets.{names[key]}", **arguments[key]} for key in names}
    (folder / "inference.json").write_text(json.dumps(config), encoding="utf-8")
