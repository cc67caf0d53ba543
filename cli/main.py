"""The `switchboard` command."""

import argparse
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from cli import company
from cli.carrier import CarrierRefused
from cli.children import ChildFailed
from cli.deployed.refusal import Refusal
from cli.watch.logs import NothingToWatch
from shared.adapters.agent_files import AgentFileError

EXAMPLES = """\
on this machine (the telephone network, AWS and the language model are stand-ins on loopback; nothing leaves it):
  switchboard demo                          hear and see a whole call, judged at its end
  switchboard demo transfer                 a caller is handed over to a person at the desk, in a real browser
  switchboard demo campaign                 fifty business events, and the calls that come of them
  switchboard phone                         call the agent yourself, in the browser
  switchboard talk agents/front_door.yaml   the same agent in text
  switchboard rules explain +13055550123 --purpose sales --at 2026-11-22T20:30-05:00   may they be called, by which law
  switchboard watch out/demo/logs           the dashboard of that call, as CloudWatch would draw it

  switchboard campaign run appointment_reminder contacts.csv --dry-run   who would be called when, and who not

in your AWS and Twilio accounts:
  switchboard doctor                        what is in order, what is not, and what to do about it
  make deploy STAGE=prod                    put it there; prints the addresses, and what comes next
  switchboard secrets set                   give it Twilio's and the model's keys
  switchboard number configure +15550100123 lead a number's calls to it; asks first, and can be undone
  switchboard event send payment.made reference=A-17   what happens in the business starts calls, and stops them
  switchboard campaign status               which run, which have stopped by themselves, and why
  switchboard redrive --look                what calls came to, where it could not be published
"""


DEMOS = "transfer: a caller is handed over to a person at the desk; campaign: fifty events make telephones ring"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; 0 when all went well, 1 when something fell short, 2 when it was typed wrongly."""
    given = typed(arguments)
    console = Console(highlight=False)
    signal.signal(signal.SIGTERM, stop)
    try:
        figures, short = _run(given, console)
    except (ChildFailed, CarrierRefused) as error:
        console.print(str(error), style="red", markup=False, soft_wrap=True)
        figures, short = "", [str(error).partition(". ")[0].partition("\n")[0]]
    except Refusal as refusal:
        figures, short = "", [str(refusal)]
    except AgentFileError as error:
        console.print(str(error), style="red", markup=False, soft_wrap=True)
        figures, short = "", ["the agent file has to be mended"]
    except NothingToWatch as error:
        figures, short = "", [str(error)]
    except (KeyboardInterrupt, EOFError):
        figures, short = "", ["stopped"]
    verdict = f"short: {'; '.join(short)}" if short else "ok"
    command = " ".join(filter(None, (given.command, getattr(given, "action", ""))))
    console.print(": ".join(part for part in (command, figures, verdict) if part), markup=False, soft_wrap=True)
    return 1 if short else 0


def typed(arguments: Sequence[str] | None) -> argparse.Namespace:
    """What was typed. Fields of an event may stand behind an option too, which argparse leaves over."""
    parser = _parser()
    given, over = parser.parse_known_args(arguments)
    if over and (given.command != "event" or not all("=" in each and not each.startswith("-") for each in over)):
        parser.error(f"unrecognized arguments: {' '.join(over)}")
    if over:
        given.fields = [*given.fields, *over]
    return given


def _run(given: argparse.Namespace, console: Console) -> tuple[str, list[str]]:
    """Only what a command needs is imported: `--help` and `talk` should not wait for the rest."""
    match given.command:
        case "demo":
            return _demo(given.action, given.out, console)
        case "phone":
            from cli.phone import phone

            return phone(given.port, given.out, console, start_s=given.start_s if given.idle == "zero" else None)
        case "talk":
            from cli.talk import talk

            return talk(given.agent_file, console, given.facts)
        case "watch":
            from cli.watch.command import watch

            return watch(given.logs, given.port, console)
        case _:
            return company.run(given, console)


def _demo(which: str | None, out: Path | None, console: Console) -> tuple[str, list[str]]:
    match which:
        case "transfer":
            from cli.handover.demo import demo
        case "campaign":
            from cli.outreach.demo import demo
        case _:
            from cli.demo import demo
    return demo(out or Path("out", f"demo-{which}" if which else "demo"), console)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="switchboard",
        description="AI phone lines a company runs in its own AWS account, and all of it on one machine.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    demo = commands.add_parser("demo", help="a caller books an appointment by telephone; you see and keep the call")
    demo.add_argument("action", nargs="?", choices=("transfer", "campaign"), metavar="WHICH", help=DEMOS)
    demo.add_argument("--out", type=Path, help="where what came of it is kept (out/demo, out/demo-transfer ...)")
    phone = commands.add_parser("phone", help="stay up, with a telephone in the browser")
    phone.add_argument("--port", type=int, default=0, help="of the page; 0, the default, takes a free one")
    phone.add_argument("--out", type=Path, default=Path("out/phone"), help="where the logs are kept (%(default)s)")
    phone.add_argument(
        "--idle",
        choices=("warm", "zero"),
        default="warm",
        help="zero keeps no streaming service: the first caller is answered turn by turn until one is up (%(default)s)",
    )
    phone.add_argument("--start-s", type=float, default=30, help="with --idle zero, until one is up (%(default)s)")
    talk = commands.add_parser("talk", help="type with an agent, in the terminal")
    talk.add_argument("agent_file", type=Path, metavar="AGENT_FILE", help="for example agents/front_door.yaml")
    facts = "be called by the agent: what its event would tell, such as name='Grace Miller'; say hello first"
    talk.add_argument("--facts", nargs="+", metavar="NAME=VALUE", default=(), help=facts)
    watch = commands.add_parser("watch", help="the dashboard and alarms of a run, from its logs")
    watch.add_argument(
        "logs", type=Path, nargs="?", default=Path("out/phone/logs"), metavar="LOGS", help="(%(default)s)"
    )
    watch.add_argument("--port", type=int, default=0, help="of the page; 0, the default, takes a free one")
    company.add(commands)
    return parser


def stop(number: int, _: object) -> None:
    """Being ended is being interrupted: what was started is stopped, and the last line is said."""
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
