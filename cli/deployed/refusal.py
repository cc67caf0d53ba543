"""How a command says no."""


class Refusal(Exception):
    """What was asked for is not possible as things stand. One line, with what to do; nothing was changed."""
