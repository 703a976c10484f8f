# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""The gate of every radiograph that comes in: an upright frontal chest radiograph of an adult, by tags and picture.

Takes the tags of a file, what else is known of the patient, the picture and what the anatomy expert sees in it; gives
named objections, each with a sentence for users. `aurad generate --anatomy` refuses a radiograph with one, `aurad
prepare` leaves it out, `aurad filter` rejects it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from aurad_monai.case import Case
from aurad_monai.errors import InputError
from aurad_monai.experts.anatomy import AnatomyExpert
from aurad_monai.filtering.criteria.criterion import Criterion, ExpertPredictions
from aurad_monai.filtering.criteria.frontal_radiograph import FrontalRadiograph
from aurad_monai.filtering.criteria.orientation import Orientation
from aurad_monai.filtering.criteria.radiograph_quality import RadiographQuality
from aurad_monai.io.dicom_tags import Tags, read_tags
from aurad_monai.io.picture_file import file_kind

ADULT = 18
"""Age in years from which a patient counts as an adult."""
CHEST = ("CHEST", "THORAX", "LUNG", "RIB", "STERNUM", "HEART")
"""Beginnings of words that name the chest in BodyPartExamined; an empty tag says nothing."""
PARTS = [
    "abdomen",
    "ankle",
    "arm",
    "calcaneus",
    "clavicle",
    "elbow",
    "facial",
    "femur",
    "finger",
    "foot",
    "forearm",
    "hand",
    "hip",
    "humerus",
    "jaw",
    "knee",
    "leg",
    "lumbar",
    "mandible",
    "nasal",
    "neck",
    "orbit",
    "patella",
    "pelvis",
    "scapula",
    "shoulder",
    "sinus",
    "skull",
    "spine",
    "teeth",
    "thumb",
    "tibia",
    "toe",
    "wrist",
    "cspine",
    "lspine",
    "tspine",
    "extremity",
    "becken",
    "hüfte",
    "schulter",
    "knie",
    "schädel",
    "cadera",
    "mano",
    "rodilla",
    "hanche",
    "main",
    "genou",
]
"""Body parts other than the chest, as descriptions name them, in English and some other languages."""
LATERAL = "lat|lateral|seitlich|profil|profile|perfil"
"""Words of descriptions for a view from the side."""
CHILD = frozenset(
    [
        "pediatric",
        "paediatric",
        "peds",
        "infant",
        "newborn",
        "neonate",
        "neonatal",
        "baby",
        "babygram",
        "child",
        "children",
        "kind",
        "kinder",
        "säugling",
        "neugeborenes",
        "enfant",
        "nourrisson",
        "niño",
        "niña",
        "neonato",
        "bambino",
        "criança",
    ]
)
"""Words of descriptions for a child, where no age is known."""
LATERAL_VIEWS = ("LL", "RL", "LLO", "RLO", "LAT", "RLAT", "LLAT", "LATERAL", "RLL", "LLL", "LATERAL L", "LATERAL R")
WORDS = {
    "smaller_lung": "no two lungs are found in the picture",
    "order": "the left and the right lung are exchanged: the picture is mirrored or shows no chest from the front",
}
"""Better words for a radiograph of a user than the criterion has for a generated one."""
LOOKS = ("readable", "orientation", "smaller_lung", "order", "distance")
"""Checks of the picture that object, what tells most first; others of their criteria are a matter of quality."""
ALLOWED = "an upright frontal chest radiograph of an adult"


@dataclass(frozen=True)
class Objection:
    """Why a radiograph does not come in.

    Args:
        name: what is objected to, for counts: body_part, view, age, processing, or a check of the picture.
        reason: a sentence for users.
    """

    name: str
    reason: str


def tag_objections(tags: Tags, age: float | None = None, view: str | None = None) -> list[Objection]:
    """Objections to what is said of a radiograph; what is not said raises none.

    Args:
        tags: of its DICOM file, or `Tags()`.
        age: years, where a table knows them; the tags' own where it is None.
        view: as a table has it.
    """
    return [*_part(tags), *_view(tags, view), *_age(tags, age), *_processing(tags)]


def _part(tags: Tags) -> Iterator[Objection]:
    for said, tag in ((tags.body_part, "BodyPartExamined"), (tags.region, "AnatomicRegionSequence")):
        words = re.findall(r"[^\W\d_]+", said.upper())
        if words and not any(word.startswith(CHEST) for word in words):
            yield Objection("body_part", f"its tag {tag} says {said.lower()}, not chest")
            return
    if tags.body_part or tags.region:
        return
    for said in tags.descriptions:
        words = re.findall(r"[^\W\d_]+", said.lower())
        named = next((word for word in words if word.rstrip("s") in PARTS or word in PARTS), None)
        if named and not any(word.upper().startswith(CHEST) for word in words):
            yield Objection("body_part", f'it is described as "{said}": {named} is not chest')
            return


