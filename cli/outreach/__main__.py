"""`python -m cli.outreach`."""

import argparse
import signal
import sys
from pathlib import Path
from typing import Final

from rich.console import Console

from cli.carrier import CarrierRefused
from cli.children import ChildFailed
from cli.deployed.refusal import Refusal
from cli.main import stop
from cli.outreach.demo import demo

OUT: Final = Path("out/demo-campaign")


def main() -> int:
    """0 when all went well."""
    parser = argparse.ArgumentParser(prog="python -m cli.outreach", description=__doc__)
    parser.add_argument("--out", type=Path, default=OUT, help="where what came of it is kept (%(default)s)")
    given, console = parser.parse_args(), Console(highlight=False)
    signal.signal(signal.SIGTERM, stop)
    try:
        figures, short = demo(given.out, console)
    except (ChildFailed, CarrierRefused, Refusal) as error:
        console.print(str(error), style="red", markup=False, soft_wrap=True)
        figures, short = "stopped", [str(error).partition("\n")[0]]
    except KeyboardInterrupt:
        figures, short = "stopped", ["stopped"]
    console.print(
        f"demo-campaign: {figures}: {f'short: {"; ".join(short)}' if short else 'ok'}", markup=False, soft_wrap=True
    )
    return 1 if short else 0


if __name__ == "__main__":
    sys.exit(main())
