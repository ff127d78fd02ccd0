"""What compare.py measured."""
import statistics
from dataclasses import dataclass, field


class Trouble(Exception):
    """Why a figure is not there, in a few words."""


@dataclass
class Outcome:
    """What came of one way to answer a question."""
    seconds: list = field(default_factory=list)
    peaks: list = field(default_factory=list)
    trouble: str = ""

    def checked(self):
        if self.trouble or not self.seconds:
            raise Trouble(self.trouble or "not measured")
        return self


@dataclass
class Repeats:
    """The times of one question in one session, the first apart, and of loading a table before."""
    first: list = field(default_factory=list)
    again: list = field(default_factory=list)
    load: list = field(default_factory=list)
    trouble: str = ""


@dataclass
class Measured:
    """All outcomes, by question and peer."""
    outcomes: dict = field(default_factory=dict)
    repeats: dict = field(default_factory=dict)

    def outcome(self, key, peer="sgq"):
        return self.outcomes.get((key, peer), Outcome()).checked()

    def median(self, key, peer="sgq"):
        return statistics.median(self.outcome(key, peer).seconds)

    def peak(self, key, peer="sgq"):
        return max(self.outcome(key, peer).peaks)

    def ratio(self, key, peer):
        """How many times as long as sgq a peer takes."""
        return self.median(key, peer) / self.median(key)

    def again(self, key, peer="sgq"):
        repeats = self.repeats.get((key, peer), Repeats())
        if repeats.trouble or not repeats.again:
            raise Trouble(repeats.trouble or "not measured")
        return statistics.median(repeats.again)
