"""Numbers typed where only some are possible: whole ones, or from here to there."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from app.exercises.numbers import in_figures, read_number
from app.words import Sentence, say


@dataclass(frozen=True)
class Amount:
    """What a number is asked for: in a unit, from one end to the other."""

    unit: str = ""
    least: Fraction | None = None
    most: Fraction | None = None
    whole: bool = False

    def read(self, typed: str) -> str | Sentence | None:
        """The number in figures, None if the text is blank, a sentence if it is none that is possible. Never raises.

        A percent sign makes 0.2 of 20, but where percent are asked for.
        """
        number = read_number(typed, self.unit)
        if number is None or isinstance(number, Sentence):
            return number
        value = number.value / 100 if number.percent and self.unit != "%" else number.value
        return self.refusal(value) or in_figures(value)

    def refusal(self, value: Fraction) -> Sentence | None:
        """Why this number is none of them."""
        if self.whole and value.denominator != 1:
            return say("A whole number goes here.")
        if self.least is not None and value < self.least:
            return say("At least {least}, please.", least=self._shown(self.least))
        if self.most is not None and value > self.most:
            return say("At most {most}, please.", most=self._shown(self.most))
        return None

    def _shown(self, value: Fraction) -> str:
        return f"{in_figures(value)} {self.unit}".strip()
