# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Cases of a folder that is not there: an engine can be made of them, and its run says what is wrong."""

from __future__ import annotations

import pytest
import torch
from monai.data import DataLoader, Dataset
from monai.engines import SupervisedEvaluator

from aurad_monai.errors import InputError
from aurad_monai.io.missing_cases import MissingCases


def test_an_engine_is_made_and_its_run_says_what_is_wrong() -> None:
    loader = DataLoader(Dataset(MissingCases(InputError("dataset_dir", "/none", "a folder"))), shuffle=True)
    engine = SupervisedEvaluator(torch.device("cpu"), loader, torch.nn.Identity())
    with pytest.raises(InputError, match="dataset_dir: got '/none'; allowed: a folder"):
        engine.run()
