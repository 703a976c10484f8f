# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""`aurad info`: vocabulary, bundles, experts and versions, as text or JSON."""

from __future__ import annotations

import json as jsonlib
from typing import Any

from aurad_monai.bundles import inventory
from aurad_monai.cli import values as cli_values
from aurad_monai.cli.commands.action import Action, refuse_unknown
from aurad_monai.errors import InputError

FILTER_BUNDLE = "cxr_expert_filter"


def info(
    *extra: str,
    json: str = "False",
    vocabulary: str = "False",
    experts: str = "False",
    download: str | None = None,
    sha256: str | None = None,
    bundle_dir: str | None = None,
    debug: str = "False",
    **unknown: str,
) -> Action:
    """aurad info [--json] [--vocabulary] [--experts [--download NAME [--sha256 HEX]]] [--bundle_dir DIR]

    Print what is installed: the vocabulary, the bundles with the hashes of their weights, versions, and what each
    check of the filter has shown on real and on generated radiographs, without which it rejects nothing.

    --json         as one JSON object
    --vocabulary   the vocabulary alone
    --experts      the experts alone: targets, weights, license, how to get them
    --download     with --experts: download the weights of the named expert into its cache
    --sha256       with --download: expected hash; without it the hash of the download is kept and shown
    --bundle_dir   folder of bundles, default those of the package
    """
    refuse_unknown(info, extra, unknown)
    as_json, alone = cli_values.switch("json", json), cli_values.switch("vocabulary", vocabulary)
    only_experts = cli_values.switch("experts", experts)
    for name, value in (("download", download), ("sha256", sha256)):
        if value is not None and not only_experts:
            raise InputError(name, value, "together with --experts", f"give --experts --{name}")
    if sha256 is not None and download is None:
        raise InputError("sha256", sha256, "together with --download", "give --download NAME")
    if only_experts:
        return Action(lambda: _experts(as_json, download, sha256, bundle_dir))
    return Action(lambda: _info(as_json, alone, bundle_dir))


def _info(as_json: bool, vocabulary_alone: bool, bundle_dir: str | None) -> None:
    from aurad_monai.filtering.power_report import describe_power, power_lines

    content: dict[str, Any] = {"vocabulary": inventory.describe_vocabulary()}
    power: dict[str, Any] = {}
    if not vocabulary_alone:
        filter_bundle = inventory.bundles_root(bundle_dir) / FILTER_BUNDLE
        power = describe_power(filter_bundle)
        content["bundles"] = inventory.describe_bundles(bundle_dir)
        content["versions"] = inventory.describe_versions()
    if as_json:
        print(jsonlib.dumps({**content, **({"filter": power} if power else {})}, indent=2), flush=True)
        return
    print("\n".join([inventory.as_text(content), *power_lines(power)]), flush=True)


def _experts(as_json: bool, download: str | None, sha256: str | None, bundle_dir: str | None) -> None:
    from aurad_monai import files
    from aurad_monai.experts import catalogue, published_weights

    if download is not None:
        path = published_weights.download(download, expected=sha256)
        print(f"{path}  sha256 {files.sha256(path)}", flush=True)
        return
    experts = catalogue.describe_experts(bundle_dir)
    print(jsonlib.dumps({"experts": experts}, indent=2) if as_json else catalogue.as_text(experts), flush=True)
