# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""`aurad credentials`: sign generated radiographs with a C2PA manifest, or read and check the manifests of pictures."""

from __future__ import annotations

from pathlib import Path

from aurad_monai.cli.commands.action import Action, refuse_unknown
from aurad_monai.errors import InputError


def credentials(
    *files: str, certificate: str | None = None, key: str | None = None, debug: str = "False", **unknown: str
) -> Action:
    """aurad credentials FILE... | aurad credentials RUN --certificate CHAIN.pem --key KEY.pem

    Check the C2PA manifests of pictures (exit code 0 if all hold, else 1), or sign all images of a run folder.

    --certificate  PEM chain of the signer, its own certificate first
    --key          its private key, PEM
    --debug        show the traceback of an error
    """
    refuse_unknown(credentials, (), unknown)
    if not files:
        raise InputError("file", "nothing", "pictures of radiographs, or a run folder", "see aurad credentials --help")
    if certificate is None and key is None:
        return Action(lambda: _report(files))
    if certificate is None or key is None:
        missing = "certificate" if certificate is None else "key"
        raise InputError(missing, "nothing", "a PEM file", "give --certificate and --key together")
    chain, private = Path(certificate), Path(key)
    return Action(lambda: _sign(files, chain, private))


def _report(files: tuple[str, ...]) -> int:
    from aurad_monai.export.credentials import report_credentials

    return report_credentials(files)


def _sign(files: tuple[str, ...], chain: Path, private: Path) -> None:
    from aurad_monai.export.credentials import MANIFEST, Signature, sign_picture, sign_run

    signature = Signature(chain, private)
    for name in files:
        path = Path(name)
        if (path / MANIFEST).is_file():
            print(f"{path}: {sign_run(path, signature)} images signed")
        elif path.is_file():
            sign_picture(path, signature)
            print(f"{path}: signed")
        else:
            raise InputError("file", path, f"a PNG, or a run folder with {MANIFEST}", "see aurad credentials --help")
