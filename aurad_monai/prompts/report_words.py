# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""What reports say beyond prompts: headings, more names of findings, and the words by which a finding is there or not.

It adds to the table of `words.py`, which stays as strict as prompts need it. A phrase is lower-case words with hyphens
turned into spaces; `xxxx` is what de-identification leaves of a word.
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

FINDING_WORDS = {
    "atelectasis": "atelectatic, atelectatic band, atelectasis formation, subsegmental collapse, lung volume loss, "
    "atelectatic disease, atelectatic changes, atelectatic opacities, atelectasis scar",
    "calcification": "calcific granuloma, calcific granulomas, calcified granulomas, calcific nodule, "
    "calcific density, calcified nodule, calcified node, "
    "calcified xxxx, calcified adenopathy, calcified lymphadenopathy, calcified granulomata, calcified hilum, "
    "calcified hila, calcified density, calcified plaque, calcified granulomatous disease, calcified opacity",
    "cardiomegaly": "cardiac enlargement, heart is enlarged, heart size enlarged, heart enlarged, "
    "heart size remains large, heart size is large, heart appears enlarged, "
    "heart size appears enlarged, heart remains enlarged, heart is again enlarged, "
    "heart silhouette is enlarged, heart silhouette enlarged, "
    "cardiac silhouette enlarged, cardiac silhouette appears enlarged, cardiac silhouette remains enlarged, "
    "cardiomediastinal silhouette is enlarged, cardiomediastinal silhouette enlarged, "
    "cardiomediastinal silhouette appears enlarged, enlarged cardiomediastinal silhouette, "
    "enlargement of the cardiomediastinal silhouette, enlargement of cardiac silhouette, "
    "enlargement of heart, cardiac shadow is enlarged, cardiac silhouette size is enlarged, "
    "cardiac silhouette is again enlarged, heart size is increased, heart is large, large heart, "
    "increased size of the heart, cardiopericardial silhouette is enlarged, cardiac contours are enlarged, "
    "cardiac contour is enlarged, cardiac size is enlarged, cardiac size enlarged, prominent cardiac silhouette, "
    "cardiac silhouette is prominent, heart is prominent, enlargement of cardiomediastinal silhouette, "
    "enlarged cardiac contour, enlarged cardiac contours, enlarged cardiomediastinal contours",
    "consolidation": "airspace process, air space process, airspace infiltrate, consolidative change, "
    "consolidative process, airspace disease, focal airspace disease, alveolar airspace disease, "
    "alveolar consolidation, consolidative airspace disease",
    "diffuse_nodule": "multiple nodular opacities, multiple nodular densities, numerous pulmonary nodules, "
    "innumerable pulmonary nodules, bilateral nodules, bilateral pulmonary nodules, bilateral lung nodules, "
    "scattered nodules, several nodules, several pulmonary nodules, scattered pulmonary nodules, two nodules, "
    "multiple small nodules, multiple bilateral pulmonary nodules, multiple bilateral nodules, nodules bilaterally",
    "effusion": "blunted costophrenic xxxx, blunting of the costophrenic xxxx, blunting of costophrenic xxxx, "
    "blunting of costophrenic angle, blunting of the costophrenic sulcus, blunting of costophrenic sulcus, "
    "costophrenic xxxx blunting, costophrenic sulcus blunting, costophrenic recess blunting, "
    "costophrenic xxxx is blunted, costophrenic angle is blunted, costophrenic xxxx are blunted, "
    "costophrenic angles are blunted, costophrenic sulcus is blunted, blunted costophrenic sulcus, "
    "blunting of the posterior costophrenic sulcus, blunting of the posterior costophrenic xxxx, "
    "blunting of posterior costophrenic sulcus, blunting of the lateral costophrenic xxxx, blunted cp angle, "
    "blunting of the cp angle, pleural effusion, pleural xxxx effusion, loculated fluid, loculated effusion, "
    "hydropneumothorax, hemothorax, pleural collection, pleural based fluid, "
    "blunting of the costophrenic recess, blunting of costophrenic recess, costophrenic blunting",
    "emphysema": "emphysematous disease, emphysematous lung disease, emphysematous, bullous disease, bulla, bullae, "
    "blebs, emphysematous bulla, emphysematous blebs, panlobular emphysema, bullous emphysematous change",
    "fibrosis": "scar, scars, scar formation, linear scar, parenchymal scar, pulmonary scar, interstitial fibrosis, "
    "fibrotic disease, fibrosis scarring, fibronodular scarring, scarlike opacity, scar like opacity, fibroscarring, "
    "chronic scarring, linear scarring, apical scarring, fibrotic lung disease, usual interstitial pneumonitis",
    "fracture": "rib deformity fracture, fractured ribs, broken ribs, fracture deformity, sternal fracture, "
    "sternum fracture, scapular fracture, clavicular fractures, fractures of the ribs, fracture of the rib, "
    "rib fracture deformity, fracture of the clavicle, fracture of the sternum",
    "mass": "masses, hilar mass, suprahilar mass, paratracheal mass, lung cancer mass, mass density, spiculated mass",
    "nodule": "calcified nodule, calcific nodule, nodular opacities, nodular densities, noncalcified nodule, "
    "non calcified nodule, "
    "lung nodules, pulmonary nodules, nodular opacification, nodular focus, nodule density, "
    "nodular airspace opacity, pulmonary lesion nodule, subcentimeter nodule",
    "pleural_thickening": "fissural thickening, thickening of the fissure, thickening of the fissures, "
    "thickening in the fissure, fissure thickening, pleural parenchymal scarring, pleuroparenchymal scarring, "
    "pleuro parenchymal scarring, pleural peripheral scarring, pleural scarring, pleural scar, "
    "apical cap, apical pleural cap, apical capping, "
    "pleural parenchymal thickening, thickened pleura, pleural scarring thickening, pleural based thickening, "
    "apical pleural parenchymal thickening, pleural parenchymal apical thickening, thickening of pleura",
    "pneumothorax": "pneumothorac, hydropneumothorax, pneumothorax line, hemopneumothorax, apical pneumothorax",
}
"""More names; one name may mean two findings, as hydropneumothorax does."""

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
    "cardiomegaly": "heart size is normal, heart size normal, normal heart size, heart is normal in size, "
    "heart normal in size, heart size within normal limits, heart size is within normal limits, "
    "heart is normal size, heart is within normal limits, cardiac silhouette is normal, "
    "cardiac silhouette within normal limits, cardiac silhouette is within normal limits, "
    "cardiomediastinal silhouette is within normal limits, cardiomediastinal silhouette within normal limits, "
    "cardiomediastinal silhouette is normal, cardiomediastinal silhouette is unremarkable, normal heart, "
    "heart is not enlarged, heart size appears within normal limits, heart is not significantly enlarged, "
    "heart and mediastinum normal, heart and mediastinum are normal, normal cardiomediastinal silhouette, "
    "normal cardiac silhouette, normal cardiac contour, normal cardiac contours, heart is of normal size, "
    "heart size and mediastinal contours are normal, cardiac contours are normal, cardiac silhouette normal",
    "effusion": "costophrenic angles are sharp, costophrenic xxxx are sharp, costophrenic angles are clear",
    "normal": "normal chest, normal chest x xxxx, normal chest radiograph, normal examination, normal study, "
    "normal exam, unremarkable chest",
}
LOOSE = ("opacification", "airspace opacity", "air space opacity", "alveolar opacity")
"""Names that a prompt may use for a consolidation and reports use for any opacity."""

