"""`make bench`: the streaming service under load, beside the bare floor. `--help` for a shorter run."""

import argparse
import json
import os
import platform
import secrets
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bench.figures import Figures, figures
from bench.load import AUTH_TOKEN, STREAM_URL
from cli.children import Child, Children

HERE = Path(__file__).parent
RESULTS = HERE / "results" / "latest.json"
CALLS = (1, 10, 25, 50, 100, 200)
SERVER_CORE, CLIENT_CORE = 0, 1
FLOOR_S = 12
"""The floor does the same every time; it need not be watched for long."""
READY_S = 60

TARGET_CALLS = 50
TARGET_PLUMBING_MS = 5.0
TARGET_CPU_MS = 5.0
TARGET_MB = 1.0
TRUSTED_LATE_MS = 5.0
"""Beyond this p99 the client is the limit, and the run says nothing about the server."""


def pinned(core: int, module: str, *arguments: object) -> list[str]:
    """The command that runs a module on one core."""
    return [sys.executable, "-m", "bench.pinned", str(core), module, *map(str, arguments)]


def settings(providers: int, calls: int) -> dict[str, str]:
    """The service's environment: every vendor is the fake one."""
    address = f"http://127.0.0.1:{providers}"
    return {
        "PUBLIC_BASE_URL": "https://voice.example.com",
        "STREAM_URL": STREAM_URL,
        "TWILIO_AUTH_TOKENS": AUTH_TOKEN,
        "CALLS_TABLE": "calls",
        "DESK_TABLE": "desk",
        "CAMPAIGNS_TABLE": "campaigns",
        "BOOKINGS_TABLE": "bookings",
        "AGENTS_DIR": str(HERE / "agents"),
        "LINES": '{"*": "bench"}',
        "AWS_REGION": "eu-west-1",
        "AWS_ACCESS_KEY_ID": "bench",
        "AWS_SECRET_ACCESS_KEY": secrets.token_hex(8),
        "AWS_ENDPOINT_URL": address,
        "OPENAI_BASE_URL": f"{address}/v1",
        "OPENAI_API_KEY": "bench",
        "OPENAI_MODEL": "bench",
        "TRANSCRIBE_URL": f"ws://127.0.0.1:{providers}",
        "POLLY_TPS": "1000",
        "MAX_CALLS": str(calls),
        "HOST": "127.0.0.1",
        "PORT": "0",
    }


def run(server: str, calls: int, seconds: float, folder: Path) -> Figures:
    """One server, freshly started, under one load."""
    calibration = float(subprocess.check_output(pinned(SERVER_CORE, "bench.calibration")))
    with Children(folder) as children:
        providers = children.start("providers", *pinned(CLIENT_CORE, "bench.providers"))
        provider_port = port_of(providers)
        if server == "floor":
            child = children.start("floor", *pinned(SERVER_CORE, "bench.floor"))
        else:
            environment = settings(provider_port, calls)
            child = children.start("streaming", *pinned(SERVER_CORE, "streaming"), environment=environment)
        port = port_of(child)
        time.sleep(1)
        arguments = ["--port", port, "--calls", calls, "--seconds", seconds, "--pid", child.pid]
        load = subprocess.check_output(pinned(CLIENT_CORE, "bench.load", *arguments), timeout=seconds + 120)
        children.check()
        with urllib.request.urlopen(f"http://127.0.0.1:{provider_port}/events", timeout=30) as response:
            events = json.load(response)
    return {"server": server, "calibration_ms": round(1000 * calibration, 1)} | figures(json.loads(load), events)


def port_of(child: Child) -> int:
    return int(child.until_says(r'"port": (\d+)', READY_S, lambda line: None)[1])


COLUMNS = (
    ("server", "server"),
    ("calls", "calls"),
    ("turns", "turns"),
    ("heard gap", "gap_early_words"),
    ("end of turn", "end_of_turn"),
    ("plumbing", "plumbing"),
    ("barge-in", "barge_in"),
    ("underruns/min", "underruns_per_minute"),
    ("CPU ms/call-s", "cpu_ms_per_call_s"),
    ("cores", "cores"),
    ("MB/call", "mb_per_call"),
    ("frames late", "late"),
)


