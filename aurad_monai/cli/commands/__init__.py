# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""The verbs of `aurad`: one module a verb, with a function of that name whose docstring is the help text."""

VERBS = (
    "generate",
    "render",
    "synthesize",
    "filter",
    "calibrate",
    "evaluate",
    "export",
    "analyze",
    "demo_archive",
    "audit",
    "watermark",
    "studio",
    "readers",
    "credentials",
    "prepare",
    "train",
    "import_weights",
    "info",
    "lint",
    "package",
    "unpack",
)
"""In the order in which `aurad --help` lists them."""
