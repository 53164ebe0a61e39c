"""What the methods share that are trained epoch by epoch on batches."""

from aspn_tf.methods.base import Method
from aspn_tf.methods.training import check_finite, steps_of


class Epochs(Method):
    """A `Method` trained by epochs.

    Its settings have `epochs`, `steps_per_epoch`, `batch_size`, `patience` and
    `learning_rate`. A setting is {"epoch": int}. On the way to one, the states
    before it hold "scored": False: what is fitted after an epoch, for the
    scores alone, may be left out there.

    A subclass makes the tensors `_features` and `_labels`, the `Steps` `_train`
    and the `Order` `order`, unless it trains otherwise.
    """

    def __init__(self, view, settings, seed=0):
        super().__init__(view, settings, seed)
        self.patience = settings.patience
        # What its flags begin with: the name of its folder.
        self.name_in_flags = type(self).__module__.split(".")[-2]

    def rounds(self, setting=None):
        """Every epoch; on the way to a setting, only the last is scored."""
        last = setting["epoch"] if setting else self.settings.epochs
        passed = {"scored": False} if setting else {}
        before = [{"epoch": epoch, **passed} for epoch in range(1, last)]
        return [*before, {"epoch": last}]

    def updates_a_round(self):
        """Those of an epoch; of a GAN, the generator's."""
        return steps_of(
            self.settings.steps_per_epoch,
            len(self.view.labels),
            self.settings.batch_size,
        )

    def examples_a_round(self):
        """Those of an epoch's batches."""
        return (
            self.batches_per_step
            * self.settings.batch_size
            * self.updates_a_round()
        )

    def train(self, number):
        """One epoch; returns its logs.

        Raises:
          InputError: a loss is not finite.
        """
        width = self.batches_per_step * self.settings.batch_size
        rows = self.order.take(self.examples_a_round()).reshape(-1, width)
        logs = self._train(self._features, self._labels, rows)
        self.check(logs, number)
        return logs

    def check(self, logs, number, rate="learning_rate"):
        """Refuses what an epoch left where it is not finite.

        Args:
          logs: dict of floats.
          number: of the epoch.
          rate: the setting that may be too high.

        Raises:
          InputError: a value is not finite.
        """
        value = getattr(self.settings, rate)
        check_finite(logs, f"{self.name_in_flags}.{rate}", value, number)
