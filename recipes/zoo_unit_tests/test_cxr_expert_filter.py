# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Outlines in a noise image; the package aurad-monai is required, in the form of the Model Zoo's ci/unit_tests."""

from __future__ import annotations

import os
import shutil
import tempfile
import unittest
from typing import Any

import numpy as np
from monai.bundle import ConfigWorkflow
from PIL import Image

INFERENCE = {"bundle_root": "models/cxr_expert_filter", "device": "cpu"}


class TestCxrExpertFilter(unittest.TestCase):
    def setUp(self) -> None:
        self.dataset_dir = tempfile.mkdtemp()
        picture = np.random.default_rng(0).integers(0, 256, (256, 256), dtype=np.uint8)
        Image.fromarray(picture).save(os.path.join(self.dataset_dir, "film.png"))

    def tearDown(self) -> None:
        shutil.rmtree(self.dataset_dir)

    def test_infer_config(self) -> None:
        override: dict[str, Any] = dict(INFERENCE)
        bundle_root = override["bundle_root"]
        override["dataset_dir"] = self.dataset_dir
        override["output_dir"] = os.path.join(self.dataset_dir, "eval")
        inferrer = ConfigWorkflow(
            workflow_type="infer",
            config_file=os.path.join(bundle_root, "configs/inference.json"),
            logging_file=os.path.join(bundle_root, "configs/logging.conf"),
            meta_file=os.path.join(bundle_root, "configs/metadata.json"),
            **override,
        )
        inferrer.initialize()
        check_result = inferrer.check_properties()
        if check_result is not None and len(check_result) > 0:
            raise ValueError(f"check properties for inference config failed: {check_result}")
        inferrer.run()
        inferrer.finalize()
        self.assertTrue(os.path.isfile(os.path.join(override["output_dir"], "film.nii.gz")))


if __name__ == "__main__":
    unittest.main()
