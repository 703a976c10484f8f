# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Masks of one drawn chest, in the form of the Model Zoo's ci/unit_tests."""

from __future__ import annotations

import os
import shutil
import tempfile
import unittest
from typing import Any

import nibabel as nib
import numpy as np
from monai.bundle import ConfigWorkflow

INFERENCE = {"bundle_root": "models/cxr_mask_latent_diffusion_standalone", "device": "cpu"}


class TestCxrMaskLatentDiffusionStandalone(unittest.TestCase):
    def setUp(self) -> None:
        self.dataset_dir = tempfile.mkdtemp()
        chest = np.zeros((256, 256, 3), dtype=np.uint8)
        chest[150:220, 50:220, 0] = 1  # array (x, y, channel): the left lung is on the right of the picture
        chest[36:106, 50:220, 1] = 1
        chest[100:160, 120:220, 2] = 1
        nib.save(nib.Nifti1Image(chest, np.eye(4)), os.path.join(self.dataset_dir, "case.nii.gz"))

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
        self.assertTrue(os.path.isfile(os.path.join(override["output_dir"], "pathology", "case.nii.gz")))


if __name__ == "__main__":
    unittest.main()
