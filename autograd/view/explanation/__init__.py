"""The hand calculation: its lines, their content and their layout."""