def _view(tags: Tags, view: str | None) -> Iterator[Objection]:
    for said, source in ((tags.view_position, "its tag ViewPosition"), (str(view or "").strip().upper(), "its view")):
        if said in LATERAL_VIEWS:
            yield Objection("view", f"{source} says {said}, which is a lateral view")
            return
    code = tags.view_code.lower()
    if "lateral" in code and "decubitus" not in code:
        yield Objection("view", f"its tag ViewCodeSequence says {tags.view_code}, which is no frontal view")
        return
    if tags.view is None:
        for said in tags.descriptions:
            if _is_lateral(said):
                yield Objection("view", f'it is described as "{said}", which is a lateral view')
                return


def _is_lateral(text: str) -> bool:
    """Whether a description names a view from the side and no frontal one: "CHEST PA AND LATERAL" is of a study."""
    words = re.findall(r"[^\W\d_]+", text.lower())
    frontal = {"pa", "ap", "dv", "frontal", "decubitus", "bilateral"} & set(words)
    return not frontal and any(re.fullmatch(LATERAL, word) for word in words)


def _age(tags: Tags, age: float | None) -> Iterator[Objection]:
    years = tags.years if age is None else age
    if years is None:
        for said in tags.descriptions:
            if CHILD & set(re.findall(r"[^\W\d_]+", said.lower())):
                yield Objection("age", f'it is described as "{said}", and this package knows adults only')
                return
    elif 0 <= years < ADULT:
        said = f"{int(years)} years old" if years >= 2 else "a small child"
        yield Objection("age", f"the patient is {said}, and this package knows adults only")


def _processing(tags: Tags) -> Iterator[Objection]:
    if tags.intent == "FOR PROCESSING":
        yield Objection(
            "processing", "its tags say FOR PROCESSING: values of the detector, not the picture that is read"
        )


class Gate:
    """Checks of tags and picture.

    Args:
        expert: segments lungs and gives features of a picture.
        criteria: those of a filter bundle; the ones that ask whether an image is a frontal chest radiograph are used.
    """

    def __init__(self, expert: AnatomyExpert, criteria: Sequence[Criterion]) -> None:
        kinds = (FrontalRadiograph, Orientation, RadiographQuality)
        self.expert = expert
        self.criteria = [item for item in criteria if isinstance(item, kinds)]

    def see(self, images: npt.NDArray[np.float32]) -> list[ExpertPredictions]:
        """What the checks need of images (B, 1, H, W): anatomy and features; no finding is looked for."""
        anatomy, features = self.expert.predict_with_features(images)
        nothing = np.zeros((0, *images.shape[-2:]), dtype=np.float32)
        known = [None] * len(images) if features is None else list(features)
        return [ExpertPredictions(seen, nothing, nothing, of) for seen, of in zip(anatomy, known, strict=True)]

    def objections(
        self,
        image: npt.NDArray[np.float32],
        seen: ExpertPredictions,
        tags: Tags = Tags(),  # noqa: B008  (frozen)
        age: float | None = None,
        view: str | None = None,
    ) -> list[Objection]:
        """Everything that speaks against a radiograph, what is said of it first.

        Args:
            image: (1, H, W) in [0, 1].
            seen: of `see`.
            tags: of its file.
            age: years, where a table knows them.
            view: as a table has it.
        """
        return [*tag_objections(tags, age, view), *self._looks(image, seen)]

    def _looks(self, image: npt.NDArray[np.float32], seen: ExpertPredictions) -> list[Objection]:
        """The first objection to the picture; a picture that lies on its side has no lungs either."""
        case, found = Case("", image=image), dict[str, str]()
        for criterion in self.criteria:
            for item in criterion.evaluate(case, seen):
                name = item.criterion.rpartition(".")[2]
                if not item.passed and name in LOOKS:
                    found[name] = WORDS.get(name, item.reason)
        return [Objection(name, found[name]) for name in LOOKS if name in found][:1]

    def anatomy(self, argument: str, path: Path, image: npt.NDArray[np.float32]) -> npt.NDArray[np.uint8]:
        """The anatomy (3, H, W) of a radiograph of a user.

        Args:
            argument: what error messages call the file.
            path: of the file, for its tags.
            image: (1, H, W) in [0, 1], as it was read.

        Raises:
            InputError: there is an objection to it.
        """
        (seen,) = self.see(image[None])
        tags = read_tags(path) if file_kind(path, argument) == "dicom" else Tags()
        objections = self.objections(image, seen, tags)
        if objections:
            raise InputError(argument, path, ALLOWED, "; ".join(item.reason for item in objections))
        return seen.anatomy
