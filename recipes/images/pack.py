# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Put prepared parts into a small folder for a machine without network, and back again there.

    python -m recipes.images.pack pack --parts DIR --output PACK      (films512, films128, inserted128 below DIR)
    python -m recipes.images.pack unpack --folder PACK --output DIR
    python -m recipes.images.pack export --runs DIR --output OUT

In: parts. Out: lossy WebP pictures and xz masks, about 10 MB; after a training, weights of 16 bits in files of at most
15 MiB. Inserted lesions are packed as what they change.
"""

from __future__ import annotations

import io
import lzma
from pathlib import Path
from typing import Any

import fire
import numpy as np
import torch
from PIL import Image

QUALITY, FINE_QUALITY = 80, 90
FINE = 130
"""Films at 512 pixels that are packed for the upsamplers."""
LARGEST = 15 * 2**20

Array = np.ndarray


def _compressed(image: Array, quality: int) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "WEBP", quality=quality, method=6)
    return buffer.getvalue()


def _pictures(images: Array, quality: int) -> dict[str, Array]:
    """Images (N, H, W) uint8 as one array of bytes, and where each ends."""
    found = [_compressed(np.asarray(image), quality) for image in images]
    return {"bytes": np.frombuffer(b"".join(found), np.uint8), "ends": np.cumsum([len(item) for item in found])}


def _decoded(packed: dict[str, Array]) -> Array:
    """The inverse of `_pictures`."""
    starts = [0, *packed["ends"][:-1]]
    pieces = (packed["bytes"][a:b].tobytes() for a, b in zip(starts, packed["ends"], strict=True))
    return np.stack([np.asarray(Image.open(io.BytesIO(piece)).convert("L")) for piece in pieces])


def _bits(planes: Array, count: int) -> Array:
    """Bits (N, H, W) as xz of each plane in turn, so that equal ones lie together."""
    stacked = np.stack([np.packbits((planes >> k) & 1, axis=-1) for k in range(count)], axis=1)
    return np.frombuffer(lzma.compress(stacked.tobytes(), preset=9), np.uint8)


def _planes(packed: Array, count: int, number: int, size: int, kind: type) -> Array:
    """The inverse of `_bits`."""
    flat = np.frombuffer(lzma.decompress(packed.tobytes()), np.uint8).reshape(number, count, size, size // 8)
    planes = np.zeros((number, size, size), kind)
    for k in range(count):
        planes |= np.unpackbits(flat[:, k], axis=-1).astype(kind) << kind(k)
    return planes


def _read(part: Path) -> dict[str, Any]:
    arrays = {name: np.load(part / f"{name}.npy", mmap_mode="r") for name in ("images", "masks", "extras")}
    return arrays | dict(np.load(part / "known.npz"))


def _chosen(part: dict[str, Any], rows: Array) -> dict[str, Any]:
    return {key: np.asarray(value[rows]) for key, value in part.items()}


def _known(part: dict[str, Any]) -> dict[str, Array]:
    return {key: value for key, value in part.items() if key not in ("images", "masks", "extras")}


def pack(parts: str, output: str, inserted: str = "inserted128", seed: int = 0) -> None:
    """Pack training and kept-out films; validation films stay."""
    source, folder, rng = Path(parts), Path(output), np.random.default_rng(seed)
    folder.mkdir(parents=True, exist_ok=True)
    films = _read(source / "films128")
    films = _chosen(films, np.flatnonzero(np.isin(films["split"], ("train", "hold"))))
    _write(folder / "films128.npz", films, _pictures(films["images"], QUALITY))
    where = {name: row for row, name in enumerate(films["id"])}
    names = inserted.split(",") if inserted else []
    for number, name in enumerate(names):
        lesions = _read(source / name)
        lesions = _chosen(lesions, np.flatnonzero(lesions["split"] == "train"))
        origin = np.array([where[item.rpartition("_")[0]] for item in lesions["id"]])
        change = (lesions["images"].astype(int) - films["images"][origin]) // 2 + 128
        packed = _pictures(change.clip(0, 255).astype(np.uint8), QUALITY)
        _write(folder / f"inserted{number}_128.npz", lesions | {"origin": origin}, packed)
    fine = _read(source / "films512")
    rows = np.flatnonzero((fine["native"] == 512) & np.isin(fine["split"], ("train", "hold")))
    rows = np.sort(rng.permutation(rows)[:FINE])
    fine = _chosen(fine, rows)
    small = {key: fine[key][:, ::4, ::4] for key in ("masks", "extras")}
    _write(folder / "films512.npz", fine | small, _pictures(fine["images"], FINE_QUALITY))
    print({path.name: path.stat().st_size for path in folder.iterdir()})


def _write(path: Path, part: dict[str, Any], pictures: dict[str, Array]) -> None:
    bits = {"masks": _bits(part["masks"], 16), "extras": _bits(part["extras"], 2)}
    np.savez_compressed(path, **_known(part), **bits, **pictures)


def _part(folder: Path, arrays: dict[str, Array], known: dict[str, Array]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, array in arrays.items():
        np.save(folder / f"{name}.npy", array)
    np.savez(folder / "known.npz", **known)


def unpack(folder: str, output: str) -> None:
    """Write parts films128, inserted128, films512 and films256 of a packed folder."""
    images: dict[str, Array] = {}
    for path in sorted(Path(folder).glob("*128.npz")) + [Path(folder) / "films512.npz"]:
        packed, name = dict(np.load(path)), path.stem.replace("_128", "128")
        pictures, count = _decoded(packed), len(packed["ends"])
        masks = _planes(packed["masks"], 16, count, 128, np.uint16)
        extras = _planes(packed["extras"], 2, count, 128, np.uint8)
        if "origin" in packed:
            pictures = images["films128"][packed["origin"]] + 2 * (pictures.astype(int) - 128)
        images[name] = pictures.clip(0, 255).astype(np.uint8)
        leave = ("masks", "extras", "bytes", "ends", "origin")
        known = {key: value for key, value in packed.items() if key not in leave}
        for size in (512, 256) if name == "films512" else (128,):
            factor = pictures.shape[-1] // size
            small = images[name].reshape(count, size, factor, size, factor).mean((2, 4)).round().astype(np.uint8)
            arrays = {"images": small, "masks": masks.repeat(size // 128, 1).repeat(size // 128, 2)}
            arrays["extras"] = extras.repeat(size // 128, 1).repeat(size // 128, 2)
            _part(Path(output) / (name if size == 128 else f"films{size}"), arrays, known)
    print({name: array.shape for name, array in images.items()})


def export(runs: str, output: str) -> None:
    """Averaged weights of all checkpoints below a folder, in 16 bits, in files that can be sent."""
    folder = Path(output)
    folder.mkdir(parents=True, exist_ok=True)
    for path in sorted(Path(runs).glob("*/*.pt")):
        if path.name == "base.pt" and path.with_name("base_best.pt").is_file():
            continue
        state = torch.load(path, map_location="cpu", weights_only=True)
        weights = {k: v.half() if v.is_floating_point() else v for k, v in state["average"].items()}
        rest = {key: state[key] for key in ("channels", "scale", "step", "wall") if key in state}
        pieces: list[dict[str, torch.Tensor]] = [{}]
        for key, value in weights.items():
            if sum(v.nbytes for v in pieces[-1].values()) + value.nbytes > LARGEST:
                pieces.append({})
            pieces[-1][key] = value
        for number, piece in enumerate(pieces):
            name = f"{path.parent.name}_{number}.pt"
            torch.save(rest | {"average": piece}, folder / name)


def join(files: str, output: str) -> None:
    """One checkpoint of the files of `export`, by commas, in their order; a training begins from it by `--begin`."""
    states = [torch.load(file, map_location="cpu", weights_only=True) for file in files.split(",")]
    weights = {k: v.float() if v.is_floating_point() else v for s in states for k, v in s["average"].items()}
    torch.save(states[0] | {"average": weights}, output)


if __name__ == "__main__":
    fire.Fire({"pack": pack, "unpack": unpack, "export": export, "join": join})
