"""Learning by doing: an examination for engines."""

from .examine import examine
from .grade import Finding, Grade, grade

__all__ = ["Finding", "Grade", "examine", "grade"]
