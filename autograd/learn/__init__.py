"""Learning by doing: a hand calculation checked, questions, and an examination for engines."""

from .check import Check, Line, check
from .examine import examine
from .grade import Finding, Grade, grade
from .quiz import Score, quiz

__all__ = ["Check", "Finding", "Grade", "Line", "Score", "check", "examine", "grade", "quiz"]
