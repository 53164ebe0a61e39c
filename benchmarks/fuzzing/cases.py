"""From a kind and a number to a case: files in a folder."""

import random as randoms

from fuzzing import damage, folders, hdf5, matlab, others, tables

# Whole files of a kind; others that are made to harm; the name of the file.
FILES = {
    "npy": (tables.arrays, tables.array, "rows.npy"),
    "npz": (tables.archives, tables.archive, "rows.npz"),
    "csv": (tables.sheets, tables.sheet, "rows.csv"),
    "parquet": (tables.parquets, tables.parquet, "rows.parquet"),
    "mat4": (matlab.olds, None, "res101.mat"),
    "mat5": (matlab.fives, matlab.five, "res101.mat"),
    "mat73": (hdf5.sevens, None, "res101.mat"),
    "classes": (tables.class_files, tables.class_file, "classes.csv"),
    "picture": (others.pictures, others.picture, "picture.png"),
    "card": (others.cards, others.card, "card.json"),
    "flags": (others.flagfiles, None, "some.flags"),
}
FOLDERS = {
    "model": (folders.model, folders.manifests, "manifest.json"),
    "shards": (folders.shards, tables.archive, None),
    "run": (folders.run, None, None),
    "progress": (folders.progress, None, None),
}
KINDS = (*FILES, *FOLDERS)


def whole(kind, folder):
    """Writes a case without a fault; returns what is to be read."""
    return write(kind, None, 0, folder, folder)


def write(kind, number, seed, folder, outside):
    """Writes a case.

    Args:
      kind: one of `KINDS`.
      number: of the case; None for one without a fault.
      seed: of all of them.
      folder: empty; of the case.
      outside: an empty folder that is not part of it.

    Returns:
      The path that is to be read.
    """
    random = randoms.Random(f"{seed} {kind} {number}")
    if kind in FOLDERS:
        files, odd, name = FOLDERS[kind]
        place = folder / "folder"
        folders.write(place, files())
        if number is not None:
            folders.harm(random, place, outside, odd, name)
        return place
    wholes, odd, name = FILES[kind]
    path, data = folder / name, random.choice(wholes())
    if number is None:
        path.write_bytes(data)
        return path
    if random.random() < 0.05:  # in a name or a folder of odd letters
        place = folder / random.choice(damage.NAMES)
        place.mkdir()
        path = place / name
    choice = random.random()
    if choice < 0.08:
        damage.in_place(random, path, data, outside)
        return path
    if choice < 0.12:  # of another kind
        other = random.choice(list(FILES))
        data = random.choice(FILES[other][0]())
    elif choice < 0.4:
        if kind == "mat73":
            data = hdf5.seven(random, outside)
        elif kind == "flags":
            data = others.flagfile(random, path)
            damage._pipe(path.with_name("pipe"), data, outside)
        elif odd:
            data = odd(random)
        if random.random() < 0.2:
            data = damage.of_bytes(random, data)
    else:
        data = damage.of_bytes(random, data)
    path.write_bytes(data)
    return path
