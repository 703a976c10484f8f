# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""A year later: is every file of a dataset still the one that its manifest names, and who vouches for the manifest?

SHA256SUMS covers the manifest, the manifest covers every file, and a minisign signature covers SHA256SUMS.
"""

from __future__ import annotations

import getpass
from pathlib import Path

from aurad_monai.errors import InputError
from aurad_monai.files import SELF, SUMS, below, digest_of, read_bounded, read_sums, sha256, write_sums
from aurad_monai.io.read_run import open_run

SUMMED = ("dataset.json", "manifest.jsonl", "overview.png", "plan.json", "report.json")
MINISIGN = 'pip install "aurad-monai[signing]"'


def check_files(folder: str | Path) -> int:
    """Compare every file with its hash.

    Returns:
        How many files were compared.

    Raises:
        InputError: the folder is no run, or a file is missing, changed, or vouched for by nobody.
    """
    run = open_run(folder)
    known = {file: line["sha256"][key] for line in run.lines() for key, file in line["files"].items()}
    if (run.root / SUMS).is_file():
        known |= read_sums(run.root)
    for sums in sorted(run.root.glob(f"shards/*/{SUMS}")):
        place = sums.parent.relative_to(run.root).as_posix()
        known |= {f"{place}/{name}": digest for name, digest in read_sums(sums.parent).items()}
    for name, digest in known.items():
        path = below(run.root, name, "manifest.jsonl files")
        found = sha256(path) if path.is_file() else "no such file"
        if found != digest:
            raise InputError(name, found, f"sha256 {digest}", "restore the file or make the dataset again")
    if (digest := run.run.get(SELF)) and digest != digest_of(run.run):
        raise InputError("run.json", digest_of(run.run), f"sha256 {digest}", "restore the file")
    there = {path.relative_to(run.root).as_posix() for path in _data_files(run.root)}
    if stray := sorted(there - known.keys()):
        raise InputError("folder", stray[0], "files that the manifest names", f"remove {len(stray)} stray files")
    return len(known)


def sign(folder: str | Path, key: str | Path) -> Path:
    """Sign SHA256SUMS, which is written first where a run has none.

    Args:
        folder: a run whose files were checked.
        key: a minisign secret key; its password is asked for where it has one.

    Raises:
        InputError: the key cannot be used, or py-minisign is not installed.
    """
    root = Path(folder)
    if not (root / SUMS).is_file():
        write_sums(root, {name: sha256(root / name) for name in SUMMED if (root / name).is_file()})
    return sign_file(root / SUMS, key, f"aurad-monai dataset {root.resolve().name}")


def sign_file(path: Path, key: str | Path, comment: str) -> Path:
    """Sign a file; the signature lies beside it, with `.minisig` after its name.

    Args:
        path: the file.
        key: a minisign secret key; its password is asked for where it has one.
        comment: what the signature vouches for.

    Raises:
        InputError: the key cannot be used, or py-minisign is not installed.
    """
    try:
        import minisign
    except ImportError as error:
        raise InputError("sign", key, "an installed py-minisign", MINISIGN) from error
    try:
        secret = minisign.SecretKey.from_file(key)
        if secret.is_encrypted():
            secret.decrypt(getpass.getpass("password of the key: "))
        signature = secret.sign(path.read_bytes(), trusted_comment=comment)
    except (OSError, minisign.Error) as error:
        raise InputError("sign", key, "a minisign secret key", "make one with minisign -G") from error
    beside = path.with_name(f"{path.name}.minisig")
    beside.write_bytes(bytes(signature))
    return beside


def check_signature(folder: str | Path, key: str | Path) -> str:
    """Verify the signature of SHA256SUMS.

    Args:
        folder: a signed run.
        key: the minisign public key of who signed it.

    Returns:
        The trusted comment of the signature.

    Raises:
        InputError: there is no signature, it is of another key, or SHA256SUMS was changed since.
    """
    return check_file_signature(Path(folder) / SUMS, key)


def check_file_signature(path: Path, key: str | Path) -> str:
    """Verify the signature beside a file, which has `.minisig` after its name.

    Args:
        path: the file.
        key: the minisign public key of who signed it.

    Returns:
        The trusted comment of the signature.

    Raises:
        InputError: there is no signature, it is of another key, or the file was changed since.
    """
    try:
        import minisign
    except ImportError as error:
        raise InputError("public_key", key, "an installed py-minisign", MINISIGN) from error
    beside = path.with_name(f"{path.name}.minisig")
    try:
        signature = minisign.Signature.from_file(beside)
        minisign.PublicKey.from_file(key).verify(read_bounded(path), signature)
    except (OSError, ValueError, minisign.Error) as error:
        allowed = f"the public key that signed {beside.name}, and an unchanged {path.name}"
        raise InputError("public_key", key, allowed, str(error)) from error
    return str(signature.trusted_comment)


def _data_files(root: Path) -> list[Path]:
    """Files of cases, wherever a run or a dataset has them."""
    patterns = ("images/*", "anatomy/*", "pathology/*")
    return [path for pattern in patterns for start in ("", "shards/*/") for path in root.glob(start + pattern)]