_ELSEWHERE_WORDS = {
    "fracture": "vertebral, vertebra, vertebrae, spine, spinal, thoracolumbar, lumbar, hip, femur, femoral, pelvic, "
    "pelvis, humerus, humeral, scaphoid, wrist, ankle, catheter, screw, wire, wires, hardware, lead, t1, t2, t3, "
    "t4, t5, "
    "t6, t7, t8, t9, t10, t11, t12, l1, l2, l3, l4, l5, wedge, compression, odontoid, cervical, sacrum, sacral, "
    "endplate, "
    "endplates, wedging, kyphoplasty, vertebroplasty, tibia, fibula, radius, ulna, knee, elbow, mandible, skull, "
    "facial, "
    "plate, plates, rod, rods, stent, suture, sutures, port",
    "calcification": "aorta, aortic, atherosclerotic, vascular, arterial, artery, coronary, carotid, splenic, "
    "spleen, "
    "breast, annulus, annular, valve, ligament, tendon, shoulder, thyroid, rotator, costochondral, costal, liver, "
    "kidney, gallbladder, tracheobronchial, tendinitis, disc, abdomen, hemiabdomen, transverse, chondral, gallstones",
    "mass": "breast, abdominal, renal, adrenal, hepatic, thyroid, body",
}
ELSEWHERE = {name: set(words.split(", ")) for name, words in _ELSEWHERE_WORDS.items()}
"""Words of places outside the lungs and ribs: in a sentence with one of them the finding is not meant."""
HERE = {"fracture": {"rib", "ribs", "clavicle", "clavicular", "sternum", "sternal"}}
HERE["calcification"] = {"granuloma", "granulomas", "hilar", "lung", "lungs", "lobe", "nodule", "nodules", "lymph"}
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


def _finding_phrases() -> dict[Phrase, tuple[str, ...]]:
    """Every name of a finding in prompts and reports, and what it means."""
    found: dict[Phrase, set[str]] = {}
    for phrase, meaning in PHRASES.items():
        names = [value for kind, value in meaning if kind is Kind.FINDING]
        loose = " ".join(phrase) in {form for name in LOOSE for form in (name, plural(name))}
        if names and len(meaning) == 1 and not loose:
            found.setdefault(phrase, set()).update(names)
    for name, text in FINDING_WORDS.items():
        for alias in text.split(", "):
            for form in (alias, plural(alias)):
                found.setdefault(_phrase(form), set()).add(name)
    return {phrase: tuple(sorted(names, key=vocabulary.channel)) for phrase, names in found.items()}


def _cue_phrases() -> dict[Phrase, Cue]:
    found = {_phrase(part): cue for cue, text in CUES.items() for part in text.split(", ")}
    for part in NOT_FINDINGS.split(", "):
        found[_phrase(part)] = found[_phrase(plural(part))] = Cue.NOTHING
    return found


FINDING_PHRASES = _finding_phrases()
CUE_PHRASES = _cue_phrases()
NORMAL_PHRASES = {_phrase(part): name for name, text in NORMAL_WORDS.items() for part in text.split(", ")}
ATTRIBUTE_PHRASES = {
    phrase: meaning
    for phrase, meaning in PHRASES.items()
    if all(kind in (Kind.LATERALITY, Kind.ZONE, Kind.SEVERITY) for kind, _ in meaning)
}
LONGEST = max(map(len, (*FINDING_PHRASES, *CUE_PHRASES, *NORMAL_PHRASES, *ATTRIBUTE_PHRASES)))
