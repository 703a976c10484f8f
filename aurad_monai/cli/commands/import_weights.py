# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""`aurad import-weights`: convert a checkpoint of monai-generative to the same network of MONAI."""

from __future__ import annotations

from pathlib import Path

from aurad_monai.cli import values as cli_values
from aurad_monai.cli.commands.action import Action, refuse_unknown
from aurad_monai.errors import InputError

NAMES = ("autoencoder", "unet", "controlnet")


def import_weights(
    file: str | None = None,
    *extra: str,
    network: str | None = None,
    config: str | None = None,
    output: str | None = None,
    debug: str = "False",
    **unknown: str,
) -> Action:
    """aurad import-weights FILE --network autoencoder|unet|controlnet --config FILE --output FILE

    Convert a checkpoint of monai-generative to the same network in MONAI.

    FILE        the checkpoint
    --network   autoencoder, unet or controlnet (required)
    --config    a bundle's config, or a JSON file with the network's arguments (required)
    --output    new .pt file (required); the network's definition is written beside it as .json
    --debug     show the traceback of an error
    """
    refuse_unknown(import_weights, extra, unknown)
    source = Path(cli_values.text("file", file, "a checkpoint", "see aurad import-weights --help"))
    chosen = cli_values.text("network", network, ", ".join(NAMES), "give --network NAME")
    if chosen not in NAMES:
        raise InputError("network", chosen, ", ".join(NAMES), "give --network NAME")
    definition = cli_values.text("config", config, "a JSON file with the network's arguments", "give --config FILE")
    target = Path(cli_values.text("output", output, "a new .pt file", "give --output FILE"))
    if target.exists() or target.suffix != ".pt":
        raise InputError("output", target, "a new file that ends in .pt", "name another")
    return Action(lambda: _import(source, chosen, definition, target))


def _import(source: Path, network: str, definition: str, target: Path) -> None:
    if not source.is_file():
        raise InputError("file", source, "an existing file", "check the path")
    import json

    import torch

    from aurad_monai.bundles.bundle import enter_hash
    from aurad_monai.diffusion.import_generative import (
        NETWORKS,
        core_arguments,
        import_generative,
        read_definition,
    )
    from aurad_monai.files import SUMS, whole_file
    from aurad_monai.weights import read_state

    arguments = read_definition(definition, network)
    made = import_generative(network, arguments, read_state(source))
    described = {"_target_": f"monai.networks.nets.{NETWORKS[network].__name__}", **core_arguments(network, arguments)}
    with whole_file(target) as partial:
        torch.save(made.state_dict(), partial)
        target.with_suffix(".json").write_text(json.dumps(described, indent=4), encoding="utf-8")
    if (target.parent / SUMS).is_file():  # a bundle's models folder holds nothing that is not listed
        enter_hash(target)
        enter_hash(target.with_suffix(".json"))
    print(f"weights {target}\ndefinition {target.with_suffix('.json')}", flush=True)
