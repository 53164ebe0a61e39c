"""Numbers printed in the paper, to stand beside measured ones.

Lu et al., "Attentive Semantic Preservation Network for Zero-Shot Learning",
CVPR Workshops 2020. Features there: 2048-d ResNet-101.
"""

FEATURE_WIDTH = 2048

# Table 1: T, u, s, H in percent; None where the paper prints a dash.
TABLE_1 = {
    "awa1": {
        "aspn": (75.4, 58.0, 85.7, 69.2),
        "eszsl": (58.2, 2.4, 70.1, 4.6),
        "sae": (53.0, 1.8, 77.1, 3.5),
        "clswgan": (68.2, 57.9, 61.4, 59.6),
        "cycle_clswgan": (66.8, 56.9, 64.0, 60.2),
    },
    "awa2": {
        "aspn": (73.3, 46.2, 87.0, 60.4),
        "eszsl": (58.6, 5.9, 77.8, 11.0),
        "sae": (54.1, 1.1, 82.2, 2.2),
        "clswgan": (65.3, 56.1, 65.0, 60.2),
        "cycle_clswgan": (None, None, None, None),
    },
    "cub": {
        "aspn": (73.4, 50.7, 61.5, 55.6),
        "eszsl": (53.9, 12.6, 63.8, 21.0),
        "sae": (33.0, 8.8, 18.0, 11.8),
        "clswgan": (57.3, 50.3, 58.3, 54.0),
        "cycle_clswgan": (58.6, 45.7, 61.0, 52.3),
    },
    "flo": {
        "aspn": (78.1, 67.3, 87.4, 76.0),
        "eszsl": (51.0, 11.4, 56.8, 19.0),
        "sae": (None, None, None, None),
        "clswgan": (67.2, 59.0, 73.9, 65.6),
        "cycle_clswgan": (70.3, 59.2, 72.5, 65.1),
    },
}

# Table 2: million FLOPs and million parameters, on AWA1.
TABLE_2 = {"cycle_clswgan": (304.3, 18.1), "aspn": (109.8, 13.9)}
