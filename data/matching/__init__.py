"""Who is it: one premises in several lists. Read in the order of work:

names, addresses, phones (normalise) → candidates → features → decide → scan → groups → merge and split.
`rules.yaml` holds every threshold and rule with its reason, `words.yaml` the words that names are made of.
"""
