"""How many of something, in words."""


def counted(number: int, what: str) -> str:
    """`1 number`, `2 numbers`."""
    return f"{number} {what}{'' if number == 1 else 's'}"
