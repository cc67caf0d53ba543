"""Words as the ear compares them."""

import re


def words_of(text: str) -> list[str]:
    """Lower-case words, digits kept whole, punctuation dropped."""
    return re.findall(r"[a-z']+|\d+", text.lower().replace("\u2019", "'"))
