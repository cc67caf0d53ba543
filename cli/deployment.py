"""Core and Fallback of the stage `laptop`, put into the emulator by the CDK's ordinary command line.

What the CDK makes of the sources (its assembly) is kept until one of them changes: that takes ten seconds, and
deploying it three. So every start deploys into an empty account, and no run sees the calls of another.
"""

import hashlib
import json
import os
import platform
import shutil
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from cli.account import REGION, Account, variables
from cli.children import ChildFailed, Children, Say
from cli.stand_ins import ACCOUNT_SID

ROOT = Path(__file__).parents[1]
STAGE = "laptop"
CORE, FALLBACK = "SwitchboardLaptopCore", "SwitchboardLaptopFallback"
INPUTS = (
    *("cdk.json", "package-lock.json", "cdk/*"),
    *("functions/**/*", "shared/**/*.py", "agents/**/*.yaml", "campaigns/*", "docs/events/*", "web/desk/*"),
)
"""What the two stacks are made of, as globs from the root."""

SYNTH_S = 240
DEPLOY_S = 120
COLD_S = 60
LOOK_EVERY_S = 0.2
STRIPE_KEYS, HUBSPOT_API_KEY = "sk_test_local,whsec_local", "local"
"""What the stand-ins take."""
CALLERS = 3
"""Requests at a time that find a Lambda waiting for them; the next one waits a second or two until it has started."""

_BUILD = ROOT / ".build"
_CDK = ROOT / "node_modules" / ".bin" / "cdk"
_NODE = ROOT / ".tools" / "node"
_CLI = {
    "PATH": os.pathsep.join((str(_NODE), os.environ.get("PATH", os.defpath))),
    "CDK_DISABLE_CLI_TELEMETRY": "true",
}
_PROCESSORS = {"aarch64": "arm64", "arm64": "arm64"}


@dataclass(frozen=True, slots=True)
class Deployment:
    """What the stacks say of themselves; the URLs are public ones, which the emulator knows by their host."""

    webhook_url: str
    fallback_url: str
    calls_table: str
    bookings_table: str
    desk_table: str
    twilio_auth_tokens: tuple[str, str]
    """The secrets that hold Twilio's auth token: the webhooks', and the fallback's own."""
    openai_api_key: str
    """The secret that holds it."""
    campaigns_table: str
    stripe_api_key: str
    """The secret that holds it, and that of its webhook."""
    hubspot_api_key: str
    """The secret that holds it."""
    crm_function: str
    """The Lambda that notes calls in the CRM."""
    step_function: str
    """The Lambda that does the steps of chains."""
    webhook_function: str
    """The Lambda behind the other webhooks."""
    turn_function: str
    """The Lambda that holds calls turn by turn."""
    desk_url: str
    people: str
    """The user pool of those who sit at desks."""


def deploy(children: Children, aws_url: str, say: Say) -> Deployment:
    """Deploy into the empty account at `aws_url`. Raises ChildFailed, with the last lines of what failed."""
    assembly = _assembly(children, say)
    say("deploying Core and Fallback into the small AWS")
    environment = {**variables(aws_url), **_CLI}
    options = ("--app", str(assembly))
    account = f"aws://000000000000/{REGION}"
    children.run("bootstrap", _CDK, "bootstrap", account, *options, environment=environment, within_s=DEPLOY_S)
    with TemporaryDirectory(prefix="switchboard-") as folder:
        told = Path(folder) / "outputs.json"
        exactly = ("--exclusively", "--require-approval", "never", "--outputs-file", str(told))
        command = (_CDK, "deploy", CORE, FALLBACK, "--concurrency", "2", *exactly, *options)
        children.run("deploy", *command, environment=environment, within_s=DEPLOY_S)
        outputs = json.loads(told.read_text())
    core, fallback = outputs[CORE], outputs[FALLBACK]
    return Deployment(
        webhook_url=core["WebhookUrl"],
        fallback_url=fallback["FallbackUrl"],
        calls_table=core["CallsTable"],
        bookings_table=core["BookingsTable"],
        desk_table=core["DeskTable"],
        twilio_auth_tokens=(core["TwilioAuthTokensSecret"], fallback["TwilioAuthTokensSecret"]),
        openai_api_key=core["OpenAiApiKeySecret"],
        campaigns_table=core["CampaignsTable"],
        stripe_api_key=core["StripeApiKeySecret"],
        hubspot_api_key=core["HubspotApiKeySecret"],
        crm_function=core["CrmFunction"],
        step_function=core["StepFunction"],
        webhook_function=core["WebhookFunction"],
        turn_function=core["TurnFunction"],
        desk_url=core["DeskUrl"],
        people=core["People"],
    )


def _assembly(children: Children, say: Say) -> Path:
    """The folder the CDK deploys from, made unless it is there already. Raises ChildFailed."""
    if not _CDK.exists():
        raise ChildFailed("The CDK is not installed; run `make setup`")
    path = _BUILD / f"assembly-{key()}"
    if not path.exists():
        say("synthesising the stacks, which are kept until they change")
        _BUILD.mkdir(exist_ok=True)
        with TemporaryDirectory(dir=_BUILD, prefix="assembly") as work:
            made = Path(work) / "assembly"
            context = ("-c", f"stage={STAGE}", "-c", f"processor={_processor()}")
            environment = {**os.environ, **_CLI}  # packages come from wherever the user's uv has them from
            command = (_CDK, "synth", "-q", *context, "-o", str(made))
            children.run("synth", *command, environment=environment, within_s=SYNTH_S)
            for former in set(_BUILD.glob("assembly-*")) - {path}:
                shutil.rmtree(former)
            if not path.exists():  # another start may have been quicker
                made.rename(path)
    return path


