"""Learning by doing: hand calculations checked, questions, engines examined, and training that can be watched."""

from .check import Check, Line, check
from .examine import examine
from .grade import Finding, Grade, grade
from .quiz import Score, quiz
from .watch import Film, watch

__all__ = ["Check", "Film", "Finding", "Grade", "Line", "Score", "check", "examine", "grade", "quiz", "watch"]
