"""`make bench-cold-start`: how long the webhooks' Lambda takes to start, beside a plain hello-world built alike."""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from bench.__main__ import cpu_name
from bench.cold_start.account import AUTH_TOKEN, account
from cdk.contents import TELEPHONY, LambdaPackage
from cdk.packages import Processor, lambda_zip
from shared.wire import signature

RESULTS = Path(__file__).parents[1] / "results" / "cold_start.json"
PROBE = Path(__file__).with_name("probe.py")
PUBLIC = "https://voice.example.com"
PATH = "/twilio/voice"
CORE = max(os.sched_getaffinity(0))
RUN_S = 120

TARGET_MS = 250
TARGET_MB = 60
TARGET_WARM_CPU_MS = 5

HELLO = LambdaPackage("hello", ("bench/cold_start/hello.py",), ceiling=30_000_000, lock="bench/cold_start/hello.lock")
SUBJECTS = {
    "webhooks": (TELEPHONY, "functions.entry"),
    "hello-world": (HELLO, "bench.cold_start.hello"),
}

type Figures = dict[str, Any]


def event(number: int) -> Mapping[str, object]:
    """A call that Twilio signed, as an HTTP API's event (payload 2.0)."""
    fields = {
        "AccountSid": "AC" + "0" * 32,
        "CallSid": f"CA{number:032x}",
        "CallStatus": "ringing",
        "From": "+14155550142",
        "To": "+15550100123",
    }
    headers = {
        "content-type": "application/x-www-form-urlencoded; charset=UTF-8",
        "host": "voice.example.com",
        "x-twilio-signature": signature.sign(AUTH_TOKEN, PUBLIC + PATH, list(fields.items())),
    }
    http = {"method": "POST", "path": PATH, "protocol": "HTTP/1.1", "sourceIp": "203.0.113.7", "userAgent": "Twilio"}
    return {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": PATH,
        "rawQueryString": "",
        "headers": headers,
        "requestContext": {"http": http, "stage": "$default", "domainName": "voice.example.com"},
        "body": urlencode(fields),
        "isBase64Encoded": False,
    }


