"""What all pipelines of Apache Beam here share: a runner, and counters."""

import apache_beam as beam

# Unless a flag of Beam's says another. DirectRunner, which would be Beam's
# choice, looks for the program of a third one on the network first.
RUNNER = "FnApiRunner"


def counter(name):
    """A counter, for a worker to count with."""
    return beam.metrics.Metrics.counter(__name__, name)


def counts(result):
    """What was counted, by name.

    Args:
      result: of a pipeline, when it has ended.
    """
    return {
        one.key.metric.name: one.result
        for one in result.metrics().query()["counters"]
        if one.key.metric.namespace == __name__
    }
