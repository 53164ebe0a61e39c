"""A model as bytes, for pickling, and as the directory it would be."""

import io
import json
import pathlib
import tempfile
import zipfile

from aspn_tf.serving import export, loaded


class Packed:
    """A model that answers, and how it is written.

    Attributes:
      model: an `aspn_tf.serving.model.Model`.

    Args:
      servable: an `aspn_tf.serving.servable.Servable`.
      semantics: (C, q), of the classes of training.
      about: what `aspn_tf.serving.export.about` returns.
    """

    def __init__(self, servable, semantics, about):
        self.model = loaded.of(servable, semantics, about)
        self._parts = servable, semantics, about
        self._files = None  # the bytes of a zip, once there are no parts

    def write(self, directory):
        """Writes the SavedModel; see `aspn_tf.serving.export.write`."""
        added = {k: row.tolist() for k, row in self.model.added.items()}
        if self._files is None:
            servable, semantics, about = self._parts
            about = {**about, "added": added}
            export.write(directory, servable, semantics, about)
            return
        with export.whole(directory) as model:
            with zipfile.ZipFile(io.BytesIO(self._files)) as archive:
                archive.extractall(model)
            text = json.dumps(added, indent=2) + "\n"
            (model / "assets" / "added.json").write_text(text)

    def __getstate__(self):
        """The files of the SavedModel as the bytes of a zip."""
        buffer = io.BytesIO()
        with tempfile.TemporaryDirectory() as place:
            directory = pathlib.Path(place) / "model"
            self.write(directory)
            with zipfile.ZipFile(buffer, "w") as archive:
                for path in sorted(directory.rglob("*")):
                    archive.write(path, path.relative_to(directory))
        return {"files": buffer.getvalue()}

    def __setstate__(self, state):
        """Loads the files."""
        self._parts, self._files = None, state["files"]
        with tempfile.TemporaryDirectory() as place:
            with zipfile.ZipFile(io.BytesIO(self._files)) as archive:
                archive.extractall(place)
            self.model = loaded.load(place)
