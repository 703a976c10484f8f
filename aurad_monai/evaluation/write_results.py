# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Writer of an evaluation: results.json, report.md and report.html, whole or not at all.

Takes `Results`, the evaluated cases and their order; gives the path of the folder.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from aurad_monai.errors import InputError
from aurad_monai.evaluation.report_html import as_html
from aurad_monai.evaluation.report_text import as_markdown
from aurad_monai.evaluation.results import FILES, Results
from aurad_monai.filtering.filter_run import thumbnail
from aurad_monai.io.case_set import CaseSet
from aurad_monai.io.output_folder import check_output, whole_or_nothing

SHOWN = 6


def write_results(
    output: str | Path,
    results: Results,
    cases: CaseSet,
    order: Sequence[int],
    overwrite: bool = False,
) -> Path:
    """Write the three files.

    Args:
        output: the folder to be.
        results: of the evaluation.
        cases: the set that was evaluated.
        order: indices in it from worst to best; where empty, the first cases are shown.
        overwrite: replace an earlier evaluation there.

    Raises:
        InputError: the folder cannot be used or written.
    """
    path = check_output(output, overwrite, FILES)
    examples = {heading: [_example(cases, i) for i in chosen] for heading, chosen in _chosen(cases, order).items()}
    try:
        with whole_or_nothing(path) as folder:
            (folder / FILES[0]).write_text(results.as_json(), encoding="utf-8")
            (folder / FILES[1]).write_text(as_markdown(results), encoding="utf-8")
            (folder / FILES[2]).write_text(as_html(results, examples), encoding="utf-8")
    except OSError as error:
        raise InputError("output", output, "a folder that can be written", error.strerror or str(error)) from error
    return path


def _chosen(cases: CaseSet, order: Sequence[int]) -> dict[str, list[int]]:
    if not order:
        return {"Examples, the first cases": list(range(min(SHOWN, len(cases))))}
    middle = max(0, len(order) // 2 - SHOWN // 2)
    parts = {"best": list(order[::-1][:SHOWN]), "median": list(order[middle : middle + SHOWN])}
    parts["worst"] = list(order[:SHOWN])
    return {f"Examples, {name} by adherence": chosen for name, chosen in parts.items()}


def _example(cases: CaseSet, index: int) -> tuple[str, bytes]:
    case = cases[index]
    picture = b"" if case.image is None else thumbnail(case.image, case.pathology)
    return f"{case.id} {case.prompt}".strip()[:80], picture
