"""Progress bars over the states of a training."""

import tqdm


def bar(title, states, monitor, done=0):
    """A bar of `tqdm`, shown where the monitor shows bars."""
    return tqdm.tqdm(
        total=len(states),
        initial=done,
        desc=title,
        unit="state",
        leave=False,
        disable=not monitor.bars,
    )


def advance(shown, logs, measured=None):
    """Moves a bar by one state.

    Args:
      shown: of `bar`.
      logs: loss terms by name.
      measured: T, u, s, H in percent; None where nothing was measured.
    """
    told = {"loss": f"{logs['objective']:.3f}"} if "objective" in logs else {}
    if measured:
        told |= {name: f"{measured[name]:.1f}" for name in ("T", "H")}
    shown.set_postfix(told, refresh=False)
    shown.update()
