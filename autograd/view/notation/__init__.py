"""Expressions: the rules of the table as formulas, simplified, and written as text or LaTeX."""
