"""The hand calculation: which lines it has, what stands in them, and how they are laid out."""
