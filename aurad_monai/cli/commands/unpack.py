# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""`aurad unpack`: unpack the zip of a bundle after checking its entries, configs and weights."""

from __future__ import annotations

from aurad_monai.cli import values as cli_values
from aurad_monai.cli.commands.action import Action, refuse_unknown


def unpack(
    archive: str | None = None, *extra: str, output: str | None = None, debug: str = "False", **unknown: str
) -> Action:
    """aurad unpack ARCHIVE --output DIR

    Unpack a bundle's zip into DIR/NAME, after checking its entries, its configs and its weights.

    --output  folder of bundles for it (required)
    --debug   show the traceback of an error
    """
    refuse_unknown(unpack, extra, unknown)
    path = cli_values.text("archive", archive, "a zip of a bundle", "see aurad unpack --help")
    folder = cli_values.text("output", output, "a folder of bundles", "give --output DIR")
    return Action(lambda: _unpack(path, folder))


def _unpack(path: str, folder: str) -> None:
    from aurad_monai.bundles.packaging.unpack import unpack_bundle

    print(f"unpacked {unpack_bundle(path, folder)}")
