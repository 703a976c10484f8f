# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""medspacy and negspacy read the same sentences with the same names of findings; started by
`recipes/figures/reports.py`.

They need an environment of their own, since spaCy 3.7 needs NumPy 1: `pip install medspacy==1.3.1 "negspacy<1.1"`.
Reads {"names": {phrase: [finding]}, "reports": {id: [section]}} from standard input, writes {system: {id: [finding]}}.
Both match names on words in any case; medspacy decides by its own sentence splitter and ConText rules, negspacy by its
rules for clinical English.
"""

import json
import sys

import medspacy
import negspacy.negation  # noqa: F401  registers "negex"
import spacy
from medspacy.ner import TargetRule


def medspacy_findings(names, reports):
    """Findings that are not negated, hypothetical, historical or of the family; without and with the uncertain ones."""
    nlp = medspacy.load(enable=["medspacy_pyrush", "medspacy_target_matcher", "medspacy_context"])
    matcher = nlp.get_pipe("medspacy_target_matcher")
    matcher.add([TargetRule(phrase, "|".join(found)) for phrase, found in names.items()])
    certain, kept = {}, {}
    for name, sections in reports.items():
        certain[name], kept[name] = set(), set()
        for doc in nlp.pipe(sections):
            for entity in doc.ents:
                state = entity._
                if not (state.is_negated or state.is_hypothetical or state.is_historical or state.is_family):
                    kept[name] |= set(entity.label_.split("|"))
                    certain[name] |= set() if state.is_uncertain else set(entity.label_.split("|"))
    return tuple({name: sorted(found) for name, found in both.items()} for both in (certain, kept))


def negspacy_findings(names, reports):
    """Findings that are not negated."""
    nlp = spacy.blank("en")
    nlp.add_pipe("sentencizer")
    ruler = nlp.add_pipe("entity_ruler", config={"phrase_matcher_attr": "LOWER"})
    ruler.add_patterns([{"label": "|".join(found), "pattern": phrase} for phrase, found in names.items()])
    nlp.add_pipe("negex", config={"chunk_prefix": ["no"]})
    found = {}
    for name, sections in reports.items():
        kept = set()
        for doc in nlp.pipe(sections):
            for entity in doc.ents:
                if not entity._.negex:
                    kept |= set(entity.label_.split("|"))
        found[name] = sorted(kept)
    return found


def main():
    given = json.load(sys.stdin)
    names, reports = given["names"], given["reports"]
    certain, kept = medspacy_findings(names, reports)
    negated = negspacy_findings(names, reports)
    systems = {"medspacy": certain, "medspacy, uncertain kept": kept, "negspacy": negated}
    json.dump(systems, sys.stdout)


if __name__ == "__main__":
    main()
