# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Content Credentials (C2PA) of generated radiographs: a signed manifest in the PNG that says what made it.

Takes a run folder or PNG files, a certificate chain and its key; writes the manifest into each PNG, whose pixels and
text chunks stay as they are, and reads it again with the C2PA library's own reader. See docs/reference/marking.md.
"""

from __future__ import annotations

import importlib
import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image

from aurad_monai import __version__
from aurad_monai.errors import InputError
from aurad_monai.export.provenance import SOURCE
from aurad_monai.files import read_bounded, read_text, sha256, whole_file, write_text
from aurad_monai.io.picture_file import MAX_BYTES

TRAINED = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
"""IPTC's term for what a model made, by which the C2PA standard says that an asset is synthetic."""
CASE = "org.aurad-monai.case"
"""Assertion with the record of the case: request, seed, version and weights, as in the text chunk `aurad`."""
MANIFEST = "manifest.jsonl"
ALGORITHMS = {"secp256r1": b"es256", "secp384r1": b"es384", "ed25519": b"ed25519"}
NO_THUMBNAIL = {"builder": {"thumbnail": {"enabled": False}}}
UNTRUSTED = "signingCredential.untrusted"


@dataclass(frozen=True)
class Signature:
    """A certificate chain and its private key.

    Args:
        certificate: PEM, the signer's own certificate first; its key usage is digitalSignature.
        key: PEM, PKCS #8, unencrypted; elliptic curve P-256 or P-384, or Ed25519.
    """

    certificate: Path
    key: Path


@dataclass(frozen=True)
class Credential:
    """What a picture's manifest says.

    Args:
        state: Trusted (valid, by a signer of the trust list), Valid (whole and unchanged, signer not on the list),
            Invalid (changed since, or broken), or none.
        signer: name in the certificate, empty where there is none.
        synthetic: whether it says that a trained model made the picture.
        problems: codes of what does not hold, other than a signer that is not on the trust list.
        record: of the case, see `CASE`.
    """

    state: str
    signer: str = ""
    synthetic: bool = False
    problems: tuple[str, ...] = ()
    record: dict[str, Any] | None = None


def sign_picture(path: Path, signature: Signature) -> None:
    """Write a signed manifest into a PNG, in place, whole or not at all.

    Raises:
        InputError: it is no PNG of this package, the library is not installed, or certificate or key cannot be used.
    """
    c2pa = _library()
    builder = c2pa.Builder(json.dumps(_manifest(path)), context=_context(c2pa))
    signed = io.BytesIO()
    try:
        signer = c2pa.Signer.from_info(c2pa.C2paSignerInfo(_algorithm(signature), *_pem(signature), None))
        builder.sign(signer, "image/png", io.BytesIO(path.read_bytes()), signed)
    except c2pa.C2paError as error:
        why = " ".join(str(error).split())[:100]
        allowed = f"a certificate for signing with its key ({why})"
        raise InputError("certificate", signature.certificate, allowed, "see docs/reference/marking.md") from error
    if (found := _read(signed.getvalue())).state == "Invalid":  # as where the key is not that of the certificate
        allowed = f"a certificate and its own key ({', '.join(found.problems)})"
        raise InputError("certificate", signature.certificate, allowed, "nothing was written")
    with whole_file(path) as partial:
        partial.write_bytes(signed.getvalue())


def sign_run(run: Path, signature: Signature) -> int:
    """Sign every image of a run folder and enter the new hashes in its manifest; gives how many there were.

    A run that was interrupted is signed by the same call again: pictures with a manifest are left as they are.
    """
    lines = [json.loads(line) for line in read_text(run / MANIFEST, MAX_BYTES).splitlines()]
    count = 0
    for line in lines:
        name = line.get("files", {}).get("image")
        if name is None:
            continue
        if read_credential(run / name).state == "none":
            sign_picture(run / name, signature)
        line["sha256"]["image"] = sha256(run / name)
        count += 1
    write_text(run / MANIFEST, "".join(f"{json.dumps(line, allow_nan=False)}\n" for line in lines))
    return count


def read_credential(path: Path) -> Credential:
    """Read and check a picture's manifest with the library's own reader.

    Raises:
        InputError: the file cannot be read, or the library is not installed.
    """
    try:
        return _read(read_bounded(path, MAX_BYTES))
    except (OSError, ValueError) as error:
        raise InputError("file", path, "a picture", getattr(error, "strerror", None) or str(error)) from error


