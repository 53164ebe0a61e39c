"""Which pictures there are: one folder a class."""

import pathlib

from aspn_tf.errors import InputError


def found(images):
    """The files of every class.

    Hidden files and folders, and files beside the folders, are not looked at;
    folders within a class's folder are part of it.

    Args:
      images: the directory that holds a folder for each class.

    Returns:
      A dict of class name to sorted paths, in the order of the names.

    Raises:
      InputError: it is no directory, or no folder in it has a file.
    """
    images = pathlib.Path(images)
    if not images.is_dir():
        raise InputError(
            "`--images` must be a directory with a folder for each class. "
            f"Received: {images}"
        )
    classes = {
        folder.name: _files(folder)
        for folder in sorted(images.iterdir())
        if folder.is_dir() and not folder.name.startswith(".")
    }
    classes = {name: files for name, files in classes.items() if files}
    if not classes:
        raise InputError(
            "`--images` must hold a folder of pictures for each class. "
            f"Received: {images}, without any"
        )
    return classes


def asked(paths):
    """The files that a user has named: themselves, or all in a directory.

    Args:
      paths: text, names with commas between them.

    Returns:
      A list of paths.

    Raises:
      InputError: one is not there, or there is none.
    """
    files = []
    for name in filter(None, map(str.strip, paths.split(","))):
        path = pathlib.Path(name)
        if path.is_dir():
            files += _files(path)
        elif path.is_file():
            files.append(path)
        else:
            raise InputError(
                "`--images` must name pictures, or directories of pictures. "
                f"Received: {name}"
            )
    if not files:
        raise InputError(
            f"`--images` must name at least one picture. Received: {paths}"
        )
    return files


def _files(folder):
    """The sorted files in a folder and below it."""
    return sorted(
        path
        for path in folder.rglob("*")
        if path.is_file()
        and not any(
            part.startswith(".") for part in path.relative_to(folder).parts
        )
    )
