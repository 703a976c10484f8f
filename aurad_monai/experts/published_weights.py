# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Weights published by others: what there is, license, local path, download.

Nothing is downloaded unless `download` is called. The hash of a file is kept beside it (`FILE.sha256`) from the first
download on, and a file whose hash differs is refused. Nothing here imports torch.
"""

from __future__ import annotations

import hashlib
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from tqdm import tqdm

from aurad_monai.errors import InputError
from aurad_monai.files import read_text, sha256, whole_file

_RELEASE = "https://github.com/mlmed/torchxrayvision/releases/download/v1/"
_TAIL = "-densenet121-d121-tw-lr001-rot45-tr15-sc15-seed0-best.pt"
CACHE = Path("~/.torchxrayvision/models_data")
"""Where torchxrayvision keeps its downloads; files found there are used."""


@dataclass(frozen=True)
class PublishedWeights:
    """Weights of one expert.

    Args:
        name: what `aurad info --experts` calls it.
        url: of the file; its last part is the file's name.
        license: of the weights.
        targets: what the expert predicts, in words.
        noncommercial: whether its license excludes commercial use, which a user must acknowledge.
    """

    name: str
    url: str
    license: str
    targets: str
    noncommercial: bool = False

    @property
    def file(self) -> str:
        """Name of the weight file."""
        return self.url.rpartition("/")[2]


_CLASSIFIER = "presence of up to 11 of the findings"
PUBLISHED: dict[str, PublishedWeights] = {
    item.name: item
    for item in (
        *(
            PublishedWeights(f"densenet121-res224-{data}", f"{_RELEASE}{file}{_TAIL}", "Apache-2.0", _CLASSIFIER)
            for data, file in (
                ("all", "nih-pc-chex-mimic_ch-google-openi-kaggle"),
                ("nih", "nih"),
                ("pc", "pc"),
                ("chex", "chex"),
                ("mimic_nb", "mimic_nb"),
                ("mimic_ch", "mimic_ch"),
                ("rsna", "kaggle"),
            )
        ),
        PublishedWeights(
            "resnet50-res512-all",
            f"{_RELEASE}pc-nih-rsna-siim-vin-resnet50-test512-e400-state.pt",
            "Apache-2.0",
            _CLASSIFIER,
        ),
        PublishedWeights(
            "pspnet",
            f"{_RELEASE}pspnet_chestxray_best_model_4.pth",
            "Apache-2.0",
            "14 structures; both lungs and the heart",
        ),
        PublishedWeights(
            "cxas",
            f"{_RELEASE}baseline_models_cxas_UNet_ResNet50_default_repack.pth",
            "CC BY-NC-SA 4.0",
            "159 structures; both lungs and the heart",
            noncommercial=True,
        ),
    )
}
"""Every expert whose weights come from elsewhere."""


def published(name: str) -> PublishedWeights:
    """The record of a name; InputError names those known."""
    if name not in PUBLISHED:
        raise InputError("expert", name, ", ".join(PUBLISHED), "see aurad info --experts")
    return PUBLISHED[name]


def locate(name: str, folder: str | Path | None = None) -> Path | None:
    """The weight file of an expert in a folder, or in the user's cache; None where it is not there."""
    item = published(name)
    path = Path(folder or CACHE).expanduser() / item.file
    return path if path.is_file() else None


def require(name: str, path: str | Path | None = None) -> Path:
    """The weight file of an expert, its hash checked where one was kept.

    Raises:
        InputError: it is not there, or no longer the file that was downloaded.
    """
    found = Path(path) if path is not None else locate(name)
    if found is None or not found.is_file():
        step = f"aurad info --experts --download {name}"
        raise InputError("weights", path or published(name).file, f"the weights of {name} in {CACHE}", step)
    kept = _kept_hash(found)
    if kept and sha256(found) != kept:
        raise InputError("weights", found, f"the file with sha256 {kept}", "remove it and download it again")
    return found


def download(name: str, folder: str | Path | None = None, expected: str | None = None, progress: bool = True) -> Path:
    """Download the weights of an expert; the file appears whole or not at all, its hash beside it.

    Args:
        name: of the expert.
        folder: where to put it, default the user's cache.
        expected: its sha256; without it the hash of what came is kept for later.
        progress: show a bar.

    Raises:
        InputError: the expert is unknown, the file cannot be downloaded, or its hash differs.
    """
    item = published(name)
    if not item.url:
        raise InputError("download", name, "an expert with a single weight file", "see docs/reference/experts.md")
    path = Path(folder or CACHE).expanduser() / item.file
    try:
        with whole_file(path) as partial:
            digest = _fetch(item.url, partial, progress)
            if expected and digest != expected.lower():
                fetched = f"{item.url} with sha256 {digest}"
                raise InputError("download", fetched, f"sha256 {expected}", "it was not kept")
    except (OSError, urllib.error.URLError, ValueError) as error:
        if isinstance(error, InputError):
            raise
        step = f"fetch it by other means into {path.parent}"
        raise InputError("download", item.url, "a reachable file", f"{step} ({str(error)[:60]})") from error
    path.with_name(f"{path.name}.sha256").write_text(f"{digest}  {path.name}\n", encoding="utf-8")
    return path


def _fetch(url: str, path: Path, progress: bool) -> str:
    if urlsplit(url).scheme not in ("https", "file"):
        raise ValueError("only https is fetched")
    digest, received = hashlib.sha256(), 0
    with urllib.request.urlopen(url, timeout=60) as answer, path.open("wb") as stream:
        total = int(answer.headers.get("Content-Length") or 0)
        with tqdm(total=total or None, unit="B", unit_scale=True, desc=path.name[:40], disable=not progress) as bar:
            while block := answer.read(1 << 20):
                stream.write(block)
                digest.update(block)
                received += len(block)
                bar.update(len(block))
        if total and received != total:
            raise ValueError(f"only {received} of {total} bytes received")
    return digest.hexdigest()


def _kept_hash(path: Path) -> str:
    beside = path.with_name(f"{path.name}.sha256")
    return read_text(beside).split()[0] if beside.is_file() else ""
