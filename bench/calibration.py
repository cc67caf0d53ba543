"""How fast this core is at this moment: prints the seconds a fixed loop takes."""

import sys
import time

if __name__ == "__main__":
    begun = time.perf_counter()
    total = 0
    for number in range(3_000_000):
        total += number * number & 7
    sys.stdout.write(f"{time.perf_counter() - begun}\n")
