# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""A new pair of minisign keys on disk."""

from __future__ import annotations

from pathlib import Path


def write_keys(secret: Path, public: Path) -> None:
    """Write a pair of keys, the secret one without a password; needs py-minisign."""
    import minisign

    pair = minisign.KeyPair.generate()
    secret.write_bytes(bytes(pair.secret_key))
    public.write_bytes(bytes(pair.public_key))
