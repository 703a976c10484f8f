# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Classifier two-sample test (C2ST, Lopez-Paz and Oquab, ICLR 2017) on features of a pretrained network, by size.

Takes measured sets; gives the cross-validated AUROC of telling synthetic from real images (0.5: indistinguishable) at
64, 128 and 256 pixels, and 512 where images have them, beside that of real against other real images and of what the
image codec alone makes of real ones. Coarse sizes see content, the full size sees texture. The network is the trunk of
the findings expert: an EfficientNet-Lite from ImageNet that was tuned on findings of real radiographs. It is blind to
what no feature of it shows, to errors of one image that the sets share on average, and it is no reader study. Films
have letters and markers, which bundles do not draw and which alone tell films apart: so sets are also told from films
without them, and films without them from films as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from scipy import ndimage
from torch import nn
from torch.nn import functional

from aurad_monai.diffusion.autoencoder import Autoencoder
from aurad_monai.diffusion.enlarge import image_at
from aurad_monai.diffusion.remove_markers import RemoveMarkersd
from aurad_monai.evaluation.measure import Batch, Measured
from aurad_monai.evaluation.metric_result import MetricResult
from aurad_monai.experts.efficientnet_lite import EfficientNetLite
from aurad_monai.statistics import UNKNOWN, Interval, auroc, statistic_interval

FAMILY = "two_sample_test"
CODEC, BLURRED, PLAIN = "codec", "blurred", "plain"
"""Names of the features of reconstructed and of blurred real images, and of those without letters and markers."""
NO_LETTERS = "films without letters"
SIZES = (64, 128, 256)
"""Edges in pixels at which radiographs are compared; all sets are reduced to them in the same way."""
INPUT = 256
"""Edge at which the network looks at all smaller sizes; at a larger size it looks at that size."""
STAGES = (1, 2, 4, 6)
"""Stages of the trunk whose channel means and deviations are the features: strides 4, 8, 16 and 32."""
COMPONENTS = 30
"""Principal components kept, fitted within each fold."""
FOLDS, DRAWS = 5, 200
POWER = 0.95
"""Least AUROC against slightly blurred real images at the size of the network's input; below it the test is void."""
BLUR = 1.0
"""Deviation of the planted blur, in pixels of the size at which it has to be found."""
MIN_IMAGES = 40
FEW = 8
"""Images that are decoded and enlarged at once."""
MAX_IMAGES = 1000
"""Images of a set that are compared at most."""
Features = npt.NDArray[np.floating[Any]]
Images = npt.NDArray[np.float32]


def reduced(images: torch.Tensor, size: int) -> torch.Tensor:
    """Images (B, 1, S, S) averaged down to `size` and, where that is smaller, enlarged to the network's input."""
    if images.shape[-1] > size:
        images = functional.interpolate(images, (size, size), mode="area")
    edge = max(size, INPUT)
    if images.shape[-1] == edge:
        return images
    return functional.interpolate(images, (edge, edge), mode="bicubic", align_corners=False)


class TrunkFeatures:
    """A measure: `NAME/64`, `NAME/128` and so on (B, F), means and deviations of the channels of four stages.

    Args:
        trunk: of the findings expert.
        identity: of its weights, and of what `change` does.
        name: of the arrays.
        change: what becomes of images (B, 1, S, S) before they are seen, such as a codec.
        sizes: edges in pixels.
    """

    def __init__(
        self,
        trunk: EfficientNetLite,
        identity: str,
        name: str = FAMILY,
        change: Callable[[Images], Images] | None = None,
        sizes: tuple[int, ...] = SIZES,
    ) -> None:
        self.trunk, self.name, self.change, self.sizes = trunk.eval(), name, change, sizes
        self.identity = f"{name} {identity} {STAGES} {sizes}"

    def __call__(self, batch: Batch) -> Mapping[str, Features]:
        return self.of(batch.images)

    @torch.inference_mode()
    def of(self, images: Images) -> dict[str, Features]:
        """The arrays of images (B, 1, S, S) in [0, 1]."""
        pixels = torch.from_numpy(images if self.change is None else self.change(images))
        pixels = pixels.to(next(self.trunk.parameters()).device)
        return {f"{self.name}/{size}": self._seen(reduced(pixels, size)) for size in self.sizes}

    def _seen(self, images: torch.Tensor) -> Features:
        stages = self.trunk(images)
        parts = [part for k in STAGES for part in (stages[k].mean((2, 3)), stages[k].std((2, 3)))]
        return np.asarray(torch.cat(parts, 1).float().nan_to_num().cpu().numpy())  # one cell has no deviation


class PlainFeatures(TrunkFeatures):
    """A measure: `plain/64`, `plain/128` and so on (B, F), of images whose letters and markers are filled.

    Args:
        trunk: as of `TrunkFeatures`.
        expert: finds the lungs, which stay as they are: (B, 3, H, W) of images (B, 1, H, W).
        identity: of the weights of both.
        sizes: edges in pixels.
    """

    def __init__(
        self, trunk: EfficientNetLite, expert: Callable[[Images], Any], identity: str, sizes: tuple[int, ...] = SIZES
    ) -> None:
        super().__init__(trunk, identity, PLAIN, sizes=sizes)
        self.expert, self.remove = expert, RemoveMarkersd("image")

    def __call__(self, batch: Batch) -> Mapping[str, Features]:
        pairs = zip(batch.images, batch.predictions(self.expert), strict=True)
        return self.of(np.stack([self.remove({"image": image, "condition": seen})["image"] for image, seen in pairs]))


