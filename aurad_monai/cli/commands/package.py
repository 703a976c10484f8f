# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""`aurad package`: a bundle as a zip for the Model Zoo and a folder for Hugging Face."""

from __future__ import annotations

from pathlib import Path

from aurad_monai.bundles import inventory
from aurad_monai.cli import values as cli_values
from aurad_monai.cli.commands.action import Action, refuse_unknown

EXPORTS = ("pt2", "onnx", "ts")


def package(
    bundle: str | None = None,
    *extra: str,
    output: str | None = None,
    standalone: str = "False",
    debug: str = "False",
    **unknown: str,
) -> Action:
    """aurad package BUNDLE --output DIR [--with pt2,onnx,ts] [--standalone]

    Write a bundle's zip (reproducible) with its sha256 and a Hugging Face folder into DIR.
    Other weights under a version that was published are refused; aurad train gives them one of their own.

    BUNDLE        a bundle folder, or the name of one that came with the package
    --output      new folder for the output (required)
    --with        files that run without the bundle's code, of every network: pt2 (torch.export), onnx, ts (TorchScript)
    --standalone  also a variant that needs MONAI, torch and Ignite only, as a folder
    --debug       show the traceback of an error
    """
    formats = unknown.pop("with", "")
    refuse_unknown(package, extra, unknown)
    name = cli_values.text("bundle", bundle, "a bundle folder or name", "see aurad info")
    folder = cli_values.text("output", output, "a new folder", "give --output DIR")
    wanted = [cli_values.one_of("with", part.strip(), EXPORTS) for part in formats.split(",") if part.strip()]
    alone = cli_values.switch("standalone", standalone)
    return Action(lambda: _package(name, folder, wanted, alone))


def _package(name: str, output: str, formats: list[str], standalone: bool) -> None:
    from aurad_monai.bundles.packaging.archive import write_zip
    from aurad_monai.bundles.packaging.hugging_face import write_hugging_face_folder
    from aurad_monai.bundles.packaging.published import refuse_published
    from aurad_monai.files import sha256
    from aurad_monai.io.output_folder import check_output, whole_or_nothing

    root = Path(name) if (Path(name) / "configs").is_dir() else inventory.bundles_root() / name
    refuse_published(root.resolve())
    path = check_output(output)
    with whole_or_nothing(path) as partial:
        archive = write_zip(root.resolve(), partial)
        digest = sha256(archive)
        archive.with_suffix(".zip.sha256").write_text(f"{digest}  {archive.name}\n", encoding="utf-8")
        write_hugging_face_folder(root.resolve(), partial / "huggingface")
        if formats:
            _export(root.resolve(), partial / "exports" / root.name, formats)
        if standalone:
            from aurad_monai.standalone.write import write_standalone

            write_standalone(root.resolve(), partial / "standalone")
    print(f"{path / archive.name}  sha256 {digest}")
    print(path / "huggingface" / root.name)
    for made, wanted in (("exports", bool(formats)), ("standalone", standalone)):
        if wanted:
            print(next((path / made).iterdir()))


def _export(root: Path, folder: Path, formats: list[str]) -> None:
    from aurad_monai.bundles.bundle import open_bundle
    from aurad_monai.bundles.packaging.exports import write_exports

    made = write_exports(open_bundle(root, device="cpu"), folder, formats)
    rows = [(e.path.name, e.format, "any" if e.any_size else "of the example", f"{e.difference:.2g}") for e in made]
    for row in rows:
        print(f"{row[0]}: any batch, size {row[2]}, largest difference from eager {row[3]}")
