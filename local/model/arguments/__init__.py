"""Finding the values of arguments in what was said; one file per sort of value."""
