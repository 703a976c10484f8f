# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Training handler that draws validation cases: what goes in, what should come out and what does.

Takes the last batch of a MONAI evaluator; gives a picture an epoch.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import ignite.distributed as idist
import numpy as np
import numpy.typing as npt
import torch
from ignite.engine import Engine, Events
from PIL import Image

from aurad_monai.files import whole_file

ROWS = ("image", "label", "pred")
SHOWN = 4


class PredictionSheet:
    """Write `samples/epoch_00010.png` and so on: a column a case, image, label and prediction below one another.

    Args:
        run_dir: folder of the run, in which `samples` goes.
        validator: MONAI evaluator that runs in the epoch, before this handler.
        every: epochs between pictures.
    """

    def __init__(self, run_dir: str, validator: Engine, every: int = 1) -> None:
        self.folder, self.validator, self.every = Path(run_dir) / "samples", validator, every

    def attach(self, engine: Engine) -> None:
        """Draw after every `every` epochs."""
        engine.add_event_handler(Events.EPOCH_COMPLETED(every=self.every), self.draw)

    def draw(self, engine: Engine) -> None:
        """Write one picture of what the validator saw last; none where it has not run yet."""
        output: Any = self.validator.state.output
        if not output or idist.get_rank() > 0:
            return
        cases = output if isinstance(output, list) else _taken_apart(output)
        columns = [np.concatenate([_gray(case[row]) for row in ROWS if row in case]) for case in cases[:SHOWN]]
        with whole_file(self.folder / f"epoch_{engine.state.epoch:05d}.png") as partial:
            Image.fromarray(np.concatenate(columns, axis=1)).save(partial)


def _taken_apart(batch: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A batch as a list of cases."""
    rows = {name: batch[name] for name in ROWS if name in batch}
    return [dict(zip(rows, values, strict=True)) for values in zip(*rows.values(), strict=True)]


def _gray(data: torch.Tensor) -> npt.NDArray[np.uint8]:
    """(channels, H, W) as one picture: the highest channel, from the lowest to the highest value."""
    plane = torch.as_tensor(data).detach().float().cpu().amax(dim=0)
    low, high = plane.min(), plane.max()
    scaled = (plane - low) / (high - low).clamp_min(1e-6) if not 0 <= low <= high <= 1 else plane
    picture: npt.NDArray[np.uint8] = (255 * scaled).round().byte().numpy()
    return picture
