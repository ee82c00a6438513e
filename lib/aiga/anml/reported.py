"""Numbers that others have reported, where they are stated as numbers; curves without numbers are not guessed at."""

LENGTHS = (10, 50, 75, 100, 150, 200, 300, 400, 500, 600)

PAPER_600 = {"anml": 0.638, "oml": 0.182, "oml_last": 0.442}
"""Held-out accuracy after 600 classes: ANML, OML, and OML of which only the last layer learns (fig. 3)."""

PAPER_ORACLE_600 = {"anml": 0.71}
"""The same with shuffled drawings (fig. 4)."""

PAPER_DROP_600 = {"anml": 0.10, "oml": 0.703, "oml_last": 0.272, "pretrain": 0.99, "scratch": 0.99}
"""How much of their own oracle's accuracy the order costs."""

PAPER_ACTIVE = {"before": 0.5277, "after": 0.059}
"""Active units before and after the gate (fig. 5)."""

PAPER_KNN = {"ungated": 0.57, "gated": 0.811}
"""Five nearest neighbours on the representation before and after the gate (sec. 4.2)."""

REPLICATION: dict[tuple[bool, bool], dict[int, float]] = {
    (True, True): {50: 0.890, 100: 0.863, 200: 0.814, 300: 0.775, 400: 0.738, 600: 0.670},
    (False, True): {50: 0.883, 100: 0.867, 200: 0.809, 300: 0.772, 400: 0.739, 600: 0.675},
    (True, False): {50: 0.619, 100: 0.536, 200: 0.478, 300: 0.470, 400: 0.444, 600: 0.415},
    (False, False): {50: 0.563, 100: 0.534, 200: 0.499, 300: 0.485, 400: 0.468, 600: 0.422},
}
"""Held-out accuracy in the authors' own second-order replication, for (gate, reset), by number of classes; read from
the figures of ``uvm-neurobotics-lab/higherANML`` (``omni-olft-transfer-anml-vs-sanml-meta.pdf``) to 0.003."""

REPLICATION_SEEN_600 = {(True, True): 0.948, (False, True): 0.958, (True, False): 0.735, (False, False): 0.794}
"""The same on the drawings learned, after 600 classes."""

ZAPPING_600 = {
    "sequential": {
        "iid": 0.419,
        "iid_zap": 0.564,
        "asb": 0.426,
        "asb_zap": 0.570,
        "meta_asb": 0.422,
        "meta_asb_zap": 0.675,
    },
    "shuffled": {
        "iid": 0.69,
        "iid_zap": 0.78,
        "asb": 0.70,
        "asb_zap": 0.78,
        "meta_asb": 0.69,
        "meta_asb_zap": 0.78,
    },
}
"""Held-out accuracy on 600 new classes after training with and without resets: the last layer in sequence, and all
layers on shuffled drawings; read from figures in ``higherANML``'s notebooks, to 0.003 and to 0.01. Whether the tables
of "Reset it and forget it" (arXiv 2310.07996) say the same was not checked."""

PAPER_MAML = 0.987
"""MAML on 5-way 1-shot Omniglot (Finn et al. 2017, table 1), from memory."""
