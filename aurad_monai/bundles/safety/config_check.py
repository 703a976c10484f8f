# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Judges the tree that MONAI would build from a bundle's configs: what is not ours must be on the list, literally.

Takes the merged content and the tree of its origins; gives (entry, value, reason) for each fault. Nothing is imported.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator
from typing import Any

from aurad_monai.bundles.safety.allowed import (
    DEVICE,
    MODEL_FILE,
    REFERENCE,
    full_name,
    kind_in_words,
    literal_fits,
    number_refusal,
    table,
)
from aurad_monai.bundles.safety.origin import OURS, all_ours
from aurad_monai.bundles.safety.paths import path_refusal

Fault = tuple[str, Any, str]
RUN = frozenset({"imports", "initialize", "run", "finalize", "_meta_"})
PLACES = frozenset(
    {"bundle_root", "dataset_dir", "output_dir", "run_dir", "cache_dir", "anatomy", "pathology", "context_file"}
    | {"weights", "weights_file", "initial_weights", "autoencoder_weights", "unet_weights", "backend", "device"}
)
"""Entries that expressions of ours make paths and devices of."""
KEY = re.compile(r"[A-Za-z][\w .-]{0,99}|[0-9]{1,4}", flags=re.ASCII)
RELATIVE = re.compile(r"[@%](#|::)")
LONGEST_TEXT = 4000


class ConfigCheck:
    """One tree and where its parts come from.

    Args:
        content: the merged configs.
        origin: of the same form, see `origin.origins`.
        trusted: packages of the user's own whose names may be called too.
        complete: every reference must lead somewhere; False for a file that is merged onto others.
    """

    def __init__(self, content: Any, origin: Any, trusted: Collection[str] = (), complete: bool = True) -> None:
        self.content, self.origin, self.trusted, self.complete = content, origin, tuple(trusted), complete

    def faults(self) -> Iterator[Fault]:
        """Everything that keeps the tree from being opened."""
        if not isinstance(self.content, dict):
            yield "", type(self.content).__name__, "no JSON object"
            return
        if "_target_" in self.content:  # a network's definition beside its weights
            yield from self._entry("", self.content, self.origin)
            return
        for name, value in self.content.items():
            origin = self.origin[name]
            if name in RUN and value not in ([], {}) and not all_ours(origin):
                yield name, value, "only a config of ours may import or run something"
            elif name in PLACES and not all_ours(origin):
                yield from _place(name, value)
            else:
                yield from self._key(name, name, value)
                yield from self._entry(name, value, origin)

    def _key(self, where: str, name: object, value: Any) -> Iterator[Fault]:
        if not isinstance(name, str) or not KEY.fullmatch(name):
            yield where, value, "a key of other characters than letters, digits, '_', '-', '.' and blank"

    def _entry(self, where: str, value: Any, origin: Any) -> Iterator[Fault]:
        """One entry by itself and all below it."""
        if isinstance(value, dict) and "_target_" in value:
            yield from self._component(where, value, origin)
        elif isinstance(value, dict):
            for name, part in value.items():
                yield from self._key(f"{where}#{name}", name, part)
                yield from self._entry(f"{where}#{name}", part, origin[name])
        elif isinstance(value, list):
            for index, part in enumerate(value):
                yield from self._entry(f"{where}#{index}", part, origin[index])
        elif isinstance(value, str):
            why = None if origin is OURS else _text_refusal(value) or path_refusal(value) or self._reference_refusal(value)
            if why:
                yield where, value, why
        elif why := number_refusal(value):
            yield where, value, why

    def _component(self, where: str, value: dict[str, Any], origin: dict[str, Any]) -> Iterator[Fault]:
        target, ours = value["_target_"], origin["_target_"] is OURS
        name = full_name(target) if ours else target
        trusted = isinstance(target, str) and target.split(".")[0] in self.trusted
        if not ours and not trusted and (not isinstance(target, str) or target not in table()):
            yield f"{where}#_target_", target, "not a full name on the list (docs/concepts/security.md)"
            return
        for argument, given in value.items():
            below = f"{where}#{argument}".lstrip("#")
            if argument == "_target_":
                continue
            if argument.startswith("_"):
                yield from _special(below, argument, given, all_ours(origin[argument]))
            elif trusted or all_ours(origin[argument]) or (ours and given in ([], {})):
                yield from self._entry(below, given, origin[argument])
            else:
                kind = table().get(name, {}).get(argument)
                yield from self._argument(below, kind, given, origin[argument])

    def _argument(self, where: str, kind: str | None, value: Any, origin: Any) -> Iterator[Fault]:
        """An argument that a stranger set."""
        if kind is None:
            yield where, value, "an argument that is not on the list"
        elif kind.startswith("entry:"):
            if value != "@" + kind.removeprefix("entry:"):
                yield where, value, f"may only be {kind_in_words(kind)}"
        elif value is not None and not self._fits(kind, value, origin):
            yield where, value, f"may only be {kind_in_words(kind)}"
        elif kind in ("object", "model_file"):
            yield from self._entry(where, value, origin)

    def _fits(self, kind: str, value: Any, origin: Any, hops: int = 20) -> bool:
        if isinstance(value, str) and value.startswith("@") and hops:
            if _text_refusal(value) or self._reference_refusal(value):
                return False
            found = self._find(value)
            return not self.complete if found is None else self._fits(kind, *found, hops - 1)
        if origin is OURS:
            return True
        if kind == "model_file":
            return isinstance(value, dict) and value.get("_target_") == MODEL_FILE
        if kind == "object":
            return isinstance(value, (dict, list, int, float))
        return literal_fits(kind, value)

    def _find(self, reference: str) -> tuple[Any, Any] | None:
        """The value a reference leads to, and its origin."""
        value, origin = self.content, self.origin
        for part in reference[1:].replace("::", "#").split("#"):
            if isinstance(value, dict) and part in value:
                value, origin = value[part], origin[part]
            elif isinstance(value, list) and part.isdigit() and int(part) < len(value):
                value, origin = value[int(part)], origin[int(part)]
            else:
                return None
        return value, origin

    def _reference_refusal(self, text: str) -> str | None:
        if not text.startswith("@") or not self.complete or self._find(text) is not None:
            return None
        return "a reference to nothing"


