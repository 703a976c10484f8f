# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""`aurad analyze`: CR and DX images in; segmentations, measurement report and outlined copy of the same study out."""

from __future__ import annotations

import sys
from pathlib import Path

from aurad_monai.bundles import inventory
from aurad_monai.cli import values as cli_values
from aurad_monai.cli.commands.action import Action, refuse_unknown
from aurad_monai.cli.next_step import FILTER, places
from aurad_monai.errors import InputError

EXTRA = 'pip install "aurad-monai[archive]"'


def analyze(
    source: str | None = None,
    *extra: str,
    output: str | None = None,
    send: str | None = None,
    device: str | None = None,
    overwrite: str = "False",
    bundle_dir: str | None = None,
    filter_bundle: str | None = None,
    debug: str = "False",
    **unknown: str,
) -> Action:
    """aurad analyze SOURCE --output DIR [flags]

    Find lungs and findings in DICOM radiographs: segmentations, report and outlined copy of each. For research.

    SOURCE            a CR or DX file, or a folder of them, whatever they are called
    --output          new folder for the output, a folder an image (required)
    --send            also send the objects to an archive: https://HOST/dicom-web or dicom://AET@HOST:PORT
    --device          cpu, cuda, cuda:N or mps, default cpu
    --overwrite       replace earlier output in DIR
    --bundle_dir      folder of bundles, default those of the package
    --filter_bundle   folder of one filter bundle, such as aurad train wrote, in the place of that of bundle_dir
    --debug           show the traceback of an error
    """
    refuse_unknown(analyze, extra, unknown)
    given = cli_values.text("source", source, "a DICOM file or a folder of them", "see aurad analyze --help")
    target = cli_values.text("output", output, "a new folder", "give --output DIR")
    where = cli_values.device(device) or "cpu"
    replace, bundles = cli_values.switch("overwrite", overwrite), places(bundle_dir, filter_bundle=filter_bundle)
    return Action(lambda: _analyze(Path(given), target, send, where, replace, bundles))


def _analyze(
    source: Path, output: str, address: str | None, device: str, overwrite: bool, bundles: inventory.Places
) -> None:
    """Check what is cheap to check, then load the experts, look, write and send."""
    from aurad_monai.io.output_folder import check_output, whole_or_nothing

    path = check_output(output, overwrite, ("analysis.jsonl",))
    files = _files(source)
    try:
        import highdicom  # noqa: F401
    except ImportError as error:
        raise InputError("source", source, "an installed highdicom", EXTRA) from error
    from aurad_monai.archive.analyze import analyze_all
    from aurad_monai.archive.send import check_address, send

    if address is not None:
        check_address("send", address)
    root = inventory.bundle_folder(FILTER, bundles)
    print("loading experts ...", file=sys.stderr, flush=True)
    from aurad_monai.archive.observe import Observer

    with whole_or_nothing(path) as partial:
        done = analyze_all(files, Observer(root, device), partial)
    for line in done.lines():
        print(line)
    print(f"{done.analyzed} of {len(files)} analyzed: {path}", flush=True)
    if address is not None:
        print(f"{send(done.datasets(path), address)} objects taken by {_without_password(address)}", flush=True)


def _files(source: Path) -> list[Path]:
    """Files to read; a folder's are found by content."""
    files = [source] if source.is_file() else sorted(path for path in source.rglob("*") if path.is_file())
    if not files:
        raise InputError("source", source, "a DICOM file or a folder of them", "see aurad analyze --help")
    return files


def _without_password(address: str) -> str:
    before, at, host = address.rpartition("@")
    return address if not at or address.startswith("dicom:") else f"{before.split('://')[0]}://{host}"
