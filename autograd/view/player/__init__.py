"""The page on which backpropagation plays: its scenes, its picture, and what runs in the browser."""
