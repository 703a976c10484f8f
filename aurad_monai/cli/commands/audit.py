# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""`aurad audit`: check the sha256 of every file of a run or dataset, sign the sums or verify the signature."""

from __future__ import annotations

from aurad_monai.cli import values as cli_values
from aurad_monai.cli.commands.action import Action, refuse_unknown


def audit(
    folder: str | None = None,
    *extra: str,
    sign: str | None = None,
    public_key: str | None = None,
    debug: str = "False",
    **unknown: str,
) -> Action:
    """aurad audit DIR [--sign KEY] [--public_key KEY]

    Compare every file of a run or dataset with its sha256; sign the sums or verify their signature.

    --sign        minisign secret key to sign SHA256SUMS with, if all files match
    --public_key  minisign public key that SHA256SUMS must be signed with
    --debug       show the traceback of an error
    """
    refuse_unknown(audit, extra, unknown)
    source = cli_values.text("folder", folder, "a folder that aurad generate or synthesize wrote", "give its path")
    for name, value in (("sign", sign), ("public_key", public_key)):
        if value is not None:
            cli_values.text(name, value, "a minisign key file", f"give --{name} FILE")
    return Action(lambda: _audit(source, sign, public_key))


def _audit(folder: str, key: str | None, public_key: str | None) -> None:
    from aurad_monai.export.checks import check_files, check_signature, sign

    if public_key is not None:
        print(f"signed: {check_signature(folder, public_key)}")
    print(f"{check_files(folder)} files are those that the manifest names")
    if key is not None:
        print(f"signature {sign(folder, key)}", flush=True)
