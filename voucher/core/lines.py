"""What is wrong with a line of a file that somebody has brought."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LineProblem:
    """Why a line was not taken; line 0 stands for the file as a whole."""

    line: int
    reason: str

    def __str__(self) -> str:
        return f"Line {self.line}: {self.reason}" if self.line else self.reason
