# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import numpy as np
import torch

from aurad_monai.diffusion.noise import seeded_noise


def test_noise_depends_on_its_entropy_alone() -> None:
    together = seeded_noise([(3, 0), (4, 0), (4, 0, 17)], (2, 4, 4))
    assert torch.equal(together[1:2], seeded_noise([(4, 0)], (2, 4, 4)))
    assert not torch.equal(together[0], together[1])
    assert not torch.equal(together[1], together[2])
    assert not torch.equal(together[1:2], seeded_noise([(4, 1)], (2, 4, 4)))


def test_noise_is_that_of_numpy() -> None:
    expected = np.random.default_rng([7, 1]).standard_normal((1, 2, 3), dtype=np.float32)
    assert np.array_equal(seeded_noise([(7, 1)], (1, 2, 3))[0], expected)
