"""Why a gradient is what it is: the path that carries it, the step that spoils it, and words for both."""
