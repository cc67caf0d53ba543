"""Who is known as a customer on this machine."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Customer:
    """`facts` are what a caller may be asked for to prove that they are this customer."""

    number: str
    name: str
    facts: Mapping[str, str]


GRACE: Final = Customer("204417", "Grace Miller", {"zip": "10027"})
