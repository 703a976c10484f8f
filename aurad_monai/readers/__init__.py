# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Reader studies: people judge, blinded, which radiographs are real, what they show and whether outlines are useful."""
