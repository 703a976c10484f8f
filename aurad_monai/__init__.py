# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Chest radiographs with the masks that explain them: prompt to mask, mask to image, experts keep what is plausible."""

__version__ = "0.1.0"
