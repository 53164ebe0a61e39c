"""The rooms: who imports whom, who names whom, how long a module is."""

import ast
import pathlib
import re

import pytest

from aspn_tf.datasets.names import DATASETS
from aspn_tf.methods import registry

ROOT = pathlib.Path(__file__).parents[1]
PACKAGE = ROOT / "aspn_tf"
BESIDE = (
    *("errors", "disk", "files", "locking", "stopping", "distribution"),
    "__version__",
)
# What each room may import from, beside itself, these and libraries.
ALLOWED = {
    "datasets": set(),
    "data": {"datasets"},
    "model": set(),
    "methods": {"data", "model"},
    "evaluation": {"data", "methods"},
    "pictures": {"datasets"},
    "serving": {"data", "pictures"},
    "passes": {"datasets", "data", "serving"},
    "runs": {
        *(
            "data",
            "pictures",
            "methods",
            "evaluation",
            "serving",
            "config",
            "contradictions",
        ),
    },
    "web": {"serving"},
    "estimator": {
        *("data", "methods", "evaluation", "serving", "runs", "config"),
    },
}
MODULES = sorted(
    path
    for path in [*PACKAGE.rglob("*.py"), *(ROOT / "datasets").rglob("*.py")]
    if "__pycache__" not in path.parts
    and "aspn_tf/datasets/" not in path.as_posix()
)


def name_of(path):
    return path.relative_to(ROOT).as_posix()


def room_of(path):
    parts = path.relative_to(ROOT).parts
    if parts[0] == "datasets":
        return "datasets"
    return parts[1] if len(parts) > 2 else None


def imports(path):
    """Modules of ours that a file imports, anywhere in it."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            found = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        yield from (one for one in found if one.startswith("aspn_tf."))


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_a_room_imports_from_earlier_rooms_alone(path):
    room = room_of(path)
    if room is None:
        return
    allowed = ALLOWED[room] | {room, *BESIDE}
    for module in imports(path):
        assert module.split(".")[1] in allowed, module


def test_only_commands_know_flags():
    knowing = {
        name_of(path)
        for path in MODULES
        if re.search(r"^from absl|^import absl", path.read_text(), re.M)
    }
    assert knowing <= {
        "aspn_tf/command.py",
        "datasets/prepare.py",  # the log level of TFDS
    }


def test_no_import_circle():
    graph = {}
    for path in MODULES:
        name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        name = name.removesuffix(".__init__")
        if name.startswith("datasets"):
            name = f"aspn_tf.{name}"
        graph[name] = set(imports(path))

    def resolved(module):
        while module and module not in graph:
            module = module.rpartition(".")[0]
        return module

    edges = {
        name: {resolved(one) for one in found} - {name, "", "aspn_tf"}
        for name, found in graph.items()
    }
    done, waiting = set(), set(edges)
    while waiting:
        free = {name for name in waiting if edges[name] <= done}
        assert free, f"a circle among {sorted(waiting)}"
        done |= free
        waiting -= free


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_nothing_asks_for_the_name_of_a_method_or_a_data_set(path):
    """Names are compared nowhere; where they are listed is listed here."""
    where = name_of(path)
    names = {*registry.METHODS, *DATASETS}
    own = {"aspn_tf/model/"}
    own |= {f"aspn_tf/methods/{name}/" for name in registry.METHODS}
    own |= {f"datasets/{name}/" for name in DATASETS}
    if where == "aspn_tf/evaluation/paper.py" or any(
        where.startswith(folder) for folder in own
    ):
        return
    listed = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Constant) and node.value in names:
            listed.add(node.value)
    if where == "aspn_tf/methods/registry.py":
        assert listed == set(registry.METHODS)
    elif where == "aspn_tf/config.py":
        assert len(listed) <= 1  # the default data set
    else:
        assert not listed


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_a_module_has_one_subject_and_at_most_250_lines(path):
    assert len(path.read_text().splitlines()) <= 250


@pytest.mark.parametrize(
    "name",
    [
        *("main", "ablate", "compare", "cost", "predict", "beam_predict"),
        *("prepare", "serve"),
    ],
)
def test_a_command_is_flags_and_a_call(name):
    text = (PACKAGE / f"{name}.py").read_text()
    flags = re.search(r"^FLAGS = .*?^[\])]$", text, re.M | re.S)
    rest = text.replace(flags[0] if flags else "", "")
    assert len(rest.splitlines()) <= 30


def test_build_md_shows_the_tree_on_disk():
    text = (ROOT / "BUILD.md").read_text()
    tree = text[text.index("## Rooms") : text.index("## Add a method")]
    words = set(re.findall(r"\w+", tree))
    for path in PACKAGE.rglob("*.py"):
        parts = path.relative_to(PACKAGE).parts
        if parts[0] in ("datasets", "flags") or "__pycache__" in parts:
            continue
        name = path.parent.name if path.stem == "__init__" else path.stem
        if len(parts) == 3 and parts[0] == "methods":
            name = parts[1]
        assert name in words, path


def test_tests_mirror_the_rooms():
    rooms = {room for room in ALLOWED}
    folders = {
        path.name
        for path in (ROOT / "tests").iterdir()
        if path.is_dir() and path.name != "__pycache__"
    }
    assert folders == rooms
