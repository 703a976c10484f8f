# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""A certificate chain and key to try signing with: a root made here and a signer below it, which no program trusts.

Takes a folder; writes chain.pem and key.pem. Who publishes radiographs takes a certificate of an authority instead.
"""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

SIGNER = "Test signer"


def write_signer(folder: Path) -> tuple[Path, Path]:
    """Write chain.pem (signer, then root) and key.pem; gives both."""
    root_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    root = _certificate("Test root", root_key, "Test root", root_key, authority=True)
    own = _certificate(SIGNER, key, "Test root", root_key, authority=False)
    pem = serialization.Encoding.PEM
    (folder / "chain.pem").write_bytes(own.public_bytes(pem) + root.public_bytes(pem))
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "key.pem").write_bytes(private)
    return folder / "chain.pem", folder / "key.pem"


def _certificate(subject: str, key: Any, issuer: str, issuer_key: Any, authority: bool) -> x509.Certificate:
    names = [
        x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, who), x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Site")])
        for who in (subject, issuer)
    ]
    now = datetime.datetime.now(datetime.timezone.utc)
    builder = x509.CertificateBuilder().subject_name(names[0]).issuer_name(names[1]).public_key(key.public_key())
    builder = builder.serial_number(x509.random_serial_number()).not_valid_before(now - datetime.timedelta(days=1))
    builder = builder.not_valid_after(now + datetime.timedelta(days=30))
    usage = x509.KeyUsage(not authority, False, False, False, False, authority, authority, False, False)
    above = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key())
    extensions: list[tuple[Any, bool]] = [(x509.BasicConstraints(authority, None), True), (usage, True), (above, False)]
    extensions.append((x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False))
    if not authority:
        extensions.append((x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION]), False))
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical)
    return builder.sign(issuer_key, hashes.SHA256())
