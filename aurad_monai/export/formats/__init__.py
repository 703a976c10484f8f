# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Export formats, one a module: `write(run, folder)` fills an empty folder, and the docstring says what with."""

from pathlib import Path

from aurad_monai.plugins import modules_with

FORMATS = modules_with("write", Path(__file__).parent)
"""Every format with what it is; found by listing this folder."""
