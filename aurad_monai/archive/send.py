# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""DICOM objects to an archive, over DICOMweb (STOW-RS) or C-STORE.

Takes datasets and an address, `https://HOST/dicom-web` or `dicom://AET@HOST:PORT`; gives nothing where all were taken.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import urlsplit

from pydicom.dataset import Dataset
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian

from aurad_monai.errors import InputError

ALLOWED = "https://HOST/dicom-web or dicom://AET@HOST:PORT"
EXTRA = 'pip install "aurad-monai[archive]"'
CALLING = "AURAD"
TAKEN = (0x0000, 0xB000, 0xB006, 0xB007)
"""Status of C-STORE: success, and success with a warning."""
STOWED_TOGETHER = 8
"""Objects in one request; archives limit its size."""


def check_address(argument: str, address: str) -> None:
    """Refuse an address that is none, or whose package is not installed; raises InputError."""
    parts = urlsplit(address)
    if parts.scheme in ("http", "https") and parts.hostname:
        _dicomweb(argument, address)
    elif parts.scheme == "dicom" and parts.username and parts.hostname and parts.port:
        if not re.fullmatch(r"[ -~]{1,16}", parts.username):
            raise InputError(argument, address, "an AE title of up to 16 letters", f"give {ALLOWED}")
        _pynetdicom(argument, address)
    else:
        raise InputError(argument, address, ALLOWED, f"give --{argument} ADDRESS")


def send(datasets: Iterable[Dataset], address: str, argument: str = "send") -> int:
    """Send objects one after the other; returns how many.

    Raises:
        InputError: the address is none, nobody answers there, or an object was not taken.
    """
    check_address(argument, address)
    store = _stow if address.startswith("http") else _c_store
    return store(list(datasets), address, argument)


def _stow(datasets: Sequence[Dataset], address: str, argument: str) -> int:
    client = _dicomweb(argument, address)
    for first in range(0, len(datasets), STOWED_TOGETHER):
        batch = datasets[first : first + STOWED_TOGETHER]
        try:
            answer = client.store_instances(batch)
        except Exception as error:  # requests' and the client's own, of which there are many
            why = " ".join(str(error).split())[:120]
            raise InputError(
                argument, address, f"a DICOMweb service that takes objects ({why})", "see its log"
            ) from error
        if failed := answer.get("FailedSOPSequence"):
            reason = failed[0].get("FailureReason", "no reason")
            raise InputError(
                argument, address, f"every object taken, not {len(failed)} refused ({reason})", "see its log"
            )
    return len(datasets)


def _c_store(datasets: Sequence[Dataset], address: str, argument: str) -> int:
    parts = urlsplit(address)
    entity = _pynetdicom(argument, address).AE(ae_title=CALLING)
    for kind in {str(dataset.SOPClassUID) for dataset in datasets}:
        syntaxes = {str(d.file_meta.TransferSyntaxUID) for d in datasets if str(d.SOPClassUID) == kind}
        entity.add_requested_context(kind, sorted(syntaxes | {ExplicitVRLittleEndian, ImplicitVRLittleEndian}))
    association = entity.associate(parts.hostname, parts.port, ae_title=parts.username)
    if not association.is_established:
        raise InputError(argument, address, "an archive that accepts AURAD as caller", "start it, or enter AURAD there")
    try:
        for dataset in datasets:
            status = association.send_c_store(dataset)
            if not status or status.Status not in TAKEN:
                code = f"status {status.Status:#06x}" if status else "no answer"
                raise InputError(argument, address, f"every object taken ({code})", "see the archive's log")
    finally:
        association.release()
    return len(datasets)


def _dicomweb(argument: str, address: str) -> Any:
    try:
        from dicomweb_client import DICOMwebClient
    except ImportError as error:
        raise InputError(argument, address, "an installed dicomweb-client", EXTRA) from error
    parts = urlsplit(address)
    session = None
    if parts.username:
        from dicomweb_client.session_utils import create_session_from_user_pass

        session = create_session_from_user_pass(username=parts.username, password=parts.password or "")
        address = parts._replace(
            netloc=f"{parts.hostname}:{parts.port}" if parts.port else str(parts.hostname)
        ).geturl()
    return DICOMwebClient(address, session=session)


def _pynetdicom(argument: str, address: str) -> Any:
    try:
        import pynetdicom
    except ImportError as error:
        raise InputError(argument, address, "an installed pynetdicom", EXTRA) from error
    return pynetdicom
