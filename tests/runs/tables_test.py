"""Tables as Markdown, worked by hand."""

from aspn_tf.runs import tables

SPREAD = {"T": 1.0, "u": 2.0, "s": 3.0, "H": 0.25, "AUSUC": 0.5}
MEANS = {"T": 90.0, "u": 80.04, "s": 70.0, "H": 74.66, "AUSUC": 61.0}
PLAIN = {"T": 90.0, "u": 10.0, "s": 95.0, "H": 18.1, "std": None}
ROWS = [
    {
        "variant": "one",
        "title": "first",
        "seeds": [0, 1],
        "failed": {"2": "RuntimeError: no"},
        **MEANS,
        "std": SPREAD,
        "uncalibrated": {**PLAIN, "std": SPREAD},
        "calibrated": True,
        "updates": [100, 60],
        "ended": ["patience", "patience"],
        "parameters": 13930771,
        "training_step_flops": 1_234_560_000.0,
        "seconds": {"selection": 1.25, "training": 10.0},
        "speed": {
            "training_ms_per_example": 0.01234,
            "scoring_examples_per_second": 45678.9,
        },
    },
    {"variant": "two", "title": "second", "seeds": [], "failed": {"0": "Out"}},
]


def cells(line):
    return [cell.strip() for cell in line.strip("|").split("|")]


def test_columns_are_padded_and_numbers_stand_right():
    assert tables.markdown(
        ["", "T"], [["long name", "1.0"], ["b", "12.0"]]
    ) == (
        "|           |    T |\n"
        "| --------- | ---: |\n"
        "| long name |  1.0 |\n"
        "| b         | 12.0 |"
    )


def test_accuracy_stands_with_its_std_and_a_failure_as_such():
    _, _, first, second = tables.accuracy(ROWS).splitlines()
    assert cells(first) == [
        "first",
        "90.0 ± 1.0",
        "80.0 ± 2.0",
        "70.0 ± 3.0",
        "74.7 ± 0.2",
        "61.0 ± 0.5",
        "10.0 ± 2.0",
        "95.0 ± 3.0",
        "18.1 ± 0.2",
        "2",
    ]
    assert cells(second) == ["second", *["failed"] * 8, "0"]


def test_without_a_std_the_number_stands_alone():
    row = {**ROWS[0], "std": None, "uncalibrated": PLAIN}
    assert cells(tables.accuracy([row]).splitlines()[2])[1] == "90.0"


def test_a_row_without_calibration_among_others_says_so():
    plain = {**ROWS[0], "title": "plain", "calibrated": False}
    _, _, first, second = tables.accuracy([ROWS[0], plain]).splitlines()
    assert cells(first)[0] == "first"
    assert cells(second)[0] == "plain (not calibrated)"
    assert cells(tables.accuracy([plain]).splitlines()[2])[0] == "plain"


def test_differences_have_columns_of_their_own():
    found = {
        "one": {
            "T": {"against": "three", "mean": -2.34, "interval": [-4.0, -1.0]}
        }
    }
    head, _, first, second = tables.accuracy(ROWS, found=found).splitlines()
    assert cells(head)[-2:] == ["T against best", "H against best"]
    assert cells(first)[-2:] == ["-2.3 [-4.0, -1.0]", "best"]
    assert cells(second)[-2:] == ["", ""]


def test_the_paper_stands_beside_and_a_dash_where_it_has_none():
    printed = {"one": (75.4, None, 85.7, 69.2)}
    head, _, first, second = tables.accuracy(ROWS, printed).splitlines()
    assert cells(head)[-1].startswith("paper")
    assert cells(first)[-1] == "75.4, -, 85.7, 69.2"
    assert cells(second)[-1] == ""


def test_costs_stand_with_their_units():
    head, _, first, second = tables.costs(ROWS).splitlines()
    assert cells(first)[1:3] == ["60-100", "patience"]
    assert cells(first)[3:5] == ["13,930,771", "1,234.6"]
    assert cells(first)[5:] == ["1.2", "10.0", "0.0123", "45,679"]
    assert set(cells(second)[1:]) == {"failed"}
    assert len(cells(head)) == len(cells(first))


def test_every_failure_has_a_line_with_its_sentence():
    assert tables.failures(ROWS).splitlines() == [
        "- first, seed 2: failed. RuntimeError: no",
        "- second, seed 0: failed. Out",
    ]
