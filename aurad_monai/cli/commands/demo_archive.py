# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""`aurad demo-archive`: synthetic patients for people who test software, into an archive or a folder."""

from __future__ import annotations

import sys
from pathlib import Path

from aurad_monai.bundles import inventory
from aurad_monai.cli import values as cli_values
from aurad_monai.cli.commands.action import Action, refuse_unknown
from aurad_monai.cli.commands.analyze import EXTRA, _without_password
from aurad_monai.cli.commands.generate import MAX_CASES, MAX_SEED
from aurad_monai.errors import InputError


def demo_archive(
    *extra: str,
    num: str = "10",
    seed: str = "0",
    to: str | None = None,
    output: str | None = None,
    quality: str = "default",
    size: str | None = None,
    batch_size: str = "4",
    device: str | None = None,
    overwrite: str = "False",
    bundle_dir: str | None = None,
    debug: str = "False",
    **unknown: str,
) -> Action:
    """aurad demo-archive --to ADDRESS [flags], or aurad demo-archive --output DIR [flags]

    Fill an archive such as Orthanc with synthetic patients: image, segmentations and measurement report of each.

    --to          https://HOST/dicom-web or dicom://AET@HOST:PORT; at least one of --to and --output is required
    --output      new folder for the files, a folder a patient: with it alone, nothing is sent
    --num         number of patients, 1 to 1000, default 10
    --seed        whole number from 0, default 0; the same seed gives the same patients
    --quality     preset of sampling steps and guidance: default or fast
    --size        edge of masks and radiographs in pixels: 256, 512 or 1024, default that of the bundle
    --batch_size  patients sampled at once, 1 to 256, default 4
    --device      cpu, cuda, cuda:N or mps, default the fastest available
    --overwrite   replace earlier files in DIR
    --bundle_dir  folder of bundles, default those of the package
    --debug       show the traceback of an error
    """
    refuse_unknown(demo_archive, extra, unknown)
    if to is None and output is None:
        raise InputError("to", "nothing", "an address or a folder", "give --to ADDRESS or --output DIR")
    count = cli_values.whole("num", num, 1, MAX_CASES)
    first = cli_values.whole("seed", seed, 0, MAX_SEED)
    preset = cli_values.one_of("quality", quality, cli_values.QUALITIES)
    batch = cli_values.whole("batch_size", batch_size, 1, 256)
    where, replace = cli_values.device(device), cli_values.switch("overwrite", overwrite)
    edge = cli_values.frame_size(size)
    return Action(lambda: _fill(count, first, to, output, preset, batch, where, replace, bundle_dir, edge))


def _fill(
    count: int,
    seed: int,
    to: str | None,
    output: str | None,
    quality: str,
    batch_size: int,
    device: str | None,
    overwrite: bool,
    bundle_dir: str | None,
    size: int | None,
) -> None:
    """Check what is cheap to check, then generate patients batch by batch, and write or send each batch."""
    from aurad_monai.io.output_folder import check_output, whole_or_nothing

    target = check_output(output, overwrite) if output is not None else None
    try:
        from aurad_monai.archive.demo import DemoArchive
    except ImportError as error:
        raise InputError("to", to or output, f"an installed {error.name}", EXTRA) from error
    from aurad_monai.archive.send import check_address, send

    if to is not None:
        check_address("to", to)
    versions = inventory.describe_bundles(bundle_dir)
    print("loading bundles ...", file=sys.stderr, flush=True)
    from aurad_monai.generation.pipeline import Pipeline

    demo = DemoArchive(Pipeline.from_bundles(bundle_dir, device, size=size), seed, versions, quality, batch_size)

    def run(folder: Path | None) -> int:
        sent = 0
        for studies in demo.studies(count):
            if folder is not None:
                demo.write(studies, folder)
            if to is not None:
                sent += send([item for objects in studies.values() for item in objects.values()], to, "to")
        return sent

    if target is None:
        sent = run(None)
    else:
        with whole_or_nothing(target) as partial:
            sent = run(partial)
        print(f"{count} patients: {target}")
    if to is not None:
        print(f"{count} patients, {sent} objects taken by {_without_password(to)}", flush=True)
