# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""How a command of the documentation becomes one that a test can run: placeholders get a meaning, numbers get small.

This is the whole table. Verb, config and every other flag stay as documented: what is run is what a reader types.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

from tests.bundles import tiny
from tests.documented.pages import ROOT, commands, words_of

EXTRAS = {
    r"aurad import-weights ": "generative",
    r".*onnx_export ": "onnxscript",
    r"minisign ": "minisign",
    r"nox ": "nox",
    r".*watermark ": "imwatermark",
    r"python (docs/how_to/deploy_app\.py|-m benchmarks\.deploy_masks) ": "monai.deploy",
    r"aurad synthesize .*--engine slurm ": "submitit",
    r"(aurad synthesize .*|python -m benchmarks\.chaos\.worker_loss )--engine ray ": "ray",
    r"python -m benchmarks\.image_sampling .*--only diffusers ": "diffusers",
}
"""Commands that need a package of an extra, without which they are skipped."""

BASES = {
    ("inference.json", "evaluate.json"): [tiny.MASK],
    ("train_autoencoder.json", "evaluate.json"): [tiny.IMAGE],
    ("train.json",): [tiny.IMAGE, tiny.MASK],
}
"""Where the documentation writes B for a bundle and several have the files: the ones whose files belong together."""

PLACEHOLDERS = {
    r"\$EXPERTS\b": f"bundles/{tiny.EXPERTS}",
    r"\$MASK\b": f"bundles/{tiny.MASK}",
    r"\$IMAGE\b": f"bundles/{tiny.IMAGE}",
    r"<folder with datalist\.json>": "DATASET",
    r"<folder of PNG, JPEG or DICOM files>": "pictures",
    r"<folder for NAME\.nii\.gz>": "OUT",
    r"(?<=_dir )DATA/(pairs|cxr|masks|lungs)\b": "DATASET",
    r"\bDATA/(pairs|cxr|lungs)\b": "DRAWN",
    r"\bDATA/masks\b": "MASKS",
    r"(?<=fine_tuning --radiographs )ROOT\b": "SITE",
    r"\blate\.pt=2 early\.pt=": "a.pt=2 b.pt=",
    r"\bRUNS/painted:": "DRAWN:",
    r"(?<=--made )RUNS/patients\b": "DRAWN",
    r"(?<=--referee )runs/referee/model\.pt\b": f"bundles/{tiny.EXPERTS}/models/model.pt",
    r"(?<!--output )\bRUNS/": "runs/",
    r"\bruns/masks\b(?= --output_dir runs/painted)": "DATASET",
    r"(?<=--dataset_dir )runs/masks\b": "runs/first",
    r"\bMASKS_512\b": "DATASET_512",
    r"--nnodes 4 --nproc-per-node 8": "--nnodes 1 --nproc-per-node 1",
    r"--workers 32 --scheduler num_gpus=1": "--workers 1 --scheduler num_cpus=1",
    r"partition=gpu,\S+": "cluster=debug",
    r"\bPYTHON\b": "./another_python",
    r"\bHOST:29400\b": "localhost:0",
    r"nox -s matrix-3\.10 matrix-3\.11 matrix-3\.12": "nox -s matrix",
    r"/data/ChestX-ray14": "nih",
    r"file:///absolute/path/(packaged)/\S+": "file://HERE/packaged/ARCHIVE",
    r"(packaged)/\S+\.zip": "packaged/ARCHIVE",
    r"\baurad filter DIR\b": "aurad filter runs/first",
    r"--bundle BUNDLE\b": f"--bundle bundles/{tiny.EXPERTS}",
    r"\[1,C,32,32\]": "[1,CHANNELS,32,32]",
}
"""What stands for something of the reader's to what the test's folder holds, see `workplace.py`."""

AURAD = {
    "generate": {"num": "1", "steps": "1"},
    "render": {"steps": "1"},
    "synthesize": {"steps": "1"},
    "evaluate": {"most": "2"},
    "train": {"epochs": "1", "batch_size": "2", "max_minutes": "1"},
    "prepare": {"limit": "2", "workers": "0"},
    "calibrate": {"skip": "0", "every": "1", "bundle_dir": "bundles"},
}
"""Verb of `aurad` to flags that are set to be quick, or to leave the repository's own bundles alone."""

