"""Numbers printed in the paper, to stand beside measured ones.

Lu et al., "Attentive Semantic Preservation Network for Zero-Shot Learning",
CVPR Workshops 2020. Features there: 2048-d ResNet-101.
"""

FEATURE_WIDTH = 2048
SIZES = {  # widths of features and semantics; seen and unseen classes
    "awa1": (FEATURE_WIDTH, 85, 40, 10),
    "awa2": (FEATURE_WIDTH, 85, 40, 10),
    "cub": (FEATURE_WIDTH, 1024, 150, 50),
    "flo": (FEATURE_WIDTH, 1024, 82, 20),
}

# Table 1 as printed, in percent, "-" and all: T on the four data sets, then u,
# s, H on each.
_PRINTED = """
latem         55.1 55.8 49.3 40.4  7.3 71.7 13.3  11.5 77.3 20.0\
  15.2 57.3 24.0   6.6 47.6 11.5
devise        54.2 59.7 52.0 45.9 13.4 68.7 22.4  17.1 74.7 27.8\
  23.8 53.0 32.8   9.9 44.2 16.2
eszsl         58.2 58.6 53.9 51.0  2.4 70.1  4.6   5.9 77.8 11.0\
  12.6 63.8 21.0  11.4 56.8 19.0
sae           53.0 54.1 33.0    -  1.8 77.1  3.5   1.1 82.2  2.2\
   8.8 18.0 11.8     -    -    -
ale           59.9 62.5 54.9 48.5 16.8 76.1 27.5  14.0 81.8 23.9\
  23.7 62.8 34.4  13.3 61.6 21.9
sync          54.0 46.6 55.6    -  8.9 87.3 16.2  10.0 90.5 18.0\
  11.5 70.9 19.8     -    -    -
sje           65.6 61.9 53.9 53.4 11.3 74.6 19.6   8.0 73.9 14.4\
  23.5 59.2 33.6  13.9 47.6 21.5
dem           68.4 67.1 51.7 70.2 32.8 84.7 47.3  30.5 86.4 45.1\
  19.6 57.9 29.2  57.2 67.7 62.0
relationnet   68.2 64.2 55.6    - 31.4 91.3 46.7  30.0 93.4 45.3\
  38.1 61.1 47.0  38.9 84.4 53.2
gazsl         68.2 70.2 55.8 60.5 29.6 84.2 43.8  35.4 86.9 50.3\
  31.7 61.3 41.8     -    -    -
clswgan       68.2 65.3 57.3 67.2 57.9 61.4 59.6  56.1 65.0 60.2\
  50.3 58.3 54.0  59.0 73.9 65.6
cycle_clswgan 66.8    - 58.6 70.3 56.9 64.0 60.2     -    -    -\
  45.7 61.0 52.3  59.2 72.5 65.1
gdan             -    -    -    -    -    -    -  32.1 67.5 43.5\
  39.3 66.7 49.5     -    -    -
cosmo            -    -    -    - 52.8 80.0 63.6     -    -    -\
  44.4 57.8 50.2  59.6 81.4 68.8
lisgan        70.6    - 58.8 69.9 52.6 76.3 62.3  51.1 72.4 60.0\
  46.5 57.9 51.6  57.7 83.8 68.3
fvaegan          - 71.1 61.0 67.7    -    -    -  57.6 70.6 63.5\
  48.4 60.1 53.6  56.8 74.9 64.6
aspn          75.4 73.3 73.4 78.1 58.0 85.7 69.2  46.2 87.0 60.4\
  50.7 61.5 55.6  67.3 87.4 76.0
"""


def _table_1():
    table = {dataset: {} for dataset in SIZES}
    for line in _PRINTED.strip().splitlines():
        system, *cells = line.split()
        rates = [None if cell == "-" else float(cell) for cell in cells]
        for i, dataset in enumerate(SIZES):
            u, s, h = rates[4 + 3 * i : 7 + 3 * i]
            table[dataset][system] = (rates[i], u, s, h)
    return table


# Data set to system to (T, u, s, H) in percent; None where a dash is printed.
TABLE_1 = _table_1()
# Million FLOPs and million parameters, on AWA1.
TABLE_2 = {"cycle_clswgan": (304.3, 18.1), "aspn": (109.8, 13.9)}

# (data set, system) to what is to be known of the printed row.
NOTES = {
    ("awa1", "eszsl"): (
        "The paper's row of ESZSL on AWA1 is not that of the benchmark it is "
        "taken from (Xian et al., 2018): u, s, H are 6.6, 75.6, 12.1 there, "
        "and 2.4, 70.1, 4.6 are those of aPY."
    ),
    ("cub", "sae"): (
        "The paper's row of SAE on CUB is not that of the benchmark it is "
        "taken from (Xian et al., 2018): T, u, s, H are 33.3, 7.8, 54.0, 13.6 "
        "there, and 8.8, 18.0, 11.8 are those of SUN."
    ),
    ("cub", "dem"): (
        "The paper's row of DEM on CUB is of its authors' run with the 312 "
        "attributes, not with the sentences that ASPN reads there."
    ),
    ("cub", "relationnet"): (
        "The paper's row of RelationNet on CUB is of its authors' run with "
        "the 312 attributes, not with the sentences that ASPN reads there; "
        "they print s 61.4, with which H is 47.0 as printed."
    ),
    ("cub", "gazsl"): (
        "The paper's row of GAZSL on CUB is that of its authors' README, on "
        "312 attributes; others that run their code print an H of 32 to 34."
    ),
    ("awa2", "gdan"): (
        "GDAN's s of 67.5 on AWA2 is 27/40: its published code classifies by "
        "the nearest neighbour among images of 27 of the 40 seen classes, the "
        "test images of these classes among them. s and H of the row mean "
        "nothing."
    ),
    ("cub", "gdan"): (
        "GDAN's s of 66.7 on CUB is 100/150: its published code classifies by "
        "the nearest neighbour among images of 100 of the 150 seen classes, "
        "the test images of these classes among them. s and H of the row mean "
        "nothing."
    ),
    ("flo", "gazsl"): (
        "The paper prints dashes for GAZSL's generalized task on FLO; its "
        "authors' README has u, s, H of 28.1, 77.4, 41.2."
    ),
    ("awa1", "cosmo"): (
        "The paper's row of COSMO on AWA1 has LAGO as its expert of unseen "
        "classes, as far as is known; it prints no T."
    ),
    ("cub", "cosmo"): (
        "The paper's row of COSMO on CUB has LAGO as its expert of unseen "
        "classes, as far as is known, on 312 attributes; it prints no T."
    ),
    ("flo", "cosmo"): (
        "The paper's row of COSMO on FLO has CLSWGAN as its expert of unseen "
        "classes: the authors published no other for it."
    ),
    ("awa2", "relationnet"): (
        "The paper prints H 45.3 for RelationNet on AWA2; its u and s give "
        "45.4."
    ),
    **{
        ("cub", system): (
            f"The paper's row of {title} on CUB is that of the benchmark it "
            "is taken from (Xian et al., 2018), whose semantics are the 312 "
            "attributes, not sentences."
        )
        for system, title in {
            "latem": "LATEM",
            "devise": "DeViSE",
            "ale": "ALE",
            "sync": "SYNC",
            "sje": "SJE",
        }.items()
    },
}
