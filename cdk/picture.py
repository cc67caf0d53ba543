"""The architecture as a picture, drawn from the synthesised templates and nothing else (`make guides`).

A box is a resource someone would name when explaining the product. What no template mentions is not drawn.
"""

import re
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from html import escape
from itertools import groupby
from pathlib import Path

from cdk.arrows import ALARMS, OUTSIDE, PEOPLE, SERVICES, TWILIO, Arrow, arrows, joined, model_hosts
from cdk.templates import Json, Key, Templates

PICTURE = Path("docs/architecture.svg")
_LAYOUT = Path(__file__).with_name("layout.mjs")
_LAYOUT_S = 60

_DOOR, _WORK, _KEPT, _TOLD, _OTHERS = "#fdf1d7", "#ffffff", "#e3f1e4", "#f6e3e3", "#ececec"
_BOXES = {
    "AWS::ApiGatewayV2::Api": ("API", _DOOR),
    "AWS::CloudFront::Distribution": ("CloudFront", _DOOR),
    "AWS::ElasticLoadBalancingV2::LoadBalancer": ("load balancer", _DOOR),
    "AWS::ECR::Repository": ("image", _WORK),
    "AWS::ECS::Service": ("Fargate service", _WORK),
    "AWS::Lambda::Function": ("Lambda", _WORK),
    "AWS::StepFunctions::StateMachine": ("state machine", _WORK),
    "AWS::DynamoDB::GlobalTable": ("table", _KEPT),
    "AWS::Events::EventBus": ("event bus", _KEPT),
    "AWS::SQS::Queue": ("queue", _KEPT),
    "AWS::SSM::Parameter": ("parameter", _KEPT),
    "AWS::SecretsManager::Secret": ("secret", _KEPT),
    "AWS::SNS::Topic": ("alarm topic", _TOLD),
}
_STYLE = """  rankdir=LR; newrank=true; nodesep=0.22; ranksep=0.7; pad=0.2
  fontname="Helvetica"; fontsize=13; labeljust=l; bgcolor="white"
  node [shape=box, style="rounded,filled", color="#7a8699", fontname="Helvetica", fontsize=11, margin="0.13,0.07"]
  edge [fontname="Helvetica", fontsize=9, fontcolor="#444444", color="#555555", arrowsize=0.7]"""


@dataclass(frozen=True, slots=True)
class Box:
    """Something that is drawn: a word for what it is, and what there is to say of it."""

    key: Key
    word: str
    said: tuple[str, ...]
    colour: str
    in_network: bool = False

    @property
    def id(self) -> str:
        """For the layout, and without CDK's hash: a picture changes when the house does."""
        return re.sub(r"\W", "", f"{self.key[0]}_{_named(self.key)}")

    def dot(self) -> str:
        label = "<BR/>".join((f"<B>{escape(self.word)}</B>", *map(escape, self.said)))
        return f'{self.id} [label=<{label}>, fillcolor="{self.colour}"]'


def dot(t: Templates) -> str:
    """The picture in Graphviz' language: one frame for each stack."""
    boxes = {box.key: box for box in _boxes(t)}
    lines = list(joined(arrows(t), boxes))
    drawn = {end for line in lines for end in (line.source, line.target)}
    boxes = {key: box for key, box in boxes.items() if key in drawn}
    parts = [f"  {box.dot()}" for key, box in boxes.items() if key in (TWILIO, PEOPLE)]
    providers = [box for key, box in boxes.items() if key[0] == OUTSIDE and key not in (TWILIO, PEOPLE)]
    parts += _frame("providers", "providers", "#f7f7f7", providers)
    for stack, description in t.stacks.items():
        mine = [box for key, box in boxes.items() if key[0] == stack]
        inner = _frame(f"{stack}_network", _network(t, stack), "#e2eaf5", [box for box in mine if box.in_network])
        outer = [box for box in mine if not box.in_network]
        parts += _frame(stack, f"{stack}: {description.split(': ')[-1]}", "#f1f5fa", outer, inner)
    parts += [_line(line, boxes) for line in lines]
    return "\n".join(["digraph {", _STYLE, *parts, "}", ""])


