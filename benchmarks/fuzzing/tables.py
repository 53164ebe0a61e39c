"""Files of rows, whole and made to harm: .npy .npz .csv .parquet, classes."""

import functools
import io
import pickle
import struct
import zipfile

import numpy as np
import polars

from fuzzing import damage

ROWS = np.arange(60, dtype=np.float32).reshape(12, 5) / 8
SHAPES = (
    *("(0, 5)", "(12,)", "()", "(1, 2, 3)", "(-1, 5)", "(-12, -5)"),
    *("(12.0, 5)", "(True, 5)", "('a', 5)", "(4611686018427387904, 4)"),
    *("(1099511627776, 5)", "(9223372036854775807, 9223372036854775807)"),
    *("(12, 1099511627776)", "(1" + "0" * 400 + ", 5)", "12", "(12, 5)"),
)
DTYPES = (
    *("'<f4'", "'>f4'", "'|O'", "'|V4'", "'<U1'", "'|S0'", "'<c8'", "'<f2'"),
    *("'<M8[s]'", "[('a', '<f4')]", "[('a', '|O')]", "'<f16'", "'|b1'"),
    *("'<f4" + "0" * 30 + "'", "5", "None", "'__import__'", "(" * 300),
)


class Harm:
    """Pickled, it leaves a file beside the case when it is loaded."""

    def __reduce__(self):
        """What a reader that unpickles would call."""
        return open, ("unpickled", "w")


@functools.cache
def arrays():
    """Whole .npy files."""
    wanted = (ROWS, ROWS.astype(">f8"), np.asfortranarray(ROWS))
    return [_npy(one) for one in (*wanted, ROWS.astype("i2"), ROWS > 3)]


def _npy(array):
    buffer = io.BytesIO()
    np.save(buffer, array)
    return buffer.getvalue()


def array(random):
    """A .npy whose header lies, or that holds objects."""
    if random.random() < 0.2:
        return _npy(np.array([[Harm()]], object))
    if random.random() < 0.1:
        return pickle.dumps(Harm())
    words = (
        f"{{'descr': {random.choice(DTYPES)}, 'fortran_order': "
        f"{random.choice(('False', 'True', '0', 'None'))}, 'shape': "
        f"{random.choice(SHAPES)}, }}"
    ).encode()
    if random.random() < 0.1:
        words = words.ljust(random.choice((20_000, 70_000)))
    version = random.choice((1, 1, 2, 3, 9))
    size = struct.pack("<H" if version == 1 else "<I", len(words) & 0xFFFF)
    return b"\x93NUMPY" + bytes((version, 0)) + size + words + ROWS.tobytes()


@functools.cache
def archives():
    """Whole .npz files."""
    found = []
    for save in (np.savez, np.savez_compressed):
        buffer = io.BytesIO()
        save(buffer, features=ROWS, labels=np.arange(12))
        found.append(buffer.getvalue())
    return found


