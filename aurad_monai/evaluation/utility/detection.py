# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Utility, detection: a MONAI RetinaNet on a frozen backbone, trained on one condition; AP on real cases.

Boxes are those around the connected parts of masks. Takes labeled images; gives detected boxes with scores a case.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from monai.engines import PrepareBatch
from monai.losses import FocalLoss
from skimage.measure import label, regionprops

from aurad_monai.evaluation.utility.backbone import Backbone, Pyramid
from aurad_monai.evaluation.utility.experiment import LabeledImages, TrainConfig, case_outcomes
from aurad_monai.evaluation.utility.paired import PRECISION
from aurad_monai.evaluation.utility.training import fit
from aurad_monai.experts.xrayvision_import import import_torchvision

MIN_EDGE = 4
"""Boxes narrower than this are specks."""
MIN_IOU = 0.5
MAX_BOXES = 10
"""Boxes an image that are kept."""
SHAPES = ((1 / 8, 1 / 8), (7 / 32, 5 / 32), (5 / 32, 7 / 32))
"""Of the boxes at the finest level, in edges of the image; twice and four times as large at the others."""
Boxes = npt.NDArray[np.float32]


def boxes_of(mask: npt.NDArray[np.generic]) -> Boxes:
    """(N, 4) boxes x0, y0, x1, y1 around the connected parts of a mask (H, W), in pixels."""
    found = []
    for region in regionprops(label(np.asarray(mask) > 0)):
        top, left, bottom, right = region.bbox
        if min(bottom - top, right - left) >= MIN_EDGE:
            found.append((left, top, right, bottom))
    return np.asarray(found, dtype=np.float32).reshape(-1, 4)


def small_retinanet(backbone: Backbone, size: int) -> Any:
    """MONAI's RetinaNetDetector on a pyramid small enough for a CPU, with anchors for images of a size."""
    import_torchvision()
    from monai.apps.detection.networks import retinanet_detector
    from monai.apps.detection.networks.retinanet_network import RetinaNet
    from monai.apps.detection.utils.anchor_utils import AnchorGeneratorWithAnchorShape

    shapes = [tuple(round(edge * size) for edge in shape) for shape in SHAPES]
    anchors = AnchorGeneratorWithAnchorShape(feature_map_scales=(1, 2, 4), base_anchor_shapes=shapes)
    network = RetinaNet(2, 1, anchors.num_anchors_per_location()[0], Pyramid(backbone), size_divisible=[32, 32])
    # MONAI imports this file at its start and remembers if torchvision, whose Matcher it needs, failed then.
    detector = importlib.reload(retinanet_detector).RetinaNetDetector(network, anchors)
    detector.set_cls_loss(FocalLoss(reduction="mean", gamma=2.0))
    detector.set_atss_matcher(num_candidates=4, center_in_gt=False)
    detector.set_hard_negative_sampler(batch_size_per_image=64, positive_fraction=0.5, pool_size=20, min_neg=16)
    detector.set_box_selector_parameters(score_thresh=0.02, nms_thresh=0.2, detections_per_img=MAX_BOXES)
    return detector


class BoxBatch(PrepareBatch):
    """A list of images, and for the detector's losses their boxes; boxes in MONAI's order: rows first."""

    def __call__(
        self,
        batchdata: Mapping[str, Any],
        device: str | torch.device | None = None,
        non_blocking: bool = False,
        **kwargs: Any,
    ) -> tuple[list[torch.Tensor], None, tuple[Any, ...], dict[str, Any]]:
        cases = batchdata["cases"]
        images = [torch.from_numpy(case["image"]) for case in cases]
        targets = []
        for case in cases:
            boxes = torch.from_numpy(case["boxes"][:, [1, 0, 3, 2]])
            targets.append({"boxes": boxes, "labels": torch.zeros(len(boxes), dtype=torch.long)})
        return images, None, (targets,), {}


def _together(cases: list[dict[str, Any]]) -> dict[str, Any]:
    """A batch of images that have different numbers of boxes."""
    return {"cases": cases}


def train(data: LabeledImages, config: TrainConfig, seed: int, backbone: Backbone, begun: Any = None) -> Any:
    """Train a RetinaNet on boxes around the masks of the cases; `begun` is a network that was trained before."""
    cases = [{"image": i, "boxes": boxes_of(m[0])} for i, m in zip(data.images, data.labels, strict=True)]
    size = data.images.shape[-1]
    return fit(lambda: begun or small_retinanet(backbone, size), cases, _sum, config, seed, BoxBatch(), _together)


def _sum(losses: Mapping[str, torch.Tensor], _: object) -> torch.Tensor:
    """All losses of the detector."""
    return torch.stack(list(losses.values())).sum()


@torch.no_grad()
def detect(detector: Any, images: npt.NDArray[np.float32]) -> list[tuple[Boxes, Boxes]]:
    """Boxes (N, 4) x0, y0, x1, y1 and scores (N,) of every image (1, S, S)."""
    found = []
    for image in images:
        answer = detector([torch.from_numpy(image)])[0]
        found.append((answer["boxes"].numpy()[:, [1, 0, 3, 2]], answer["labels_scores"].numpy()))
    return found


def assess(detector: Any, data: LabeledImages) -> dict[str, Any]:
    """Every case's boxes, for their average precision, and the surest of them, for an AUROC."""
    found = detect(detector, data.images)
    targets_by_case = [boxes_of(mask[0]) for mask in data.labels]
    surest = np.array([scores.max() if len(scores) else 0.0 for _, scores in found])
    there = np.array([len(targets) > 0 for targets in targets_by_case])
    rows = [[len(targets), *hits_of(*given, targets)] for given, targets in zip(found, targets_by_case, strict=True)]
    return {"score": PRECISION, **case_outcomes(data, there, surest), "boxes": rows}


def hits_of(boxes: Boxes, scores: Boxes, targets: Boxes) -> list[float | None]:
    """How sure each found box of an image is, then whether each hits: `MAX_BOXES` of both, None where there are fewer.

    As COCO has it: from the surest on, a box hits the wanted one with which its IoU is largest, at least 0.5, and which
    no surer box has hit.
    """
    from monai.data.box_utils import box_iou

    order, free = np.argsort(-scores, kind="stable")[:MAX_BOXES], np.ones(len(targets), dtype=bool)
    overlaps: Any = box_iou(boxes[order], targets) if len(order) and len(targets) else np.zeros((len(order), 0))
    hits = []
    for row in np.asarray(overlaps):
        best = int(np.argmax(row * free)) if len(targets) else -1
        hits.append(best >= 0 and bool(row[best] * free[best] >= MIN_IOU))
        free[best : best + 1] &= not hits[-1]
    empty = [None] * (MAX_BOXES - len(order))
    return [*(round(float(scores[i]), 5) for i in order), *empty, *map(float, hits), *empty]
