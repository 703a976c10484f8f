# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Inference configs of bundles that need nothing of this package: targets of MONAI and torch, expressions of NumPy.

Takes an opened bundle; gives the content of configs/inference.json of its standalone variant. MONAI evaluates
references outside of the body of a lambda or comprehension only, so they come in as default arguments.
"""

from __future__ import annotations

from typing import Any

from aurad_monai import vocabulary
from aurad_monai.anatomy.sizes import quantiles_of
from aurad_monai.prompts.finding import MAX_FINDINGS
from aurad_monai.standalone.masks import ROW

Config = dict[str, Any]
DEVICE = "$torch.device('cuda' if torch.cuda.is_available() else 'cpu')"
NIFTI = ".nii.gz"
CHANNELS = "x.reshape(*x.shape[:2], x.shape[-1]).permute(2, 1, 0)"
"""Masks (C, H, W) of an array (x, y, 1, C) or (x, y, C)."""
ON_PLANE = "np.pad(np.asarray({}, dtype=np.float32).ravel(), (0, size * size))[: size * size].reshape(1, size, size)"
"""Numbers row by row on a plane (1, size, size), then zeros."""


def image_config(bundle: Any) -> Config:
    """Masks of a folder to radiographs."""
    load = _loaded(["anatomy", "pathology"])
    load += [{"_target_": "Lambdad", "keys": ["anatomy", "pathology"], "func": f"$lambda x: {CHANNELS}"}]
    return {
        **_head(["glob", "os", "numpy as np", "torch"], "/workspace/runs/masks"),
        "view": None,
        "sex": None,
        "age": None,
        **_latents(bundle),
        "patient": _patient(),
        "files": "$glob.glob(@dataset_dir + '/pathology/*.nii.gz')",
        "names": "$sorted(os.path.basename(f) for f in @files)",
        "cases": "$[{'index': i, 'pathology': p, 'anatomy': a, 'named': {'filename_or_obj': p}} "
        "for i, p, a in zip(range(len(@files)), "
        "[os.path.join(f, n) for f, n in zip(len(@names) * [@dataset_dir + '/pathology'], @names)], "
        "[os.path.join(f, n) for f, n in zip(len(@names) * [@dataset_dir + '/anatomy'], @names)])]",
        "preprocessing": _compose(
            *load,
            _plane("patient", "numbers", "@patient"),
            _noise("(seed + i, 1)"),
            *_joined(["anatomy", "pathology", "patient", "noise"]),
        ),
        **_run("$lambda x: torch.round(255 * x).permute(0, 2, 1)", ".png", "@output_dir + '/images'"),
    }


def mask_config(bundle: Any) -> Config:
    """Chests of a folder and findings in words to masks."""
    labels = "(lambda m: torch.stack([(m == 1) | (m == 4), (m == 2) | (m == 5), m >= 3]).permute(0, 2, 1))"
    label_map = f"{labels}(x.reshape(x.shape[:2]))"
    load = _loaded(["anatomy"])
    load += [
        {
            "_target_": "Lambdad",
            "keys": "anatomy",
            "func": f"$lambda x: ({label_map} if x.numel() == x.shape[0] * x.shape[1] else {CHANNELS}).float()",
        }
    ]
    return {
        **_head(["glob", "hashlib", "struct", "numpy as np", "torch"], "/workspace/data/chests"),
        "findings": [
            {"name": "cardiomegaly", "severity": "moderate"},
            {"name": "effusion", "side": "left", "zone": "basal", "severity": "small"},
        ],
        "view": None,
        "sex": None,
        "age": None,
        "noise_text": "",
        "noise_words": "$struct.unpack('>4I', hashlib.sha256(@noise_text.encode()).digest()[:16]) "
        "if @noise_text else ()",
        **_latents(bundle),
        "patient": _patient(),
        "rows": "$[" + _row() + " for f in @findings]",
        "request": f"$(sum(@rows, []) + {MAX_FINDINGS * ROW} * [0])[:{MAX_FINDINGS * ROW}] + @patient + [1]",
        "files": "$glob.glob(@dataset_dir + '/*.nii.gz') + glob.glob(@dataset_dir + '/*.png')",
        "cases": "$[{'index': i, 'anatomy': f, 'named': {'filename_or_obj': f}} "
        "for i, f in zip(range(len(@files)), sorted(@files))]",
        "preprocessing": _compose(
            *load,
            _plane("request", "numbers", "@request"),
            _noise("(seed + i, 0, *words)", ", words=@noise_words"),
            *_joined(["anatomy", "request", "noise"]),
        ),
        **_run("$lambda x: x.permute(2, 1, 0)[None]", NIFTI, "@output_dir + '/pathology'"),
    }


def expert_config(bundle: Any) -> Config:
    """Radiographs of a folder to outlines of anatomy, by MONAI's U-Net."""
    opened = "(o := morphology.isotropic_opening(f := ndimage.binary_fill_holes(c > 0), 0.025 * c.shape[-1]) & f)"
    surest = "1 + np.argmax(ndimage.sum(c**2, l, range(1, max(int(l.max()), 1) + 1)))"
    size = int(bundle.parser.get("size"))
    steps = [
        "$lambda x: np.stack([ndimage.gaussian_filter(np.clip(c, -6, 6), 0.008 * c.shape[-1]) for c in x.numpy()])",
        "$lambda x: np.stack([ndimage.binary_fill_holes("
        f"(l := ndimage.label(o if {opened}.any() else f)[0]) == {surest}) for c in x])",
        "$lambda x: torch.from_numpy(x.astype(np.float32))",
    ]
    resized = f"Image.fromarray(x[0].numpy()).resize(({size}, {size}), Image.Resampling.BICUBIC)"
    head = _head(["glob", "numpy as np", "torch"], "/workspace/data/radiographs")
    head["imports"] += ["$from scipy import ndimage", "$from skimage import morphology", "$from PIL import Image"]
    head.pop("network_def")
    head.pop("network")
    head.pop("seed")
    return {
        **head,
        "network_def": dict(bundle.parser.get("network_def")),
        "network": "$@network_def.to(@device)",
        "files": "$glob.glob(@dataset_dir + '/*.png') + glob.glob(@dataset_dir + '/*.jp*g')",
        "cases": "$[{'image': f, 'named': {'filename_or_obj': f}} for f in sorted(@files)]",
        "preprocessing": _compose(
            *_loaded(["image"], reader="PILReader"),
            {"_target_": "Lambdad", "keys": "image", "func": "$lambda x: x[None].permute(0, 2, 1) / 255"},
            {
                "_target_": "Lambdad",
                "keys": "image",
                "func": "$lambda x: torch.nn.functional.pad(x, ((s := max(x.shape)) - x.shape[2] >> 1, "
                "s - x.shape[2] + 1 >> 1, s - x.shape[1] >> 1, s - x.shape[1] + 1 >> 1))",
            },
            {
                "_target_": "Lambdad",
                "keys": "image",
                "func": f"$lambda x: x if x.shape[1] == {size} "
                f"else torch.from_numpy(np.asarray({resized}).clip(0, 1))[None]",
            },
            {"_target_": "EnsureTyped", "keys": "image", "track_meta": False},
        ),
        **_run([*steps, "$lambda x: x.permute(2, 1, 0)[None]"], NIFTI, "@output_dir"),
        "handlers": [
            {
                "_target_": "CheckpointLoader",
                "load_path": "$@bundle_root + '/models/model.pt'",
                "load_dict": {"model": "@network"},
                "map_location": "@device",
            },
            {"_target_": "StatsHandler", "iteration_log": False},
        ],
    }


