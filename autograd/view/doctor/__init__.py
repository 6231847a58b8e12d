"""Diagnosis of networks: what layers do to a gradient, once or while they train, and what helps."""