PYTHON = {
    "aurad_monai.default_data pairs": {"copies": "1"},
    "aurad_monai.default_data prior": {"weights": "prior.safetensors"},
    "benchmarks/copy_search.py": {"count": "2000", "copied": "1", "threads": "1"},
    "benchmarks/counterfactual.py": {"count": "2"},
    "benchmarks/dataset_figures.py batches": {"num": "2", "sizes": "(1,2)", "workers": "(1,)", "folder": "DIR"},
    "benchmarks/dataset_figures.py coco": {"cases": "4", "distinct": "6"},
    "benchmarks/dataset_figures.py memory": {"cases": "6"},
    "benchmarks/dataset_figures.py overhead": {"num": "1", "steps": "1"},
    "benchmarks/dataset_figures.py scaling": {"num": "8", "repeats": "1", "steps": "1"},
    "benchmarks/dataset_figures.py watermark": {"num": "1", "steps": "1"},
    "benchmarks/encoders.py": {"most": "4"},
    "benchmarks/evaluation_memory.py": {"count": "2"},
    "benchmarks/failure_gallery.py": {"num": "2"},
    "benchmarks/filter_cost.py": {"num": "1", "prompts": "('normal',)"},
    "benchmarks/filtering_pays.py": {"draws": "1", "seeds": "1", "steps": "1"},
    "benchmarks/first_light.py": {"count": "2", "num": "1"},
    "benchmarks/fuzz_radiographs.py": {"files": "12"},
    "benchmarks/planted_faults.py": {"most": "2", "copies": "1"},
    "benchmarks/prepare_memory.py": {"radiographs": "4"},
    "benchmarks/subgroups.py": {"num": "1", "steps": "1", "findings": "large left pneumothorax"},
    "benchmarks/utility.py": {"seeds": "1", "steps": "1", "size": "64"},
    "benchmarks.chaos.faults": {"step": "1000", "kinds": "EIO"},
    "benchmarks.chaos.kills": {"kills": "1", "cases": "4"},
    "benchmarks.chaos.worker_loss": {"kills": "1", "cases": "6"},
    "benchmarks.fine_tuning": {"prefix": "covid_", "shots": "2", "held": "2", "epochs": "1", "default_epochs": "1"},
    "benchmarks.image_adherence": {"count": "2"},
    "benchmarks.image_memory": {"sizes": "(64,)"},
    "benchmarks.image_sampling": {"count": "2", "batch": "2", "repeats": "1", "batches": "(1,)"},
    "benchmarks.image_training": {"count": "2"},
    "benchmarks.open_prompts": {"count": "4"},
    "benchmarks.painted_set": {"count": "2"},
    "benchmarks.sampled_masks": {"count": "5", "real": "4", "steps": "1"},
    "benchmarks.sampling": {"count": "2", "batch": "2", "repeats": "1"},
}
"""Module or script, with its subcommand, to flags as above."""

MONAI_TRAINING = {"epochs": "1", "batch_size": "2", "device": "$torch.device('cpu')", "run_dir": "runs/training"}
MONAI = {
    "inference": {
        "num": "1",
        "num_inference_steps": "1",
        "device": "$torch.device('cpu')",
    },
    "evaluate": {"count": "2", "batch_size": "4", "report#seeds_a_prompt": "1"},
    "inference evaluate": {"size": str(tiny.SIZE), **tiny.AUTOENCODER, **tiny.UNET},
    "train": {**MONAI_TRAINING, **tiny.AUTOENCODER, **tiny.UNET},
    "train train_512": {"batch_size": "1"},
    "inference inference_512": {**tiny.AUTOENCODER, **tiny.UNET},
    "train_controlnet": {**MONAI_TRAINING, **tiny.LDM},
    "train_controlnet sample_controlnet": {"size": str(tiny.SIZE), "num_inference_steps": "1"},
    "multi_gpu_train": {"backend": "gloo"},
    "train_autoencoder": {**MONAI_TRAINING, **tiny.AUTOENCODER, "samples_per_epoch": "4"},
    f"{tiny.EXPERTS} train": {**MONAI_TRAINING, **tiny.EXPERT_NETWORKS["train"]},
    "train_encoder": {**MONAI_TRAINING, **tiny.ENCODER},
    "train_findings": {**MONAI_TRAINING, **tiny.EXPERT_NETWORKS["train_findings"]},
}
"""Config of `monai.bundle run`, or several with spaces (after the bundle, where another has one of the same name), to
entries that make it quick, set where a config has them."""

