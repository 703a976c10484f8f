# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""What tells films apart that is no finding: planted in features, it is found, and two halves are not told."""

from __future__ import annotations

import numpy as np

from recipes.data.confounds import compared

ROW = {"source": "NIH ChestX-ray14", "height": "512", "boxes": "", "chestxdet_id": ""}


def test_a_planted_difference_of_size_is_found_and_no_other() -> None:
    rows, rng = [], np.random.default_rng(0)
    for number in range(240):
        width, normal, label = (
            ("300", "512")[number % 2],
            number % 3 == 0,
            "Nodule" if number % 5 == 0 else "No Finding",
        )
        rows.append({**ROW, "width": width, "height": width, "rsna_class": "Normal" if normal else "", "labels": label})
    features = rng.standard_normal((240, 40)).astype(np.float32)
    features[::2, :5] += 2.0  # films of 300 pixels
    table = {(line[0], line[1]): float(line[3]) for line in compared(rows, features)}
    assert table["no finding, 300 pixels", "512"] > 0.95
    others = [value for (first, _), value in table.items() if "300" not in first]
    assert len(others) == 4 and max(others) < 0.75
