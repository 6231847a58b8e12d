"""Learning by doing: an examination for engines."""

from .grade import Grade, grade

__all__ = ["Grade", "grade"]