INPUTS = {tiny.IMAGE: "runs/first", tiny.EXPERTS: "pictures"}
"""Bundle to the `dataset_dir` of its inference, where a command names no input."""

OUTPUTS = ("--output", "--output_dir", "--filepath", "--bundle_dir", "--run_dir", "--folder", "--plot_file")
"""Flags after which a command names what it writes."""

SCRATCH = ("benchmarks/prepare_memory.py",)
"""Scripts that remove what they wrote."""


def runnable(page: Path) -> Iterator[list[str]]:
    """The words of every command of a page that is run; several where B stands for several bundles."""
    for line in commands(page):
        for pattern, meaning in PLACEHOLDERS.items():
            line = re.sub(pattern, meaning, line)
        for bundle in _bundles(page, line):
            words = words_of(re.sub(r"<bundle>|\bBUNDLE\b|\bB(?=/|\b)(?!-)", f"bundles/{bundle}", line))
            yield _small(words, bundle)


def _bundles(page: Path, line: str) -> list[str]:
    """The bundles that a command is for: the page's own, the one it names, or all that have the files it names."""
    if page.parent.parent.parent.name == "bundles":
        return [page.parent.parent.name]
    names = sorted(path.name for path in tiny.BUNDLES.iterdir())
    named = [name for name in names if name in line]
    files = tuple(re.findall(r"configs/(\w+\.json)", line))
    having = [name for name in names if all((tiny.BUNDLES / name / "configs" / file).is_file() for file in files)]
    return named[:1] or BASES.get(files) or (having if re.search(r"\bB(UNDLE)?\b", line) else names[:1])


def _small(words: list[str], bundle: str) -> list[str]:
    """The same command on few and small inputs."""
    if words[0] == "torchrun":
        launched = words.index("-m")
        if bundle == tiny.IMAGE:  # that of one bundle shows that two processes train together
            words = [word.replace("nproc_per_node=2", "nproc_per_node=1") for word in words]
        return [*words[:launched], *_small(["python", *words[launched:]], bundle)[1:]]
    if words[:3] == ["python", "-m", "aurad_monai.cli"]:
        return [*words[:3], *_small(["aurad", *words[3:]], bundle)[1:]]
    if words[0] == "aurad":
        plain = {"--help", "--json"} & set(words)
        return _set(words, {} if plain else AURAD.get(words[1], {}))
    if words[:3] == ["python", "-m", "pytest"]:
        return [*words, "--collect-only"]
    if words[:3] != ["python", "-m", "monai.bundle"]:
        named = " ".join(words) + " "
        return _set(words, next((flags for script, flags in PYTHON.items() if f" {script} " in named), {}))
    if "packed_network" in words:
        return _set(_in_trained(words, bundle), tiny.UNET)
    if words[3] != "run":
        return words
    configs = re.findall(r"configs/(\w+)\.json", " ".join(words))
    folder = ROOT / "bundles" / bundle / "configs"
    entries = {key for name in configs for key in json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))}
    parts = [MONAI.get(f"{bundle} {part}", MONAI.get(part, {})) for part in (*configs, " ".join(configs))]
    quick = {name: value for part in parts for name, value in part.items()}
    quick = {name: value for name, value in quick.items() if name.split("#")[0] in entries}
    if any(name.startswith(("evaluate", "sample")) for name in configs):
        quick.pop("run_dir", None)  # trains nothing
    if configs == ["inference"] and bundle in INPUTS and not {"--dataset_dir", "--pathology"} & set(words):
        quick["dataset_dir"] = INPUTS[bundle]
    if configs != ["inference"]:  # never train the copies that other commands read
        words = _in_trained(words, bundle)
    return _set([*words, "--logging_file", "False"], quick)


def _in_trained(words: list[str], bundle: str) -> list[str]:
    """The command for the copy of a bundle whose networks have a few channels."""
    return [word.replace(f"bundles/{bundle}", f"trained/{bundle}") for word in words]


def _set(words: list[str], flags: dict[str, object]) -> list[str]:
    """The command with flags set: in place where they are given, at the end where not."""
    words = list(words)
    for name, value in flags.items():
        flag, text = f"--{name}", value if isinstance(value, str) else json.dumps(value).replace("false", "False")
        text = text.replace("true", "True")
        if flag in words:
            words[words.index(flag) + 1] = text
        else:
            words += [flag, text]
    return words
