"""Reference values that do not come from the package."""
