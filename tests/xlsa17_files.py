"""Tiny data in the xlsa17 layout, as both generations of MAT files.

Six classes of four images: 1-4 seen, 5 and 6 unseen. Of each seen class the
first three images are trainval, the last is test_seen. The published lists
leak as the real ones do: `train_loc` holds test_seen images.
"""

import h5py
import numpy as np
import scipy.io

NAMES = ["ant", "bee", "cat", "dog", "elk", "fox"]


def column(values, dtype=np.uint16):
    return np.array(values, dtype).reshape(-1, 1)


def images():
    """The variables of res101.mat: d = 3, N = 24."""
    labels = np.repeat(np.arange(1, 7), 4)
    features = np.arange(72, dtype=np.float32).reshape(24, 3) / 8
    return {"features": features.T, "labels": column(labels, np.uint8)}


def splits():
    """The variables of att_splits.mat: q = 2, C = 6."""
    seen = np.arange(1, 17)
    return {
        "att": np.arange(12.0).reshape(6, 2).T,
        "allclasses_names": cells(NAMES),
        "trainval_loc": column(seen[seen % 4 != 0]),
        "test_seen_loc": column(seen[seen % 4 == 0]),
        "test_unseen_loc": column(range(17, 25)),
        "train_loc": column(range(1, 13)),
        "val_loc": column(range(13, 17)),
    }


def cells(texts):
    value = np.empty((len(texts), 1), object)
    value[:, 0] = texts
    return value


def save_v5(path, variables):
    scipy.io.savemat(path, variables)


def save_v73(path, variables):
    """Writes as MATLAB does with -v7.3: axes reversed, cells by reference."""
    with h5py.File(path, "w", userblock_size=512) as file:
        for key, value in variables.items():
            if value.dtype != object:
                node = file.create_dataset(key, data=value.T)
                node.attrs["MATLAB_class"] = np.bytes_("double")
                continue
            references = np.empty(value.T.shape, h5py.ref_dtype)
            for at, text in np.ndenumerate(value.T):
                codes = np.array([[ord(c)] for c in text], np.uint16)
                cell = file.create_dataset(f"#refs#/{key}{at}", data=codes)
                cell.attrs["MATLAB_class"] = np.bytes_("char")
                references[at] = cell.ref
            node = file.create_dataset(
                key, data=references, dtype=h5py.ref_dtype
            )
            node.attrs["MATLAB_class"] = np.bytes_("cell")
    with open(path, "r+b") as file:
        file.write(b"MATLAB 7.3 MAT-file".ljust(124) + b"\x00\x02IM")


def make(folder, save=save_v5, splits_file="att_splits.mat", **changed):
    """Writes both files; `changed` variables replace, None removes."""
    folder.mkdir(parents=True, exist_ok=True)

    def kept(variables):
        merged = {k: changed.get(k, v) for k, v in variables.items()}
        return {k: v for k, v in merged.items() if v is not None}

    extra = {k: changed[k] for k in changed if k == "attribute_names"}
    save(folder / "res101.mat", kept(images()))
    save(folder / splits_file, kept(splits()) | extra)
    return folder.parent