def blurred(images: Images, size: int | None = None) -> Images:
    """The planted fault that the test has to find at a size; None: at that of the images."""
    width = BLUR * images.shape[-1] / (size or images.shape[-1])
    return np.asarray(ndimage.gaussian_filter(images, (0, 0, width, width)), dtype=np.float32)


def sizes_of(frame: int) -> tuple[int, ...]:
    """Sizes at which images of a frame are compared."""
    return (*SIZES, *((frame,) if frame > SIZES[-1] else ()))


def full_sizes(sizes: Sequence[int]) -> tuple[int, ...]:
    """Those of sizes at which the network sees every pixel, so that a planted blur has to be found."""
    return tuple(size for size in sizes if size >= INPUT)


def reconstruction(
    autoencoder: Autoencoder, upsampler: nn.Module | None = None, frame: int | None = None
) -> Callable[[Images], Images]:
    """What a codec alone makes of images (B, 1, H, W): encoded and decoded, without a generator between.

    Args:
        autoencoder: the codec.
        upsampler: network that enlarges what is decoded; the result is averaged down to the size of the images.
        frame: edge of what the codec encodes; larger images are averaged down to it.
    """
    codec = autoencoder.eval()

    @torch.inference_mode()
    def change(images: Images) -> Images:
        made = []
        for part in torch.from_numpy(images).split(FEW):
            decoded = codec.decode(codec.encode(part if frame is None else image_at(part, min(frame, part.shape[-1]))))
            decoded = decoded if upsampler is None else upsampler(decoded)
            made.append(image_at(decoded, images.shape[-1]).clamp(0, 1).cpu())
        return np.asarray(torch.cat(made).numpy(), dtype=np.float32)

    return change


def c2st_auroc(first: Features, second: Features, seed: int = 0) -> Interval:
    """Cross-validated AUROC between two sets of features (N, F), (M, F), as many of either, with its interval.

    Standardized, reduced to principal components and told by logistic regression, in five folds.
    """
    from sklearn.decomposition import PCA
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import StratifiedKFold, cross_val_predict
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    rng, count = np.random.default_rng(seed), min(len(first), len(second), MAX_IMAGES)
    data = np.concatenate([part[rng.permutation(len(part))[:count]] for part in (first, second)])
    labels = np.repeat([1, 0], count)
    components = PCA(min(COMPONENTS, data.shape[1], count), random_state=seed)
    model = make_pipeline(StandardScaler(), components, StandardScaler(), LogisticRegression(max_iter=2000))
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=seed)
    scores = cross_val_predict(model, data, labels, cv=folds, method="decision_function")
    return statistic_interval(auroc, [scores[labels == 1], scores[labels == 0]], DRAWS)


def two_sample_test(
    synthetic: Measured, reference: Measured, train: Measured | None = None, seed: int = 0
) -> list[MetricResult]:
    """Rows of every size for the set, for what the codec makes of real images, and for the planted fault.

    All are told from the same held-out real images. Real against real is other real images against them. Where `plain`
    is measured of real images, films without letters are told from them too, and the set from films without letters.

    Args:
        synthetic: with the arrays of `TrunkFeatures`.
        reference: the same.
        train: other real images, with `codec/SIZE` and, for every full size, `blurred/SIZE`; None takes half of the
            reference for them.
        seed: of folds and subsets.
    """
    rng = np.random.default_rng(seed)
    order, whole = rng.permutation(len(reference)), train is not None
    half = len(order) if whole else len(order) // 2
    other, chosen = (train, rng.permutation(len(train))) if train is not None else (reference, order[half:])
    count = min(len(synthetic), half, len(chosen), MAX_IMAGES)
    if count < MIN_IMAGES:
        note = f"needs {MIN_IMAGES} images and as many real ones twice"
        return [MetricResult(FAMILY, "C2ST AUROC", UNKNOWN, len(synthetic), "this set", note=note)]
    held, chosen, ours = order[:half][:count], chosen[:count], rng.permutation(len(synthetic))[:count]

    def told(values: Features, size: int, among: str = FAMILY) -> Interval:
        return c2st_auroc(values, reference.values[f"{among}/{size}"][held], seed)

    sizes = sorted(int(name.rpartition("/")[2]) for name in synthetic.values if name.startswith(f"{FAMILY}/"))
    powers = {size: told(other.values[f"{BLURRED}/{size}"][chosen], size) for size in full_sizes(sizes)}
    rows = []
    for size in sizes:
        void = next(power for full, power in powers.items() if full >= size)[0] < POWER
        note = "void: the planted fault is not found" if void else "0.5: indistinguishable"
        floor = told(other.values[f"{FAMILY}/{size}"][chosen], size)
        sets = {"this set": synthetic.values[f"{FAMILY}/{size}"][ours]}
        for key, who in ((CODEC, "codec's reconstructions"), (PLAIN, NO_LETTERS)):
            if f"{key}/{size}" in other.values:
                sets[who] = other.values[f"{key}/{size}"][chosen]
        name = f"C2ST AUROC, {size} pixels"
        for who, values in sets.items():
            value = UNKNOWN if void else told(values, size)
            rows.append(MetricResult(FAMILY, name, value, count, who, floor, count, "lower", note))
        if NO_LETTERS in sets:
            value = UNKNOWN if void else told(sets["this set"], size, PLAIN)
            real = told(sets[NO_LETTERS], size, PLAIN)
            who = f"this set, among {NO_LETTERS}"
            rows.append(MetricResult(FAMILY, name, value, count, who, real, count, "lower", note))
    note = f"planted fault; below {POWER} the test is void"
    for size, power in powers.items():
        name = f"C2ST AUROC, {size} pixels"
        rows.append(MetricResult(FAMILY, name, power, count, "slightly blurred real", note=note))
    return rows
