"""What a run has found: one line for each thing that was measured, with its bound and the verdict."""

from dataclasses import dataclass, replace

PASSED, FAILED, TOLD, NOT_RUN = "passed", "FAILED", "told", "NOT RUN"


@dataclass(frozen=True)
class Line:
    """`bound` is empty for what is only told."""

    what: str
    figure: str
    bound: str
    verdict: str


class Table:
    """Lines under one title."""

    def __init__(self, title):
        self.title, self.lines, self.headlines = title, [], []

    def at_most(self, what, value, bound, unit="", told=False):
        """A number that must not pass its bound. `told`: a broken bound is shown, and fails nothing."""
        self.judge(what, number(value, unit), f"at most {number(bound, unit)}", value <= bound, told)

    def at_least(self, what, value, bound, unit="", told=False):
        self.judge(what, number(value, unit), f"at least {number(bound, unit)}", value >= bound, told)

    def exactly(self, what, value, expected):
        self.judge(what, str(value), str(expected), value == expected)

    def judge(self, what, figure, bound, is_good, told=False):
        verdict = PASSED if is_good else TOLD if told else FAILED
        self.lines.append(Line(what, figure, bound, verdict))

    def tell(self, what, figure):
        self.lines.append(Line(what, str(figure), "", TOLD))

    def not_run(self, what, reason):
        self.lines.append(Line(what, reason, "", NOT_RUN))

    def headline(self, what):
        """Puts the last line, under this name, into the README's table too."""
        self.headlines.append(replace(self.lines[-1], what=what))

    def summarize(self, what):
        """One headline for all lines that have a verdict."""
        judged = [line.verdict == PASSED for line in self.lines if line.verdict in (PASSED, FAILED)]
        self.headlines.append(Line(what, f"{sum(judged)} of {len(judged)} checks passed", "all", PASSED))

    def has_failed(self):
        return any(line.verdict == FAILED for line in self.lines)

    def text(self):
        rows = [("what", "figure", "bound", ""), *((x.what, x.figure, x.bound, x.verdict) for x in self.lines)]
        widths = [max(len(row[column]) for row in rows) for column in range(4)]
        lines = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)
        return "\n".join([f"== {self.title}", *(line.rstrip() for line in lines), ""])

    def markdown(self):
        """The headlines, without the head of the table."""
        return "".join(f"| {x.what} | {x.figure} | {x.bound} |\n" for x in self.headlines)


def number(value, unit=""):
    text = f"{value:,}" if isinstance(value, int) else f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
    return f"{text} {unit}".rstrip()