def key() -> str:
    """A digest of everything the assembly is made of: names and contents, and this machine's processor."""
    digest = hashlib.sha256(_processor().encode())
    for path in sorted({path for pattern in INPUTS for path in ROOT.glob(pattern)}):
        if path.is_file() and path.suffix != ".pyc":
            content = path.read_bytes()
            digest.update(f"{path.relative_to(ROOT).as_posix()}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()[:16]


def _processor() -> str:
    return _PROCESSORS.get(platform.machine(), "x86_64")


def configure(account: Account, deployed: Deployment, *, token: str, openai_api_key: str, stream_url: str) -> None:
    """Leave in the account what an operator would, and the address that the Stream stack would."""
    secrets = dict.fromkeys(deployed.twilio_auth_tokens, token) | {
        deployed.openai_api_key: openai_api_key,
        deployed.stripe_api_key: STRIPE_KEYS,
        deployed.hubspot_api_key: HUBSPOT_API_KEY,
    }
    for secret, value in secrets.items():
        account.client("secretsmanager").put_secret_value(SecretId=secret, SecretString=value)
    for name, value in (("stream-url", stream_url), ("twilio-account-sid", ACCOUNT_SID)):
        account.client("ssm").put_parameter(
            Name=f"/switchboard/{STAGE}/{name}", Value=value, Type="String", Overwrite=True
        )


def think_with(account: Account, deployed: Deployment, *, model: str, url: str) -> None:
    """Have turns ask this model, whose address was not known when the stacks were synthesised."""
    _tell(account, deployed.turn_function, OPENAI_BASE_URL=url, OPENAI_MODEL=model)


def ask_for_tasks(account: Account, deployed: Deployment, service: str, ecs_url: str) -> None:
    """Have the webhooks take `service` (`cluster/service`) for one that keeps no task; for none if it is empty."""
    for function in (deployed.webhook_function, deployed.turn_function):
        _tell(account, function, STREAMING_SERVICE=service, AWS_ENDPOINT_URL_ECS=ecs_url)


def reach(account: Account, deployed: Deployment, *, carrier: str, stripe: str, crm: str) -> None:
    """Have calls and texts ordered at this carrier, payments asked for at this Stripe, calls noted at this HubSpot."""
    _tell(account, deployed.webhook_function, TWILIO_API_URL=carrier, STRIPE_API_URL=stripe)
    _change(account, deployed.step_function, TWILIO_API_URL=carrier)
    _change(account, deployed.crm_function, HUBSPOT_API_URL=crm)


def paid_at(account: Account, deployed: Deployment) -> str:
    """Where Stripe tells of payments, by the emulator's own address."""
    return _path(account.aws_url, deployed.webhook_url, "/stripe/events")


def _tell(account: Account, name: str, **more: str) -> None:
    """Change what a Lambda behind an alias finds in its environment."""
    functions = account.client("lambda")
    _change(account, name, **more)
    version = functions.publish_version(FunctionName=name)["Version"]
    functions.update_alias(FunctionName=name, Name="live", FunctionVersion=version)


def _change(account: Account, name: str, **more: str) -> None:
    functions = account.client("lambda")
    now = functions.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
    functions.update_function_configuration(FunctionName=name, Environment={"Variables": {**now, **more}})


def warm_up(account: Account, deployed: Deployment, say: Say) -> None:
    """Have Lambdas started before the first caller comes. Raises ChildFailed when they do not answer."""
    say("starting the functions")
    waiting = [(deployed.webhook_url, CALLERS), (deployed.fallback_url, 1)]
    asked = [Request(_path(account.aws_url, url, "/health")) for url, callers in waiting for _ in range(callers)]
    asked.append(Request(_path(account.aws_url, deployed.webhook_url, "/twilio/turn"), method="POST"))
    deadline = time.monotonic() + COLD_S
    with ThreadPoolExecutor(len(asked)) as pool:
        for trouble in pool.map(partial(_trouble, deadline=deadline), asked):
            if trouble:
                raise ChildFailed(f"The deployed functions do not answer within {COLD_S} s: {trouble}")


def _trouble(request: Request, deadline: float) -> str:
    """Ask until there is an answer; what went wrong last if there is none. One that starts too slowly starts again."""
    while True:
        try:
            with urlopen(request, timeout=COLD_S):
                return ""
        except HTTPError as error:
            if error.code == HTTPStatus.FORBIDDEN:  # not signed, says the Lambda: it has started
                return ""
            trouble = error.read(300).decode(errors="replace")
        except OSError as error:
            trouble = str(error)
        if time.monotonic() > deadline:
            return trouble
        time.sleep(LOOK_EVERY_S)


def _path(aws_url: str, public_url: str, path: str) -> str:
    """Of an API, by the emulator's own address: under the API's name the emulator answers for itself."""
    api = (urlsplit(public_url).hostname or "").partition(".")[0]
    return f"{aws_url}/_aws/execute-api/{api}/$default{path}"