def svg(source: str) -> str:
    """Graphviz' drawing of it. Raises CalledProcessError with what the layout said."""
    ran = subprocess.run(
        ["node", str(_LAYOUT)], input=source, capture_output=True, text=True, check=True, timeout=_LAYOUT_S
    )
    return ran.stdout


def _frame(name: str, title: str, colour: str, boxes: Iterable[Box], inner: Iterable[str] = ()) -> list[str]:
    inside = [*inner, *(f"    {box.dot()}" for box in boxes)]
    if not inside:
        return []
    look = f'style="rounded,filled"; fillcolor="{colour}"; color="#b4bfcf"'
    return [f"  subgraph cluster_{name} {{ label=<<B>{escape(title)}</B>>; {look}", *inside, "  }"]


def _line(line: Arrow, boxes: dict[Key, Box]) -> str:
    style = ", style=dashed" * line.watching + ", constraint=false" * line.leads_back
    return f'  {boxes[line.source].id} -> {boxes[line.target].id} [label="{escape(line.label)}"{style}]'


def _boxes(t: Templates) -> Iterator[Box]:
    yield Box(TWILIO, "Twilio", (), _OTHERS)
    yield Box(PEOPLE, "people", ("at desks",), _OTHERS)
    for name in dict.fromkeys((*SERVICES.values(), *(host for _, host in model_hosts(t)))):
        yield Box((OUTSIDE, name), name, (), _OTHERS)
    for kind, (word, colour) in _BOXES.items():
        for key, properties in t.all(kind):
            if kind != "AWS::Lambda::Function" or str(properties["Handler"]).startswith("functions."):
                in_network = "NetworkConfiguration" in properties or "Subnets" in properties
                yield Box(key, word, tuple(_said(t, key, properties)), colour, in_network)
    for stack, alarms in groupby(t.all("AWS::CloudWatch::Alarm"), lambda found: found[0][0]):
        yield Box((stack, ALARMS), "alarms", tuple(_named(key) for key, _ in alarms), _TOLD)


def _said(t: Templates, key: Key, properties: Json) -> Iterator[str]:
    """What a box says under its word."""
    match t.kind(key):
        case "AWS::ApiGatewayV2::Api":
            yield str(properties["Description"])
        case "AWS::Lambda::Function":
            *module, function = str(properties["Handler"]).split(".")
            yield "/".join(module) + ".py" + ("" if function == "handler" else f": {function}")
        case "AWS::ECS::Service":
            yield from _tasks(t, key, properties)
        case "AWS::ElasticLoadBalancingV2::LoadBalancer":
            yield str(properties["Scheme"])
        case "AWS::ECR::Repository":
            yield "from CodeBuild" if any(t.all("AWS::CodeBuild::Project")) else ""
        case "AWS::SSM::Parameter":
            yield str(properties["Name"])
        case "AWS::CloudFront::Distribution" | "AWS::SNS::Topic":
            return
        case _:
            yield _named(key)


def _tasks(t: Templates, service: Key, properties: Json) -> Iterator[str]:
    """How many tasks there are, and how large one is."""
    for (stack, _), target in t.all("AWS::ApplicationAutoScaling::ScalableTarget"):
        if service in t.refs(stack, target["ResourceId"]):
            yield f"{target['MinCapacity']} to {target['MaxCapacity']} tasks"
    for task in t.refs(service[0], properties["TaskDefinition"]):
        size = t.properties(task)
        yield f"{int(size['Cpu']) / 1024:g} vCPU, {int(size['Memory']) / 1024:g} GB each"


def _network(t: Templates, stack: str) -> str:
    subnets, gateways = (
        sum(key[0] == stack for key, _ in t.all(kind)) for kind in ("AWS::EC2::Subnet", "AWS::EC2::NatGateway")
    )
    return f"VPC: {subnets} subnets, {gateways} NAT gateway{'s' if gateways > 1 else ''}"


def _named(key: Key) -> str:
    """A logical id without CDK's hash and without the construct it lives in: `DataCalls65668772` is `Calls`."""
    name = re.sub(r"[0-9A-F]{8}$", "", key[1])
    return re.sub(r"^(Data|Telephony|Fallback|Streaming|Alarms)(?=[A-Z])", "", name)