def _head(imports: list[str], dataset_dir: str) -> Config:
    return {
        "imports": [f"$import {name}" for name in imports],
        "bundle_root": ".",
        "dataset_dir": dataset_dir,
        "output_dir": "$@bundle_root + '/eval'",
        "device": DEVICE,
        "seed": 0,
        "batch_size": 4,
        "network_def": "$torch.jit.load(@bundle_root + '/models/model.ts', map_location='cpu').float()",
        "network": "$@network_def.to(@device)",
    }


def _latents(bundle: Any) -> Config:
    channels, height, _width = bundle.get("latent_shape")
    size = int(bundle.parser.get("size"))
    return {"size": size, "latent_shape": f"$[{channels}] + 2 * [@size // {size // height}]"}


def _patient() -> str:
    """Expression of the numbers of a patient: view and sex one-hot, age / 100, whether it is known."""
    chosen = [f"float(@view == '{view}')" for view in vocabulary.VIEWS]
    chosen += [f"float(@sex == '{sex}')" for sex in vocabulary.SEXES]
    return f"$[{', '.join(chosen)}, (@age or 0) / 100, float(@age is not None)]"


def _row() -> str:
    """Expression of the numbers of one finding `f` in words."""
    places = {name: index for index, name in enumerate(vocabulary.FINDING_NAMES, start=1)}
    words = {
        "side": ("", *vocabulary.LATERALITIES),
        "zone": ("", *vocabulary.ZONES),
        "severity": ("", *vocabulary.SEVERITIES),
    }
    numbers = [f"{places!r}[f['name']]"]
    numbers += [f"{list(values)!r}.index(f.get('{key}') or '')" for key, values in words.items()]
    middle = {severity: sum(quantiles_of(severity)) / 2 for severity in vocabulary.SEVERITIES}
    numbers += [f"f.get('quantile', {middle!r}.get(f.get('severity'), -1))", "float(bool(f.get('absent')))"]
    return f"[{', '.join(numbers)}]"


