# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Fine-tuning draws pairs of a film and its lesion in one frame with one noise, weighs lesions, and can go on."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from recipes.images import fine_tune
from recipes.images.cases import Cases
from recipes.images.fine_tune import PAIRS, Balanced, batch_of, cell_weights, frames, held_out, paired
from recipes.images.networks import FINDINGS, STRUCTURES

SIZE, FILMS, EFFUSION, NODULE = 256, 6, 5, 10


@pytest.fixture(scope="module")
def part(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six films, two with an effusion, one kept out, and three insertions of a nodule into the first films."""
    folder, rng = tmp_path_factory.mktemp("part"), np.random.default_rng(0)
    count = FILMS + 3
    masks, images = np.zeros((count, SIZE, SIZE), np.uint16), rng.integers(0, 255, (count, SIZE, SIZE), dtype=np.uint8)
    masks[:, 64:192, 32:96] = 1
    masks[2:4, 160:192, 32:96] |= 1 << (STRUCTURES + EFFUSION)
    masks[FILMS:, 100:116, 50:66] |= 1 << (STRUCTURES + NODULE)
    images[FILMS:] = images[:3]
    present, given = np.zeros((count, FINDINGS), np.int8), np.ones((count, FINDINGS), np.uint8)
    present[2:4, EFFUSION] = present[FILMS:, NODULE] = 1
    names = [f"film{i}" for i in range(FILMS)] + [f"film{i}_i{i}" for i in range(3)]
    for name, array in {"images": images, "masks": masks, "extras": np.ones_like(images)}.items():
        np.save(folder / f"{name}.npy", array)
    table = {"id": np.array(names), "split": np.array(["train"] * (FILMS - 1) + ["hold"] + ["train"] * 3)}
    table |= {"kind": np.array(["normal"] * FILMS + ["inserted"] * 3), "native": np.full(count, 512)}
    np.savez(folder / "known.npz", given=given, present=present, context=np.ones((count, 16, 36), np.float16), **table)
    return folder


def test_a_step_holds_pairs_and_findings_evenly(part: Path) -> None:
    cases = Cases([part], "train")
    rows = Balanced(cases, 0).rows()
    lesions, films = rows[:PAIRS], rows[PAIRS : 2 * PAIRS]
    assert (cases.kind[lesions] == "inserted").all() and (cases.kind[films] == "normal").all()
    assert [name.split("_i")[0] for name in cases.ids[lesions]] == list(cases.ids[films])
    assert len(rows) == 2 * PAIRS + fine_tune.REAL + fine_tune.ANY


def test_pairs_share_their_frame_and_frames_stay_inside(part: Path) -> None:
    torch.manual_seed(0)
    grid = frames(2 * PAIRS)
    assert torch.equal(grid[:PAIRS], grid[PAIRS:])
    assert float(grid.abs().max()) <= 1
    cases = Cases([part], "train")
    batch = batch_of(cases, Balanced(cases, 0).rows(), moved=True)
    assert torch.equal(batch.image[:PAIRS], batch.image[PAIRS : 2 * PAIRS])  # the inserted films are the same here
    assert not torch.equal(batch.condition[:PAIRS], batch.condition[PAIRS : 2 * PAIRS])


def test_small_findings_weigh_more_a_cell_and_empty_cells_one() -> None:
    pathology = torch.zeros(2, FINDINGS, 32, 32)
    pathology[0, 0, :2, :2] = pathology[1, 0, :16] = 1
    small, large = cell_weights(pathology)
    assert small[0, 0, 0] > large[0, 0, 0] == 1 + fine_tune.LESION_WEIGHT
    assert small[0, -1, -1] == 1
    assert paired(torch.arange(16.0))[PAIRS : 2 * PAIRS].tolist() == [0, 1, 2, 3]


def test_a_training_goes_on_and_leaves_weights_of_the_bundle(part: Path, tmp_path: Path) -> None:
    options = {"learning_rate": 1e-3, "report_every": 0.0}
    fine_tune.main(str(part), str(tmp_path), processor=1e-6, **options)
    state = torch.load(tmp_path / "tuned.pt", weights_only=True)
    assert state["step"] == 1 and {value.dtype for value in state["average"].values()} == {torch.float32}
    fine_tune.main(str(part), str(tmp_path), processor=1e-6, **options)
    after = torch.load(tmp_path / "tuned.pt", weights_only=True)
    assert after["step"] == 2 and after["processor"] > state["processor"]
    shipped = torch.load("bundles/cxr_image_latent_diffusion/models/model.pt", weights_only=True)
    model = torch.load(tmp_path / "model.pt", weights_only=True)
    assert {key: value.shape for key, value in model.items()} == {key: value.shape for key, value in shipped.items()}


def test_loss_inside_findings_is_of_findings_alone(part: Path) -> None:
    class Perfect(torch.nn.Module):
        """Says nothing: the loss is that of the velocity itself."""

        def forward(self, inputs: torch.Tensor, *_: object, **__: object) -> torch.Tensor:
            return torch.zeros_like(inputs[:, :16])

    class Codec:
        """Latents that are larger where the effusion lies."""

        def encode(self, data: torch.Tensor) -> torch.Tensor:
            latents = torch.zeros(len(data), 16, 32, 32)
            latents[:, :, 20:24, 4:12] = 10
            return latents

    whole, inside = held_out(Perfect(), Codec(), Cases([part], "train"))
    assert inside > 20 and inside > 5 * whole