@functools.cache
def _zeros(rows, width):
    """A .npz of zeros, a thousandth of what it stands for."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        with archive.open("features.npy", "w") as member:
            header = {"descr": "<f4", "fortran_order": False}
            np.lib.format.write_array_header_1_0(
                member, header | {"shape": (rows, width)}
            )
            for _ in range(rows * width * 4 >> 20):
                member.write(bytes(1 << 20))
    return buffer.getvalue()


def archive(random):
    """A .npz that swells, lies, has objects or odd members."""
    if random.random() < 0.15:
        return _zeros(*random.choice(((1 << 16, 1 << 11), (1, 1 << 27))))
    buffer = io.BytesIO()
    kinds = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
    kinds += (zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)
    with zipfile.ZipFile(buffer, "w", random.choice(kinds)) as file:
        for _ in range(random.choice((0, 1, 1, 2, 3))):
            name = random.choice(
                ("features.npy", "features.npy", "../features.npy", "a\0b")
                + ("/features.npy", "features", *damage.NAMES[:-1])
            )
            data = random.choice((array(random), random.choice(arrays())))
            file.writestr(zipfile.ZipInfo(name), data)
    data = bytearray(buffer.getvalue())
    at = data.rfind(b"PK\1\2")
    if at >= 0 and random.random() < 0.6:  # of the last member's entry
        where, form = random.choice(
            ((8, "<H"), (10, "<H"), (20, "<I"), (24, "<I"), (42, "<I"))
        )
        value = random.choice(damage.EDGES) % 2 ** (8 * struct.calcsize(form))
        struct.pack_into(form, data, at + where, value)
    return bytes(data)


def _csv(rows, end="\n"):
    return end.join(",".join(map(str, row)) for row in rows) + end


TEXTS = (
    *("", "nan", "inf", "1e400", "-1e-400", "0x10", "1_000", "\u0661", "'"),
    *('"', '""', '"a\nb"', "\0", "\ufeff", "\x1a", "=1+1", "1;2", "1,2"),
    *("9" * 400, "a" * 5000, "\x85", "\u2028", " ", "True", "1e", "+-1"),
)


@functools.cache
def sheets():
    """Whole .csv files of numbers."""
    text = _csv(ROWS)
    head = "a,b,c,d,e\n"
    found = [text, head + text, _csv(ROWS, "\r\n"), "\ufeff" + head + text]
    return [one.encode() for one in found]


def sheet(random):
    """A .csv of odd cells, lines or encodings."""
    rows = [[str(cell) for cell in row] for row in ROWS]
    for _ in range(random.choice((1, 1, 3))):
        row = random.choice(rows)
        row[random.randrange(len(row))] = random.choice(TEXTS)
    if random.random() < 0.2:
        rows = [["1"] * random.choice((1, 5, 20_000, 300_000))] * 3
    text = _csv(rows, random.choice(("\n", "\r", "\r\n", "\n\n", "\0\n")))
    code = random.choice(("utf-8", "utf-8", "utf-8-sig", "utf-16", "utf-32"))
    return text.encode(code)


@functools.cache
def class_files():
    """Whole files of classes."""
    words = [["class", "text"], *([f"n{i}", f"words {i}"] for i in range(8))]
    numbers = [["class", "unseen", "a", "b"]]
    numbers += [[f"n{i}", "yes" if i > 5 else "", i, i / 2] for i in range(8)]
    return [_csv(one).encode() for one in (words, numbers)]


def class_file(random):
    """A file of classes with odd cells or columns, or very many."""
    rows = [["class", "unseen", "a", "b"]]
    rows += [[f"n{i}", "", str(i), str(i / 2)] for i in range(8)]
    for _ in range(random.choice((1, 2, 4))):
        row = random.choice(rows)
        row[random.randrange(len(row))] = random.choice(TEXTS + damage.NAMES)
    if random.random() < 0.1:
        rows = [["class", "a"], *([f"n{i}", "1"] for i in range(100_000))]
    text = _csv(rows, random.choice(("\n", "\r", "\r\n", "\n\n")))
    code = random.choice(("utf-8", "utf-8", "utf-8-sig", "utf-16"))
    return text.encode(code, "surrogatepass")


@functools.cache
def parquets():
    """Whole .parquet files."""
    table = polars.DataFrame(ROWS)
    many = polars.DataFrame({"a": [0.5, None] * 3000, "b": range(6000)})
    found = []
    for one in (table, many):
        for kind in ("uncompressed", "zstd", "snappy", "gzip", "lz4", "brotli"):
            buffer = io.BytesIO()
            one.write_parquet(buffer, compression=kind, row_group_size=2000)
            found.append(buffer.getvalue())
    return found


@functools.cache
def _parquet_of_zeros():
    buffer = io.BytesIO()
    zeros = polars.repeat(0.0, 50_000_000, dtype=polars.Float64, eager=True)
    table = polars.DataFrame({"a": zeros})
    table.write_parquet(buffer, row_group_size=50_000_000)
    return buffer.getvalue()


def parquet(random):
    """A .parquet of other columns, or that swells, or with a false footer."""
    if random.random() < 0.05:
        return _parquet_of_zeros()
    columns = random.choice(
        (
            {"a": ["b", "c"]},
            {"a": [[1.0], [2.0, 3.0]]},
            {"a": [{"b": 1.0}, {"b": None}]},
            {"a": [b"\0", b"\xff"]},
            {"a": [2**63 - 1, None], "b": [True, False]},
            {random.choice(damage.NAMES[:-1]): [1.0, float("nan")]},
            {str(i): [1.0] for i in range(3000)},
            {"a": []},
            {},
        )
    )
    buffer = io.BytesIO()
    polars.DataFrame(columns).write_parquet(buffer)
    data = bytearray(buffer.getvalue())
    if random.random() < 0.5:
        struct.pack_into("<I", data, len(data) - 8, random.choice(damage.EDGES))
    return bytes(data)
