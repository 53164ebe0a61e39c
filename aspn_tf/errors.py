"""The one error that is meant for the person who typed the command."""


class InputError(ValueError):
    """What the user gave cannot be used.

    The message is one sentence: what must hold, what was received and what
    to do. `aspn_tf.main` prints it to stderr and exits with code 2; any other
    exception is a fault of the program and keeps its traceback.
    """
