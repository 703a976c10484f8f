# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""How long is one image looked up in an index of a million, and are copies found there?

    python -m recipes.cost.copy_search --radiographs DATA/cxr [--count 1000000] [--probed 2,4,8] [--threads 1]

The index is the shipped one and made-up descriptors, drawn from a normal distribution with its mean and covariance.
Looked up are copies of training radiographs, made as `recipes/figures/planted_faults.py` makes them, and validation
radiographs, which
it has not. Seconds of the processor say what a look-up costs beside other programs too; more threads make it sooner.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import faiss
import fire
import numpy as np

from aurad_monai.bundles.inventory import bundles_root
from aurad_monai.experts.anatomy import AnatomyExpert
from aurad_monai.experts.catalogue import FILTER_BUNDLE
from aurad_monai.filtering.build_index import load_image
from aurad_monai.filtering.corruptions import COPIES
from aurad_monai.filtering.memorization.copy_index import PROBED, CopyIndex
from aurad_monai.io.datalist import read_datalist


def made_up(descriptors: np.ndarray, count: int, rng: np.random.Generator) -> np.ndarray:
    """So many descriptors, spread as the given ones are."""
    values, vectors = np.linalg.eigh(np.cov(descriptors, rowvar=False))
    spread = (vectors * np.sqrt(np.maximum(values, 0))).T.astype(np.float32)
    drawn = rng.standard_normal((count, descriptors.shape[1]), dtype=np.float32) @ spread + descriptors.mean(axis=0)
    return drawn / np.linalg.norm(drawn, axis=1, keepdims=True)


def looked_up(radiographs: str, copied: int) -> Iterator[tuple[str, str, np.ndarray, np.ndarray]]:
    """Kind, id, image and anatomy of every look-up: training radiographs in every disguise, then unseen ones."""
    rng = np.random.default_rng(0)
    expert = AnatomyExpert.from_bundle(bundles_root() / FILTER_BUNDLE)
    for case in read_datalist(radiographs, "training")[:: max(1, 893 // copied)][:copied]:
        for way, make in COPIES.items():
            copy = make(load_image(case), rng)
            yield way, str(case["id"]), copy, expert(copy[None])[0]
    for case in read_datalist(radiographs, "validation")[:copied]:
        image = load_image(case)
        yield "unseen", "", image, expert(image[None])[0]


def measure(index: CopyIndex, queries: list[tuple[str, str, np.ndarray, np.ndarray]]) -> dict[str, Any]:
    """Shares of copies found by kind, and milliseconds of the search and of the whole check."""
    found: dict[str, list[bool]] = {}
    times: dict[str, list[float]] = {name: [] for name in ("search", "whole", "processor_search", "processor_whole")}
    for kind, id_, image, anatomy in queries:
        wall, spent = time.perf_counter(), time.process_time()
        index._first_look(image, anatomy)
        times["search"].append(time.perf_counter() - wall)
        times["processor_search"].append(time.process_time() - spent)
        wall, spent = time.perf_counter(), time.process_time()
        match = index.nearest(image, anatomy)
        times["whole"].append(time.perf_counter() - wall)
        times["processor_whole"].append(time.process_time() - spent)
        if id_:
            found.setdefault(kind, []).append(match.id == id_)
    shares = {kind: round(float(np.mean(values)), 3) for kind, values in found.items()}
    medians = {f"{name}_ms": round(1000 * float(np.median(values)), 1) for name, values in times.items()}
    return {"found": shares, "copies": sum(map(len, found.values())), "look_ups": len(queries), **medians}


def main(radiographs: str, count: int = 1_000_000, copied: int = 50, probed: Any = PROBED, threads: int = 1) -> None:
    """Build the index, look up by so many cells in turn, print a line of JSON for each."""
    faiss.omp_set_num_threads(threads)
    rng = np.random.default_rng(0)
    shipped = CopyIndex.from_file(bundles_root() / FILTER_BUNDLE / "models/copy_index.safetensors")
    more = count - len(shipped.ids)
    descriptors = [np.concatenate([known, made_up(known, more, rng)]) for known in (shipped.lungs, shipped.frames)]
    index = CopyIndex([*shipped.ids, *map(str, range(more))], *descriptors)
    queries = list(looked_up(radiographs, copied))
    started = time.perf_counter()
    cells = index._inverted_files()
    print(json.dumps({"count": count, "threads": threads, "built_s": round(time.perf_counter() - started, 1)}))
    for number in probed if isinstance(probed, (tuple, list)) else (probed,):
        for inverted in cells:
            inverted.nprobe = number
        index.nearest(*queries[0][2:])
        print(json.dumps({"probed": number, **measure(index, queries)}), flush=True)


if __name__ == "__main__":
    fire.Fire(main)
