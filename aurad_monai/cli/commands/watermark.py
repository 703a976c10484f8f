# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""`aurad watermark`: read the invisible watermark of radiographs.

Takes picture files; prints a line for each.
"""

from __future__ import annotations

from aurad_monai.cli.commands.action import Action, refuse_unknown
from aurad_monai.errors import InputError


def watermark(*files: str, debug: str = "False", **unknown: str) -> Action:
    """aurad watermark FILE...

    Read the invisible watermark that --watermark of aurad generate and aurad synthesize embeds.

    Exit code 0 if every image has a watermark, else 1.

    --debug  show the traceback of an error
    """
    refuse_unknown(watermark, (), unknown)
    if not files:
        raise InputError("file", "nothing", "pictures of radiographs", "see aurad watermark --help")

    def run() -> int:
        from aurad_monai.export.watermark import report_watermarks

        return report_watermarks(files)

    return Action(run)
