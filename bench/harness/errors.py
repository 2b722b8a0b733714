"""What can end a run or a scenario."""


class BenchError(Exception):
    """Something that the person at the terminal must know; the text says what to do."""


class Missing(BenchError):
    """A server of ours that is not built (yet): its scenarios are left out, the others run."""
