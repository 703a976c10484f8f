# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Lexicon of radiology reports beyond that of prompts: headings, synonyms, cues of negation and uncertainty.

A phrase is lower-case words with hyphens turned into spaces; `xxxx` is a word removed by de-identification.
"""

from __future__ import annotations

from enum import Enum

from aurad_monai import vocabulary
from aurad_monai.prompts.words import PHRASES, Kind, Phrase, plural


class Cue(Enum):
    """What a phrase of a report does to the findings around it."""

    ABSENT = "absent"
    """those after it are absent"""
    ABSENT_BEFORE = "absent before"
    """those before it are absent"""
    UNSURE = "unsure"
    """those after it are possible"""
    UNSURE_BEFORE = "unsure before"
    """those before it are possible"""
    EITHER = "either"
    """those on both sides are possible"""
    STOP = "stop"
    """a cue before it does not reach beyond"""
    NOTHING = "nothing"
    """looks like a finding or a cue and is none"""
    NORMAL = "normal"
    """declares a set of findings absent"""


READ = ("findings", "impression", "conclusion", "conclusions", "opinion", "interpretation", "finding")
"""Headings whose text is read; text before the first heading is read too."""
PASSED_OVER = (
    "indication, indications, history, clinical history, clinical information, reason for exam, comparison, "
    "comparisons, technique, exam, examination, exam type, procedure, wet read, recommendation, recommendations, "
    "notification, addendum, reason for examination, clinical indication, final report, views"
)
"""Headings whose text says nothing of what the image shows."""

NOT_FINDINGS = (
    "cystic fibrosis, catheter fracture, pleural nodule, pleural based nodule, subcutaneous emphysema, "
    "subcutaneous xxxx emphysema, "
    "soft tissue emphysema, mediastinal emphysema, "
    "pericardial effusion, joint effusion, breast mass, soft tissue mass, mass effect, vertebral body fracture, "
    "compression fracture, vertebral fracture, vertebral compression fracture, spinal fracture, humeral fracture, "
    "humerus fracture, spine fracture, wedge fracture, vertebral body compression fracture, "
    "compression fractures, vertebral fractures, vertebral compression fractures, nodular prominence, "
    "aortic calcification, vascular calcification, arterial calcification, calcification of the aorta, "
    "calcifications of the aorta, atherosclerotic calcification, coronary calcification, "
    "coronary artery calcification, "
    "calcification of the aortic arch, calcification of the thoracic aorta, aortic xxxx calcification, "
    "aortic arch calcification, aortic knob calcification, aortic calcifications, vascular calcifications, "
    "atherosclerotic calcifications, atherosclerotic vascular calcification, "
    "atherosclerotic vascular calcifications, "
    "atherosclerotic aortic calcification, atherosclerotic aortic calcifications, calcifications of the aortic xxxx, "
    "calcification of the aortic xxxx, calcifications of the thoracic aorta, tracheobronchial calcification, "
    "costochondral calcification, costal cartilage calcification, ligament calcification, valve calcification, "
    "mitral annular calcification, annular calcification, breast calcification, tracheal calcification, "
    "bronchial thickening, peribronchial thickening, bronchial wall thickening, skin fold, nipple shadow, "
    "mastectomy, surgical scar, scar tissue of the skin, collapse of the vertebral body, vertebral body collapse, "
    "vertebral collapse, lung mass protocol, mediastinal fat, calcified aorta, calcified aortic arch, "
    "calcified aortic xxxx, calcified thoracic aorta, calcified atherosclerotic disease, calcified atherosclerosis, "
    "shoulder calcification, calcific tendinitis, calcified tendon, calcification of the mitral annulus, "
    "airspace disease protocol, thoracic spine fracture, body mass index"
)
"""Phrases that hold the name of a finding and mean another thing; plurals are added."""

CUES: dict[Cue, str] = {
    Cue.ABSENT: "no, without, clear of, clear without, clear airspace, clear from, without definite, "
    "not represent, no evidence of, no evidence for, no sign of, no signs of, without evidence of, "
    "without evidence for, negative for, free of, absence of, absent, neither, nor, no definite, no focal, "
    "no convincing, no xxxx of, no xxxx, no visible, no large, not show, not demonstrate, "
    "no radiographic evidence of, "
    "no radiographic evidence for, no suspicious, no discrete, no overt, no pleural line to suggest, not have, "
    "no findings of, no findings to suggest, nothing to suggest, no indication of, rather than, denies, "
    "resolution of, interval resolution of, clearing of, interval clearing of, not suggest, no displaced, "
    "no acute, no gross, not see, lack of, ruled out for, has not developed, not reveal",
    Cue.ABSENT_BEFORE: "has resolved, have resolved, resolved, is resolved, are resolved, not seen, is not seen, "
    "are not seen, is no longer seen, are no longer seen, no longer seen, no longer present, no longer visualized, "
    "no longer evident, no longer visible, no longer identified, not identified, not present, not visualized, "
    "not evident, not demonstrated, "
    "not appreciated, not apparent, not noted, not visible, not well seen, no longer well seen, "
    "not definitely seen, not clearly seen, is not well visualized, "
    "is absent, are absent, has cleared, have cleared, "
    "is not present, is ruled out, are not enlarged, not enlarged, not observed, have completely resolved, "
    "has completely resolved, was ruled out, not detected",
    Cue.UNSURE: "no other, no additional, no further, maybe, maybe due to, to identify, to detect, in detecting, "
    "possibility of, the possibility of, previously visualized, previously noted, previously seen, "
    "previously described, previously identified, suspicion for, "
    "suggesting, suggests, suggest, suggestive of, possible, possibly, may represent, may be, might be, "
    "could represent, could be, may reflect, "
    "could reflect, suspicious for, concerning for, concern for, questionable, question of, question, query, "
    "cannot exclude, can not exclude, cannot rule out, can t exclude, rule out, r / o, not exclude, to exclude, "
    "differential includes, differential diagnosis includes, differential considerations include, "
    "differential diagnosis, could obscure, obscure, borderline, equivocal, worrisome for, raises the question of, "
    "if, evaluate for, evaluation for, evaluation of, assess for, follow up for, may indicate, might represent, "
    "suggestive of possible, exclude, may be due to, may be related to, may be secondary to, could be due to, "
    "could be related to, might reflect, may suggest, such as, rule out an, risk of, history of, h / o, "
    "upper limits of normal, screening for, to evaluate for, for evaluation of, potentially",
    Cue.UNSURE_BEFORE: "artifact, artifacts, artifactual, not excluded, cannot be excluded, can not be excluded, "
    "is not excluded, are not excluded, "
    "not entirely excluded, is possible, are possible, is questioned, suspected, are suspected, is suspected, "
    "cannot be ruled out, "
    "can not be ruled out, could have this appearance, is a consideration, is in the differential, not ruled out, "
    "is considered less likely, less likely, is unlikely, unlikely, cannot be entirely excluded, "
    "can not be entirely excluded, cannot be completely excluded, would be difficult to exclude, "
    "difficult to exclude, "
    "may not be demonstrated, may not be seen, may not be visible, is a possibility, should be considered, "
    "should be excluded",
    Cue.EITHER: "versus, vs, and / or",
    Cue.STOP: "but, however, although, though, except, ;, :, there is, there are, which, aside from, apart from, "
    "other than, with the exception of, except for, otherwise, secondary to, due to, because, shows, demonstrates, "
    "demonstrate, show, has, have, while, whereas, is seen, are seen, is noted, are noted, remains, remain, "
    "is present, are present, is again, are again, patient, unchanged, stable, noted, "
    "identified, is identified, again, now, since, redemonstrated",
    Cue.NOTHING: "no change, no interval change, no significant change, no significant interval change, "
    "no xxxx change, "
    "without change, without significant change, without interval change, not changed, not significantly changed, "
    "no longer, no increase, no increase in, not only, no new, no change in, no significant change in, "
    "no interval change in, without significant interval change, no substantial change, if clinically, "
    "if indicated, if needed, if warranted, if there is, no comparison, no prior, no previous, no priors, "
    "no appreciable change, no xxxx interval change, no definite change",
}

NORMAL_WORDS = {
    "clear_lungs": "lungs are clear, lungs clear, clear lungs, lungs are grossly clear, lungs appear clear, "
    "lungs are well expanded and clear, lung fields are clear, both lungs are clear, lungs are clear bilaterally, "
    "lungs are normal, lungs are otherwise clear, lungs otherwise clear, lungs remain clear, lung xxxx are clear, "
    "lungs are free of focal airspace disease, lungs are well aerated and clear, lungs are unremarkable",
    "normal": "normal chest, normal chest x xxxx, normal chest radiograph, normal examination, normal study, "
    "normal exam, unremarkable chest",
}
ELSEWHERE = {term.name: set(term.report_elsewhere) for term in vocabulary.FINDINGS}
"""Words of places outside the lungs and ribs: in a sentence with one of them the finding is not meant."""
HERE = {term.name: set(term.report_here) for term in vocabulary.FINDINGS}
"""Words that say it is meant all the same."""
LIGHT = {
    *("xxxx", "stable", "old", "mm", "cm", "few", "tiny", "dense", "densely", "small", "and", "the", "a", "both"),
    *("lung", "pulmonary", "intrapulmonary", "midlung", "mid", "lobe", "lymph", "hilar", "perihilar", "mediastinal"),
    *(
        "paratracheal",
        "peritracheal",
        "subcarinal",
        "pleural",
        "peripheral",
        "lateral",
        "medial",
        "posterior",
        "anterior",
    ),
}
"""Words that may stand inside a name that begins with "calcified"."""


def _phrase(text: str) -> Phrase:
    return tuple(text.split())


def _forms(name: str) -> tuple[str, str]:
    return name, plural(name)


def _finding_phrases() -> dict[Phrase, tuple[str, ...]]:
    """Every name of a finding in prompts and reports, and what it means."""
    found: dict[Phrase, set[str]] = {}
    loose = {
        _phrase(form) for term in vocabulary.FINDINGS for name in term.report_loose_aliases for form in _forms(name)
    }
    for phrase, meaning in PHRASES.items():
        names = [value for kind, value in meaning if kind is Kind.FINDING]
        if names and len(meaning) == 1 and phrase not in loose:
            found.setdefault(phrase, set()).update(names)
    for term in vocabulary.FINDINGS:
        for form in (form for alias in term.report_aliases for form in _forms(alias)):
            found.setdefault(_phrase(form), set()).add(term.name)
    return {phrase: tuple(sorted(names, key=vocabulary.channel)) for phrase, names in found.items()}


def _cue_phrases() -> dict[Phrase, Cue]:
    found = {_phrase(part): cue for cue, text in CUES.items() for part in text.split(", ")}
    for part in NOT_FINDINGS.split(", "):
        found[_phrase(part)] = found[_phrase(plural(part))] = Cue.NOTHING
    return found


FINDING_PHRASES = _finding_phrases()
CUE_PHRASES = _cue_phrases()
NORMAL_PHRASES = {_phrase(part): name for name, text in NORMAL_WORDS.items() for part in text.split(", ")} | {
    _phrase(part): term.name for term in vocabulary.FINDINGS for part in term.report_absent_phrases
}
ATTRIBUTE_PHRASES = {
    phrase: meaning
    for phrase, meaning in PHRASES.items()
    if all(kind in (Kind.LATERALITY, Kind.ZONE, Kind.SEVERITY) for kind, _ in meaning)
}
LONGEST = max(map(len, (*FINDING_PHRASES, *CUE_PHRASES, *NORMAL_PHRASES, *ATTRIBUTE_PHRASES)))