def cell(value: object) -> str:
    if isinstance(value, Mapping):
        return (
            "/".join(f"{value[p]:.{0 if value[p] >= 100 else 1}f}" for p in ("p50", "p95", "p99"))
            if value["n"]
            else "-"
        )
    return f"{value:.2f}" if isinstance(value, float) else str(value)


def row(result: Figures) -> str:
    shown = dict(result)
    if result["server"] == "floor":
        shown["gap_early_words"] = result["gap"]
    return "  ".join(cell(shown[key]).rjust(max(len(title), 13)) for title, key in COLUMNS)


def shortcomings(results: list[Figures]) -> list[str]:
    """What misses its target, or cannot be trusted."""
    short = []
    for result in results:
        name = f"{result['server']} at {result['calls']}"
        if result["refused"] or result["closed_early"]:
            short.append(f"{name}: {result['refused']} calls refused, {result['closed_early']} lost")
        if result["unanswered"]:
            short.append(f"{name}: {result['unanswered']} turns unanswered")
        if result["late"].get("p99", 0) > TRUSTED_LATE_MS:
            short.append(f"{name}: the client itself was late by {result['late']['p99']:.1f} ms")
    ours = [result for result in results if result["server"] == "switchboard" and result["calls"] <= TARGET_CALLS]
    if ours:
        most = ours[-1]
        targets = {
            "plumbing p99 ms": (most["plumbing"].get("p99", float("inf")), TARGET_PLUMBING_MS),
            "CPU ms per call-second": (most["cpu_ms_per_call_s"], TARGET_CPU_MS),
            "MB per call": (most["mb_per_call"], TARGET_MB),
        }
        short += [f"{what} {got:.2f}, wanted {want:g}" for what, (got, want) in targets.items() if got > want]
    return short


def summary(results: list[Figures]) -> str:
    """The last line."""
    ours = [result for result in results if result["server"] == "switchboard"]
    aim = next((result for result in reversed(ours) if result["calls"] <= TARGET_CALLS), None)
    short = shortcomings(results)
    said = ""
    if aim is not None:
        said = (
            f"{aim['calls']} calls on a core: plumbing p99 {aim['plumbing'].get('p99', 0):.1f} ms, "
            f"{aim['cpu_ms_per_call_s']:.1f} CPU ms per call-second, {aim['mb_per_call']:.2f} MB per call: "
        )
    return said + ("ok" if not short else f"short: {'; '.join(short)}")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--calls", type=int, nargs="+", default=CALLS, help="numbers of simultaneous calls")
    parser.add_argument("--seconds", type=float, default=30, help="how long all calls talk together")
    parser.add_argument("--server", choices=("switchboard", "floor"), nargs="+", default=("floor", "switchboard"))
    parser.add_argument("--results", type=Path, default=RESULTS, help="where the figures go, as JSON")
    options = parser.parse_args()
    print("p50/p95/p99 in ms where three figures stand")
    print("  ".join(title.rjust(max(len(title), 13)) for title, _ in COLUMNS), flush=True)
    results = []
    with tempfile.TemporaryDirectory() as folder:
        for calls in options.calls:
            for server in options.server:
                seconds = min(FLOOR_S, options.seconds) if server == "floor" else options.seconds
                results.append(run(server, calls, seconds, Path(folder)))
                print(row(results[-1]), flush=True)
    machine = {"cpu": cpu_name(), "cores": os.cpu_count(), "python": platform.python_version()}
    options.results.write_text(
        json.dumps({"machine": machine, "seconds": options.seconds, "runs": results}, indent=1) + "\n"
    )
    last = summary(results)
    print(last)
    return 0 if last.endswith("ok") else 1


def cpu_name() -> str:
    lines: list[Any] = Path("/proc/cpuinfo").read_text().splitlines()
    return next((line.partition(": ")[2] for line in lines if line.startswith("model name")), platform.machine())


if __name__ == "__main__":
    sys.exit(main())