def environment(endpoint: str) -> Mapping[str, str]:
    """The stack's, with the stand-in as AWS; the hello-world takes its token from it as it is."""
    return {
        "PUBLIC_BASE_URL": PUBLIC,
        "TWILIO_AUTH_TOKENS": AUTH_TOKEN,
        "TWILIO_AUTH_TOKENS_SECRET": "tokens",
        "STREAM_URL_PARAMETER": "/stream-url",
        "CALLS_TABLE": "calls",
        "DESK_TABLE": "desk",
        "CAMPAIGNS_TABLE": "campaigns",
        "AGENTS_DIR": "agents",
        "LINES": '{"*": "front_door"}',
        "AWS_REGION": "eu-west-1",
        "AWS_ACCESS_KEY_ID": "bench",
        "AWS_SECRET_ACCESS_KEY": "bench",
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def measure(folder: Path, module: str, events: Path, endpoint: str) -> Figures:
    """One fresh process."""
    command = (sys.executable, "-I", "-S", str(PROBE), str(folder), module, str(events), str(CORE))
    done = subprocess.run(
        command,
        env=environment(endpoint),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        timeout=RUN_S,
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"short: {module}: {done.stderr.decode(errors='replace').strip()[-500:]}")
    figures: Figures = json.loads(done.stderr)
    return figures


def summed_up(runs: Sequence[Figures]) -> Figures:
    """Medians over the processes; of the warm requests, over all of them, and the 95th percentile."""
    sums: Figures = {
        name: round(statistics.median(run[name] for run in runs), 1)
        for name in runs[0]
        if not isinstance(runs[0][name], list)
    }
    for name in ("warm_ms", "warm_cpu_ms"):
        every = [value for run in runs for value in run[name]]
        sums[name] = round(statistics.median(every), 2)
        sums[f"{name}_p95"] = round(statistics.quantiles(every, n=20)[-1], 2)
    return sums | {"start_ms_least": round(min(run["start_ms"] for run in runs), 1)}


def verdict(results: Mapping[str, Figures]) -> str:
    """The last line."""
    ours, plain = results["webhooks"], results["hello-world"]
    targets = {
        "ms to start": (ours["start_ms"], TARGET_MS),
        "MB": (ours["first_mb"], TARGET_MB),
        "ms of CPU a warm request": (ours["warm_cpu_ms"], TARGET_WARM_CPU_MS),
    }
    short = [f"{got:g} {what}, wanted {wanted}" for what, (got, wanted) in targets.items() if got > wanted]
    said = (
        f"cold start {ours['start_ms']:.0f} ms and {ours['first_mb']:.0f} MB (hello-world: {plain['start_ms']:.0f} and "
        f"{plain['first_mb']:.0f}, ratio {ours['start_ms'] / plain['start_ms']:.2f} and "
        f"{ours['first_mb'] / plain['first_mb']:.2f}), warm request {ours['warm_cpu_ms']:.2f} ms of CPU: "
    )
    return said + ("ok" if not short else f"short: {'; '.join(short)}")


COLUMNS = (
    ("", "subject"),
    ("zip MB", "zip_mb"),
    ("start ms", "start_ms"),
    ("least", "start_ms_least"),
    ("CPU ms", "start_cpu_ms"),
    ("MB", "start_mb"),
    ("first request ms", "first_ms"),
    ("CPU ms", "first_cpu_ms"),
    ("MB", "first_mb"),
    ("warm request CPU ms", "warm_cpu_ms"),
    ("p95", "warm_cpu_ms_p95"),
    ("MB", "warm_mb"),
)


def run(processes: int, warm: int) -> dict[str, Figures]:
    """Both, built and unpacked as for this machine, by turns, so that what else it does meets both."""
    processor: Processor = "arm64" if platform.machine() in ("aarch64", "arm64") else "x86_64"
    zips = {name: lambda_zip(package, processor) for name, (package, _) in SUBJECTS.items()}
    runs: dict[str, list[Figures]] = {name: [] for name in SUBJECTS}
    with tempfile.TemporaryDirectory() as work, account() as endpoint:
        events = Path(work) / "events"
        events.write_text("".join(json.dumps(event(number)) + "\n" for number in range(warm + 1)))
        for name, path in zips.items():
            zipfile.ZipFile(path).extractall(Path(work) / name)
        for _ in range(processes):
            for name, (_package, module) in SUBJECTS.items():
                runs[name].append(measure(Path(work) / name, module, events, endpoint))
    sizes = {name: {"subject": name, "zip_mb": round(path.stat().st_size / 1e6, 2)} for name, path in zips.items()}
    return {name: sizes[name] | summed_up(runs[name]) for name in SUBJECTS}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.cold_start", description=__doc__)
    parser.add_argument("--runs", type=int, default=20, help="fresh processes of each")
    parser.add_argument("--warm", type=int, default=50, help="warm requests in each process")
    parser.add_argument("--results", type=Path, default=RESULTS, help="where the figures go, as JSON")
    options = parser.parse_args()
    results = run(options.runs, options.warm)
    print("  ".join(title.rjust(max(len(title), 11)) for title, _ in COLUMNS))
    for result in results.values():
        print("  ".join(str(result[key]).rjust(max(len(title), 11)) for title, key in COLUMNS))
    machine = {"cpu": cpu_name(), "cores": os.cpu_count(), "python": platform.python_version()}
    kept = {"machine": machine, "runs": options.runs, "warm_requests": options.warm, "subjects": list(results.values())}
    options.results.write_text(json.dumps(kept, indent=1) + "\n")
    last = verdict(results)
    print(last)
    return 0 if last.endswith("ok") else 1


if __name__ == "__main__":
    sys.exit(main())
