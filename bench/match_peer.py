"""The peer's run of `python -m bench match`, in its own environment: `match_peer.py PLACES.csv TRUTH.csv`.

As its documentation does it: index by blocks and a sorted neighbourhood, compare column by column, add up. The threshold
on the sum is chosen with the truth at hand, the one with the best F1: in the peer's favour. Its unsupervised classifier
(ECM) is run as well. One line of JSON goes to standard output.
"""

import json
import sys
import time

import numpy as np
import pandas as pd
import recordlinkage


def rates(found: set, truth: set) -> dict[str, float]:
    right = len(found & truth)
    precision, recall = right / len(found) if found else 0.0, right / len(truth)
    return {
        "pairs": len(found), "precision": precision, "recall": recall,
        "f1": 2 * precision * recall / (precision + recall) if right else 0.0,
    }  # fmt: skip


def pairs_of(index: pd.MultiIndex) -> set:
    return {(min(a, b), max(a, b)) for a, b in index}


def main() -> None:
    places = pd.read_csv(sys.argv[1], dtype={"uscc": str, "licence_no": str, "contact_phone": str}).set_index("id")
    truth = {tuple(pair) for pair in pd.read_csv(sys.argv[2]).to_numpy().tolist()}
    started = time.process_time()
    indexer = recordlinkage.Index()
    indexer.block("uscc")
    indexer.block("address")
    indexer.sortedneighbourhood("name", window=9)
    candidates = indexer.index(places)
    compare = recordlinkage.Compare()
    compare.exact("uscc", "uscc", label="uscc")
    compare.exact("contact_phone", "contact_phone", label="phone")
    compare.string("name", "name", method="jarowinkler", label="name")
    compare.string("address", "address", method="jarowinkler", label="address")
    compare.geo("lat", "lon", "lat", "lon", method="linear", scale=0.05, label="geo", missing_value=0.5)
    features = compare.compute(candidates, places).fillna(0)
    total = features.sum(axis=1)
    seconds = time.process_time() - started
    tried = [(cut, rates(pairs_of(total.index[total >= cut]), truth)) for cut in np.arange(2.5, 5.01, 0.05)]
    cut, best = max(tried, key=lambda one: one[1]["f1"])
    again = time.process_time()
    guess = recordlinkage.ECMClassifier(binarize=0.85).fit_predict(features)
    ecm = rates(pairs_of(guess), truth)
    print(json.dumps({"seconds": seconds, "candidates": len(candidates), "threshold": round(float(cut), 2), "sum": best,
                      "ecm": ecm, "ecm_seconds": seconds + time.process_time() - again}))  # fmt: skip


if __name__ == "__main__":
    main()
