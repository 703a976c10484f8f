# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Training of the utility networks: MONAI's SupervisedTrainer, the same steps and learning rate for every condition.

Takes a network, cases and a loss; gives the trained network.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from ignite.engine import Events
from monai.data import list_data_collate
from monai.engines import PrepareBatch, SupervisedTrainer
from torch import nn
from torch.utils.data import DataLoader, RandomSampler

from aurad_monai.diffusion.batches import Pair
from aurad_monai.evaluation.utility.experiment import TrainConfig

PAIR = Pair("image", "label")


def fit(
    make: Callable[[], Any],
    cases: Sequence[dict[str, Any]],
    loss: Callable[..., Any],
    config: TrainConfig,
    seed: int,
    prepare_batch: PrepareBatch = PAIR,
    collate: Callable[[list[dict[str, Any]]], Any] = list_data_collate,
) -> Any:
    """Train what `make` gives for `config.steps` steps on cases drawn with replacement; returns it, set to evaluation.

    Args:
        make: a network, its weights drawn under `seed`, or one that was trained before.
        cases: with `image` and `label`, or what `prepare_batch` takes.
        loss: of prediction and label.
        config: steps, batch and learning rate.
        seed: of weights and order; the state of torch's generator outside stays as it was.
        prepare_batch: from a batch to inputs and labels.
        collate: from cases to a batch.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network: nn.Module = make()
        draw = RandomSampler(cases, True, config.steps * config.batch, torch.Generator().manual_seed(seed))
        optimizer = torch.optim.AdamW([p for p in network.parameters() if p.requires_grad], config.learning_rate)
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, config.learning_rate, config.steps + 1, pct_start=0.1)
        trainer = SupervisedTrainer(
            device=torch.device("cpu"),
            max_epochs=1,
            train_data_loader=DataLoader(cases, config.batch, sampler=draw, collate_fn=collate),  # type: ignore[arg-type]
            network=network,
            optimizer=optimizer,
            loss_function=loss,
            prepare_batch=prepare_batch,
            decollate=False,  # nobody looks at single outputs, and taking boxes apart took longer than the network
        )
        trainer.add_event_handler(Events.ITERATION_COMPLETED, lambda engine: schedule.step())
        trainer.run()
    return network.eval()
