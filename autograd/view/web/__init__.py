"""Pages that go through steps: one file, no network."""
