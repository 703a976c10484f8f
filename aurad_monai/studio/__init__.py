# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""The studio: prompt, mask and radiograph of one case in the browser, edited by hand and rendered again."""
