"""How soon what died is started again."""

FIRST, LONGEST = 0.5, 30.0  # seconds
RECOVERED = 60.0  # seconds; what lived that long has been well


class RestartBudget:
    """One for each service: at once after the first end, later and later while it goes on, but always.

    What ran for a while is forgiven everything, so that no fault of the past counts for ever, nor one of a neighbour.
    """

    def __init__(self) -> None:
        self.ends = 0  # in a row

    def delay_after(self, lived: float) -> float:
        """Seconds to wait after the end of something that lived so long, 0 for something that never began."""
        self.ends = 1 if lived >= RECOVERED else self.ends + 1
        return 0.0 if self.ends == 1 else min(FIRST * 2 ** min(self.ends - 2, 16), LONGEST)
