"""From a declared link to its card: its rows, its clock, its fits and checks, and what else is known around it."""