def _loaded(keys: list[str], reader: str = "") -> list[Config]:
    loading: Config = {"_target_": "LoadImaged", "keys": keys, "image_only": True}
    return [{**loading, **({"reader": reader, "converter": "$lambda x: x.convert('L')"} if reader else {})}]


def _plane(name: str, argument: str, values: str) -> Config:
    put = ON_PLANE.format(argument)
    return {
        "_target_": "Lambdad",
        "keys": "index",
        "func": f"$lambda i, {argument}={values}, size=@size: {put}",
        "overwrite": name,
    }


def _noise(entropy: str, more: str = "") -> Config:
    drawn = f"np.random.default_rng({entropy}).standard_normal(tuple(shape), dtype=np.float32)"
    put = ON_PLANE.format(drawn)
    return {
        "_target_": "Lambdad",
        "keys": "index",
        "func": f"$lambda i, seed=@seed, shape=@latent_shape, size=@size{more}: {put}",
        "overwrite": "noise",
    }


def _joined(keys: list[str]) -> list[Config]:
    return [
        {"_target_": "EnsureTyped", "keys": keys, "dtype": "$torch.float32", "track_meta": False},
        {"_target_": "ConcatItemsd", "keys": keys, "name": "image", "dim": 0},
    ]


def _compose(*transforms: Config) -> Config:
    return {"_target_": "Compose", "transforms": list(transforms)}


def _run(finish: str | list[str], ending: str, folder: str) -> Config:
    """Dataset to evaluator: one network call, what makes an array a file, saving."""
    steps = [finish] if isinstance(finish, str) else finish
    saving: Config = {
        "_target_": "SaveImaged",
        "keys": "saved",
        "meta_keys": "named",
        "output_dir": f"${folder}",
        "output_postfix": "",
        "output_ext": ending,
        "output_dtype": "$np.uint8",
        "resample": False,
        "separate_folder": False,
        "print_log": False,
    }
    arrays = [{"_target_": "Lambdad", "keys": "pred", "func": step, "track_meta": False} for step in steps[:-1]]
    filed = {"_target_": "Lambdad", "keys": "pred", "func": steps[-1], "overwrite": "saved", "track_meta": False}
    return {
        "dataset": {"_target_": "Dataset", "data": "@cases", "transform": "@preprocessing"},
        "dataloader": {
            "_target_": "DataLoader",
            "dataset": "@dataset",
            "batch_size": "@batch_size",
            "shuffle": False,
            "num_workers": 0,
        },
        "inferer": {"_target_": "SimpleInferer"},
        "postprocessing": _compose(*arrays, filed, saving),
        "handlers": [{"_target_": "StatsHandler", "iteration_log": False}],
        "evaluator": {
            "_target_": "SupervisedEvaluator",
            "device": "@device",
            "val_data_loader": "@dataloader",
            "network": "@network",
            "inferer": "@inferer",
            "postprocessing": "@postprocessing",
            "val_handlers": "@handlers",
        },
        "run": ["$@evaluator.run()"],
    }
