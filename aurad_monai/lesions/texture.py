# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Random textures of composed lesions: clouds for filled airspaces, strands for scars, irregular edges for both."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from aurad_monai.lesions.chest_tissue import BoolArray, FloatArray, distance_to, resized


def noise(shape: tuple[int, int], wavelength: float, state: np.random.RandomState) -> FloatArray:
    """Smooth noise with mean 0 and standard deviation about 1, (H, W); `wavelength` in pixels."""
    rows, columns = (int(max(2, np.ceil(side / wavelength))) + 2 for side in shape)
    coarse = state.standard_normal((rows, columns)).astype(np.float32)
    side = int(np.ceil(max(rows, columns) * wavelength))
    fine = resized(coarse, (max(side, shape[0]), max(side, shape[1])), "bicubic")[: shape[0], : shape[1]]
    return fine * 1.3


def clouds(shape: tuple[int, int], wavelength: float, state: np.random.RandomState) -> FloatArray:
    """Noise of three octaves, coarse ones stronger, standard deviation about 1, (H, W)."""
    octaves = [noise(shape, wavelength / 2**i, state) * 0.6**i for i in range(3)]
    return np.asarray(sum(octaves) / np.float32(1.31), dtype=np.float32)


def turned(field: FloatArray, angle: float, squeeze: float) -> FloatArray:
    """A texture drawn out by 1 / `squeeze` along a direction (radians, from the columns' axis), (H, W)."""
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    matrix = np.diag([1.0, squeeze]) @ turn
    middle = np.array(field.shape) / 2
    return np.asarray(
        ndimage.affine_transform(field, matrix, middle - matrix @ middle, order=1, mode="mirror"), dtype=np.float32
    )


def strands(shape: tuple[int, int], width: float, state: np.random.RandomState) -> FloatArray:
    """A net of short fine lines that cross in all directions, 0..1, (H, W); `width` in pixels."""
    net = np.zeros(shape, dtype=np.float32)
    first = state.uniform(0, np.pi)
    for index in range(5):
        line = turned(noise(shape, width, state), first + index * np.pi / 5, state.uniform(0.25, 0.45))
        net = np.maximum(net, np.clip((line - 0.45) / 1.9, 0, 1))
    return net


def signed_distance(region: BoolArray) -> FloatArray:
    """Pixels to the outline, positive inside, (H, W)."""
    return distance_to(~region) - distance_to(region)


def soft_edge(region: BoolArray, width: float, ragged: float, state: np.random.RandomState) -> FloatArray:
    """A membership 0..1 that falls over `width` pixels across an outline displaced by up to `ragged` pixels."""
    distance = signed_distance(region)
    if ragged > 0:
        distance = distance + ragged * clouds((region.shape[0], region.shape[1]), 6 * ragged + 4, state)
    return np.asarray(1 / (1 + np.exp(np.clip(-distance / max(width / 4, 0.1), -30, 30))), dtype=np.float32)


def evened(region: BoolArray, sigma: float) -> BoolArray:
    """An outline without the corners of its polygon."""
    return np.asarray(ndimage.gaussian_filter(region.astype(np.float32), sigma) > 0.5)


def without_crumbs(region: BoolArray, part: float = 0.05) -> BoolArray:
    """A region without pieces smaller than `part` of it, which uneven outlines leave behind."""
    labels, count = ndimage.label(region)
    if count < 2:
        return region
    sizes = np.bincount(labels.ravel())
    sizes[0] = 0
    return np.asarray((sizes >= part * region.sum())[labels])
