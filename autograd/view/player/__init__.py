"""The page on which backpropagation plays: its frames, its picture, and what runs in the browser."""