def _read(content: bytes) -> Credential:
    c2pa = _library()
    try:
        reader = c2pa.Reader("image/png", io.BytesIO(content))
    except c2pa.C2paError as error:
        if "ManifestNotFound" in str(error):
            return Credential("none")
        return Credential("Invalid", problems=(" ".join(str(error).split())[:80],))
    found = json.loads(reader.json())
    manifest = found["manifests"][found["active_manifest"]]
    told = {item["label"].split("__")[0]: item["data"] for item in manifest["assertions"]}
    actions = [item for label, data in told.items() if label.startswith("c2pa.actions") for item in data["actions"]]
    problems = tuple(item["code"] for item in found.get("validation_status", ()) if item["code"] != UNTRUSTED)
    return Credential(
        state=str(reader.get_validation_state()),
        signer=str(manifest.get("signature_info", {}).get("common_name", "")),
        synthetic=any(item.get("digitalSourceType") == TRAINED for item in actions),
        problems=problems,
        record=told.get(CASE),
    )


def report_credentials(files: Sequence[str]) -> int:
    """Print what the manifest of each picture says; the exit code is 1 where one has none or it does not hold."""
    wrong = 0
    for file in files:
        found = read_credential(Path(file))
        wrong += found.state not in ("Valid", "Trusted")
        what = (
            f"{found.state}, signed by {found.signer}, {'synthetic' if found.synthetic else 'not said to be synthetic'}"
        )
        why = f" ({', '.join(found.problems)})" if found.problems else ""
        print(f"{file}: {'no manifest' if found.state == 'none' else what + why}")
    return int(wrong > 0)


def _manifest(path: Path) -> dict[str, Any]:
    made_by = {"name": "aurad-monai", "version": __version__}
    created = {"action": "c2pa.created", "digitalSourceType": TRAINED, "softwareAgent": made_by, "description": SOURCE}
    return {
        "claim_generator_info": [made_by],
        "title": path.name,
        "assertions": [
            {"label": "c2pa.actions.v2", "data": {"actions": [created]}},
            {"label": CASE, "data": dict(_record(path))},
        ],
    }


def _record(path: Path) -> Iterator[tuple[str, Any]]:
    """The record in the text chunk `aurad` of a PNG that this package wrote."""
    try:
        with Image.open(path, formats=("PNG",)) as picture:
            picture.load()
            text = dict(getattr(picture, "text", {}))
    except OSError as error:
        raise InputError("file", path, "a PNG picture", "name images of aurad generate or aurad render") from error
    if "aurad" not in text:
        raise InputError("file", path, "a PNG that this package wrote", "others have to be signed by who made them")
    yield from json.loads(text["aurad"]).items()


def _pem(signature: Signature) -> tuple[bytes, bytes]:
    try:
        return signature.certificate.read_bytes(), signature.key.read_bytes()
    except OSError as error:
        named = signature.certificate if not signature.certificate.is_file() else signature.key
        raise InputError("certificate", named, "PEM files that can be read", error.strerror or "") from error


def _algorithm(signature: Signature) -> bytes:
    """C2PA's name of the signature algorithm of a key."""
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        key = load_pem_private_key(_pem(signature)[1], None)
    except (ValueError, TypeError) as error:
        raise InputError("key", signature.key, "an unencrypted PEM key", " ".join(str(error).split())[:80]) from error
    name = key.curve.name if isinstance(key, ec.EllipticCurvePrivateKey) else ""
    name = "ed25519" if isinstance(key, ed25519.Ed25519PrivateKey) else name
    if name not in ALGORITHMS:
        raise InputError("key", signature.key, f"a key of {', '.join(ALGORITHMS)}", "see docs/reference/marking.md")
    return ALGORITHMS[name]


def _context(c2pa: Any) -> Any:
    return c2pa.Context(settings=c2pa.Settings.from_dict(NO_THUMBNAIL))


def _library() -> Any:
    try:
        return importlib.import_module("c2pa")
    except (ImportError, OSError) as error:
        allowed = f"an installed c2pa-python ({' '.join(str(error).split())[:60]})"
        raise InputError("credentials", "C2PA", allowed, 'pip install "aurad-monai[credentials]"') from error
