# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""The anatomy prior of the mask bundle, fitted to training anatomies.

Takes the folder written by `radiographs.anatomy`; writes the file of weights and its hash.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from aurad_monai.anatomy.prior import AnatomyPrior, distance_maps
from aurad_monai.bundles.bundle import enter_hash
from aurad_monai.io.datalist import load_channels, read_datalist


def prior(anatomies: str, weights: str = "bundles/cxr_mask_latent_diffusion/models/anatomy_prior.safetensors") -> None:
    """Fit the anatomy prior to the training chests that step `anatomy` wrote."""
    listed = read_datalist(anatomies)
    maps = np.stack([distance_maps(load_channels(Path(case["anatomy"]))) for case in listed])
    AnatomyPrior.fit(maps).save(weights)
    enter_hash(Path(weights))