def _place(name: str, value: Any) -> Iterator[Fault]:
    """A place or device that a stranger's config names."""
    if value is None or (name == "bundle_root" and value == "."):
        return
    if name == "device" and isinstance(value, str) and DEVICE.fullmatch(value):
        return
    if name == "dataset_dir" and isinstance(value, str):
        if why := _text_refusal(value) or path_refusal(value) or ("a reference" if value[:1] == "@" else None):
            yield name, value, why
        return
    yield name, value, "only a config of ours, or who opens the bundle, says where files are"


def _special(where: str, name: str, value: Any, ours: bool) -> Iterator[Fault]:
    """Keys by which MONAI steers a component."""
    if ours or (name == "_disabled_" and isinstance(value, bool)):
        return
    if name == "_desc_" and isinstance(value, str) and not _text_refusal(value) and value[:1] != "@":
        return
    yield where, value, "only a config of ours may set this key"


def _text_refusal(text: str) -> str | None:
    """Why a stranger's text is refused wherever it stands."""
    if text.startswith("$"):
        return "an expression; only those of our own bundles are evaluated"
    if text.startswith("%"):
        return "a macro; write the content, or a reference"
    if text.startswith("@") and (not REFERENCE.fullmatch(text) or re.match(r"@imports\b", text)):
        return "no reference to an entry"
    if RELATIVE.search(text):
        return "a relative reference"
    if len(text) > LONGEST_TEXT or any(unicodedata.category(letter) in ("Cc", "Cs") for letter in text):
        return "a text with control characters, or too long"
    return None
