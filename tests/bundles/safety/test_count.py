# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""How many hostile inputs the tests open, by kind, and that the pattern of every published advisory is among them.

Each input is a case of a test that fails if anything of it ran, by the fixture `canary` or by comparing a folder.
"""

from __future__ import annotations

import inspect
import math
import re
from collections.abc import Callable, Collection
from typing import Any

import pytest

from tests.bundles.safety import hostile_configs as hostile
from tests.bundles.safety import test_hostile_bombs as bombs
from tests.bundles.safety import test_hostile_bundles as bundles
from tests.bundles.safety import test_hostile_files as files
from tests.bundles.safety import test_hostile_weights as weights
from tests.bundles.tiny import ROOT
from tests.bundles.packaging import test_unpack as zips
from tests.io import test_manifest as manifests

Test = Callable[..., None]

KINDS: dict[str, tuple[int, list[Test]]] = {
    "configs": (200, [bundles.test_expressions, bundles.test_imports, bundles.test_targets, bundles.test_structures]),
    "other files of a bundle": (
        40,
        [
            bundles.test_metadata,
            bundles.test_logging_conf,
            bundles.test_files_that_could_run,
            bundles.test_links,
            bundles.test_the_lock_of_the_weights,
            bundles.test_weights_that_the_lock_does_not_list,
        ],
    ),
    "doors that attempts on earlier versions found": (
        60,
        [
            bundles.test_doors_that_were_found,
            bundles.test_a_folder_is_no_expression,
            bundles.test_a_model_file_is_below_models,
        ],
    ),
    "manifests of runs": (
        230,
        [
            manifests.test_an_id_is_a_plain_name,
            manifests.test_a_file_lies_below_the_run,
            manifests.test_a_value_is_of_its_kind,
            manifests.test_no_control_character_comes_in,
            manifests.test_no_pipe_device_or_link_holds_up,
            manifests.test_a_small_file_does_not_take_large_memory,
        ],
    ),
    "zips": (
        40,
        [
            zips.test_names,
            zips.test_kinds,
            zips.test_damaged_archives,
            zips.test_weights_that_the_lock_does_not_list,
        ],
    ),
    "pickles": (20, [weights.test_weights, weights.test_safetensors]),
    "DICOM": (25, [files.test_dicom_tags, files.test_dicom_bytes]),
    "NIfTI": (30, [files.test_nifti]),
    "compressed pixels": (15, [bombs.test_compressed_pixels]),
    "plans and datalists": (20, [bombs.test_plans, bombs.test_datalists]),
    "pipes, devices and folders for files": (24, [bombs.test_nothing_holds_up]),
    "JSON": (50, [files.test_runs, bundles.test_json_texts]),
}
"""Kind to the least number of inputs and the tests that open them."""

ADVISORIES: dict[str, list[tuple[Collection[Any], Any]]] = {
    "GHSA-873f-pvrv-4x83": [(hostile.EXPRESSIONS, f"${hostile.RUN}"), (hostile.TARGETS, "os.system")],
    "GHSA-x6pr-233j-x5cw": [
        (hostile.TARGETS, "monai.fl.client.monai_algo.MonaiAlgo"),
        (hostile.EXPRESSIONS, "$monai.fl.client.MonaiAlgo('x')"),
    ],
    "GHSA-x6ww-pf9m-m73m": [(zips.NAMES, "guest/../../evil"), (hostile.EXPRESSIONS, "$monai.apps.extractall('a.zip')")],
    "GHSA-9rg3-9pvr-6p27": [
        (zips.NAMES, "../evil"),
        (zips.KINDS, "link"),
        (hostile.TARGETS, "monai.bundle.scripts._download_from_ngc_private"),
    ],
    "GHSA-6vm5-6jv9-rjpj": [(weights.WEIGHTS, "torch, new format"), (hostile.TARGETS, "torch.load")],
    "GHSA-p8cm-mm2v-gwjm": [
        (weights.WEIGHTS, "a plain pickle"),
        (hostile.TARGETS, "monai.data.utils.pickle_operations"),
        (hostile.EXPRESSIONS, "$monai.data.pickle_operations({'a_transforms': b''}, is_encode=False)"),
    ],
    "GHSA-89gg-p5r5-q6r4": [(hostile.TARGETS, "algo_from_pickle")],
    "GHSA-wvpx-5qmp-46g3": [(hostile.LOGGING, "class")],
    "GHSA-6hp3-vr39-rqw8": [(files.TAGS, "bits without storage"), (files.TAGS, "a color that runs")],
}
"""Published advisories against MONAI to the inputs that have their pattern: a table and an entry of it."""


def cases(test: Test) -> int:
    """How many inputs a parametrized test opens."""
    marks = [mark for mark in getattr(test, "pytestmark", ()) if mark.name == "parametrize"]
    return math.prod(len(mark.args[1]) for mark in marks) if marks else 0


@pytest.mark.parametrize(("least", "tests"), KINDS.values(), ids=KINDS)
def test_inputs_of_every_kind(least: int, tests: list[Test]) -> None:
    assert all(cases(test) for test in tests)
    assert sum(map(cases, tests)) >= least


def test_there_are_at_least_two_hundred() -> None:
    said = re.search(r"opens\s+more than (\d+) hostile\s+inputs", (ROOT / "SECURITY.md").read_text(encoding="utf-8"))
    counted = {kind: sum(map(cases, tests)) for kind, (_, tests) in KINDS.items()}
    assert said and sum(counted.values()) > int(said[1]) >= 200, counted


@pytest.mark.parametrize(
    "test", [test for _, tests in KINDS.values() for test in tests], ids=lambda test: test.__name__
)
def test_none_could_run_unnoticed(test: Test) -> None:
    watched = "canary" in inspect.signature(test).parameters
    assert watched or any(word in inspect.getsource(test) for word in ("refused", "raises(InputError)"))


@pytest.mark.parametrize("advisory", ADVISORIES)
def test_the_pattern_of_every_advisory_is_among_them(advisory: str) -> None:
    assert advisory in (ROOT / "docs" / "concepts" / "security.md").read_text(encoding="utf-8")
    for table, entry in ADVISORIES[advisory]:
        assert entry in table


def test_every_advisory_that_the_docs_list_is_here() -> None:
    text = (ROOT / "docs" / "concepts" / "security.md").read_text(encoding="utf-8")
    assert set(re.findall(r"GHSA(?:-\w{4}){3}", text)) == ADVISORIES.keys()
