# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""`aurad info`: what is installed, for people and, as JSON, for programs."""

from __future__ import annotations

import json as jsonlib
from typing import Any

from aurad_monai import cli_values, inventory
from aurad_monai.commands.action import Action, refuse_unknown


def info(
    *extra: str,
    json: str = "False",
    vocabulary: str = "False",
    bundle_dir: str | None = None,
    debug: str = "False",
    **unknown: str,
) -> Action:
    """aurad info [--json] [--vocabulary] [--bundle_dir DIR]

    Print what is installed: the vocabulary, the bundles with the hashes of their weights, and versions.

    --json         as one JSON object
    --vocabulary   the vocabulary alone
    --bundle_dir   folder of bundles, default those that came with the package
    """
    refuse_unknown(info, extra, unknown)
    as_json, alone = cli_values.switch("json", json), cli_values.switch("vocabulary", vocabulary)
    return Action(lambda: _info(as_json, alone, bundle_dir))


def _info(as_json: bool, vocabulary_alone: bool, bundle_dir: str | None) -> None:
    content: dict[str, Any] = {"vocabulary": inventory.describe_vocabulary()}
    if not vocabulary_alone:
        content["bundles"] = inventory.describe_bundles(bundle_dir)
        content["versions"] = inventory.describe_versions()
    print(jsonlib.dumps(content, indent=2) if as_json else inventory.as_text(content), flush=True)
