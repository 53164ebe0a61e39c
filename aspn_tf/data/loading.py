"""From the name of a data set to its `Benchmark`."""

import numpy as np

from aspn_tf.data.benchmark import Benchmark, Split
from aspn_tf.data.stored import Stored
from aspn_tf.datasets import prepare, zero_shot
from aspn_tf.errors import InputError


def load(
    dataset,
    *,
    manual_dir=None,
    name=None,
    semantics=None,
    data_dir=None,
    download=False,
    stream=False,
) -> Benchmark:
    """Loads a data set, preparing it when it or its files are new.

    Args:
      dataset: one of `aspn_tf.datasets.names.DATASETS`.
      manual_dir: the folder that holds AWA1/res101.mat and so on.
      name: the folder of the user's own data, for dataset="xlsa17".
      semantics: "att", "sent" or None, the data set's default.
      data_dir: where TFDS keeps prepared data; None for its default.
      download: whether published files that are nowhere may be fetched.
      stream: whether the features stay on the disk.

    Raises:
      InputError: an argument or a file cannot be used.
    """
    builder = prepare.prepare(
        dataset,
        manual_dir=manual_dir,
        name=name,
        semantics=semantics,
        data_dir=data_dir,
        download=download,
    )
    about = builder.info.metadata
    start = builder.info.splits["train"].num_examples
    held_out = builder.info.splits["val_seen"].num_examples
    shape = about["image_shape"]

    def split(*names):
        if not stream:
            found = prepare.read(builder, *names)
            return found and Split(*found)
        paths = prepare.store(builder, *names)
        return paths and Split(Stored(paths[0]), np.load(paths[1]))

    train = split(*zero_shot.TRAINVAL)
    bare = np.setdiff1d(about["seen"], train.labels)
    if len(bare):
        raise InputError(
            "Every class that is not an unseen one must have an example to "
            f"train on. Received: {about['class_names'][bare[0]]} without"
        )
    none = train.take(slice(0))
    return Benchmark(
        name=name or dataset,
        class_names=tuple(about["class_names"]),
        semantics=np.array(about["semantics"], np.float32),
        seen=np.array(about["seen"], np.int64),
        unseen=np.array(about["unseen"], np.int64),
        train=train,
        test_seen=split("test_seen") or none,
        test_unseen=split("test_unseen") or none,
        fingerprint=about["fingerprint"],
        attribute_names=tuple(about["attribute_names"]),
        notes=tuple(about["notes"]),
        image_shape=shape and tuple(shape),
        card=about.get("card"),
        val_unseen=np.array(about["val_unseen_classes"], np.int64),
        val_seen_rows=np.arange(start, start + held_out),
    )
