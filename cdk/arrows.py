"""What leads to what in a deployment: routes, permissions, readers of queues, references, as templates hold them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from cdk.templates import Json, Key, Templates

OUTSIDE = ""
"""The stack of what is not ours."""
TWILIO = (OUTSIDE, "Twilio")
PEOPLE = (OUTSIDE, "People")
ALARMS = "Alarms"
"""All alarms of one stack are drawn as one."""
SERVICES = {"transcribe": "Amazon Transcribe", "polly": "Amazon Polly", "bedrock": "Amazon Bedrock"}
"""Reached by permissions that name no resource."""

_MESSAGES, _CHANGES = "messages", "changes"
_RECEIVES = "receives"
# What is allowed besides reading and writing, which go without saying.
_VERBS = {
    "sends": ("SendMessage", "Publish"),
    "starts": ("StartExecution", "Invoke"),
    _RECEIVES: ("ReceiveMessage", "GetRecords"),
}


@dataclass(frozen=True, slots=True)
class Arrow:
    source: Key
    target: Key
    label: str = ""
    watching: bool = False
    """The target looks at the source, which does not know of it."""

    @property
    def leads_back(self) -> bool:
        """From where things end to where something else begins: a layout should not put all of that behind it."""
        return self.label == _CHANGES


def arrows(t: Templates) -> Iterator[Arrow]:
    """All of them, between resources of any kind."""
    for find in (_doors, _routes, _media, _messages, _permissions, _models, _addresses, _alarms):
        yield from find(t)


def model_hosts(t: Templates) -> Iterator[tuple[Key, str]]:
    """Who calls a language model, and on which host."""
    for key, service in t.all("AWS::ECS::Service"):
        for task in t.refs(key[0], service["TaskDefinition"]):
            for container in t.properties(task)["ContainerDefinitions"]:
                for item in container.get("Environment", []):
                    if item["Name"] == "OPENAI_BASE_URL":
                        yield key, str(urlsplit(item["Value"]).hostname)
    for key, function in t.all("AWS::Lambda::Function"):
        if url := function.get("Environment", {}).get("Variables", {}).get("OPENAI_BASE_URL"):
            yield key, str(urlsplit(url).hostname)


def _doors(t: Templates) -> Iterator[Arrow]:
    """Where Twilio comes in, and people at desks."""
    for (stack, _), route in t.all("AWS::ApiGatewayV2::Route"):
        for who, said in _comes(str(route["RouteKey"]), signed_in=route.get("AuthorizationType") == "JWT"):
            yield from (Arrow(who, api, said.replace("{proxy+}", "…")) for api in t.refs(stack, route["ApiId"]))
    yield from (Arrow(TWILIO, key, "media stream") for key, _ in t.all("AWS::CloudFront::Distribution"))
    for key, balancer in t.all("AWS::ElasticLoadBalancingV2::LoadBalancer"):
        if balancer["Scheme"] == "internet-facing":
            yield Arrow(TWILIO, key, "media stream")


def _comes(route: str, *, signed_in: bool) -> Iterator[tuple[Key, str]]:
    """Who comes by a route, and what is said of it."""
    if signed_in:
        yield PEOPLE, route.partition(" ")[2]
    elif route == "$connect":
        yield PEOPLE, "WebSocket"
    elif route.startswith("POST "):
        yield TWILIO, route


def _routes(t: Templates) -> Iterator[Arrow]:
    for (stack, _), integration in t.all("AWS::ApiGatewayV2::Integration"):
        for api in t.refs(stack, integration["ApiId"]):
            yield from (Arrow(api, function) for function in _functions(t, stack, integration["IntegrationUri"]))


def _functions(t: Templates, stack: str, value: object) -> Iterator[Key]:
    """What a value names; for the alias of a Lambda, the Lambda."""
    for key in t.refs(stack, value):
        if t.kind(key) == "AWS::Lambda::Alias":
            yield from t.refs(key[0], t.properties(key)["FunctionName"])
        else:
            yield key


def _media(t: Templates) -> Iterator[Arrow]:
    """The way of the sound, and where the tasks' image comes from."""
    for key, distribution in t.all("AWS::CloudFront::Distribution"):
        origins = t.refs(key[0], distribution["DistributionConfig"]["Origins"])
        yield from (Arrow(key, origin, "VPC origin") for origin in origins)
    for key, service in t.all("AWS::ECS::Service"):
        groups = set(t.refs(key[0], service["LoadBalancers"]))
        for (stack, _), listener in t.all("AWS::ElasticLoadBalancingV2::Listener"):
            if groups & set(t.refs(stack, listener["DefaultActions"])):
                yield from (Arrow(balancer, key) for balancer in t.refs(stack, listener["LoadBalancerArn"]))
        for task in t.refs(key[0], service["TaskDefinition"]):
            for used in t.refs(task[0], t.properties(task)["ContainerDefinitions"]):
                if t.kind(used).startswith("Custom::"):
                    yield from (Arrow(found, key) for found in t.refs(used[0], t.properties(used)["repositoryUri"]))


def _messages(t: Templates) -> Iterator[Arrow]:
    """What queues, buses and the streams of tables hand on."""
    for (stack, _), mapping in t.all("AWS::Lambda::EventSourceMapping"):
        for source in t.refs(stack, mapping["EventSourceArn"]):
            said = _MESSAGES if t.kind(source) == "AWS::SQS::Queue" else _CHANGES
            yield from (Arrow(source, found, said) for found in _functions(t, stack, mapping["FunctionName"]))
    for key, queue_ in t.all("AWS::SQS::Queue"):
        yield from (Arrow(key, dead, "given up") for dead in t.refs(key[0], queue_.get("RedrivePolicy")))
    for (stack, _), rule in t.all("AWS::Events::Rule"):
        for bus in t.refs(stack, rule.get("EventBusName")):
            for target in rule["Targets"]:
                yield from (Arrow(bus, found, "events") for found in _functions(t, stack, target["Arn"]))


def _permissions(t: Templates) -> Iterator[Arrow]:
    for (stack, _), policy in t.all("AWS::IAM::Policy"):
        holders = [holder for role in policy["Roles"] for holder in _holders(t, (stack, role["Ref"]))]
        for statement in policy["PolicyDocument"]["Statement"]:
            yield from (arrow for holder in holders for arrow in _allowed(t, stack, holder, statement))


def _allowed(t: Templates, stack: str, holder: Key, statement: Json) -> Iterator[Arrow]:
    actions = [statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"]
    names = [str(action).split(":")[1] for action in actions]
    verbs = ", ".join(verb for verb, starts in _VERBS.items() if any(name.startswith(starts) for name in names))
    if "ecr:BatchGetImage" not in actions:  # an image is pulled, and drawn the other way
        yield from (Arrow(holder, target, verbs) for target in t.refs(stack, statement["Resource"]))
    services = (SERVICES.get(str(action).split(":")[0]) for action in actions)
    yield from (Arrow(holder, (OUTSIDE, service)) for service in services if service)


def _holders(t: Templates, role: Key) -> Iterator[Key]:
    """Whoever acts in a role: a Lambda, a state machine, or the service that runs the task."""
    for key, actor in t.all("AWS::Lambda::Function", "AWS::StepFunctions::StateMachine"):
        if role in t.refs(key[0], actor.get("Role", actor.get("RoleArn"))):
            yield key
    for key, service in t.all("AWS::ECS::Service"):
        for task in t.refs(key[0], service["TaskDefinition"]):
            roles = [t.properties(task).get(name) for name in ("TaskRoleArn", "ExecutionRoleArn")]
            if role in t.refs(task[0], roles):
                yield key


def _models(t: Templates) -> Iterator[Arrow]:
    return (Arrow(caller, (OUTSIDE, host)) for caller, host in model_hosts(t))


def _addresses(t: Templates) -> Iterator[Arrow]:
    for key, parameter in t.all("AWS::SSM::Parameter"):
        yield from (Arrow(named, key, "address") for named in t.refs(key[0], parameter["Value"]))


def _alarms(t: Templates) -> Iterator[Arrow]:
    """What alarms watch, and whom they tell. A figure made of log lines is watched where the lines are written."""
    for (stack, _), alarm in t.all("AWS::CloudWatch::Alarm"):
        for metric in _metrics(alarm):
            yield from (Arrow(key, (stack, ALARMS), watching=True) for key in _watched(t, stack, metric))
        yield from (Arrow((stack, ALARMS), topic) for topic in t.refs(stack, alarm["AlarmActions"]))


def _metrics(alarm: Json) -> Iterator[Json]:
    """The alarm's own metric, or those that it calculates with."""
    if "Namespace" in alarm:
        yield alarm
    for term in alarm.get("Metrics", []):
        if "MetricStat" in term:
            yield term["MetricStat"]["Metric"]


def _watched(t: Templates, stack: str, metric: Json) -> Iterator[Key]:
    if str(metric["Namespace"]).startswith("AWS/"):
        yield from t.refs(stack, metric.get("Dimensions"))
        return
    yield from (key for key, _ in t.all("AWS::ECS::Service") if key[0] == stack)
    for (where, _), lines in t.all("AWS::Logs::MetricFilter"):
        if metric["MetricName"] in [change["MetricName"] for change in lines["MetricTransformations"]]:
            yield from _loggers(t, set(t.refs(where, lines["LogGroupName"])))


def _loggers(t: Templates, groups: set[Key]) -> Iterator[Key]:
    for key, function in t.all("AWS::Lambda::Function"):
        if groups & set(t.refs(key[0], function.get("LoggingConfig"))):
            yield key


def joined(found: Iterable[Arrow], drawn: Iterable[Key]) -> Iterator[Arrow]:
    """Those between what is drawn; one for all that go the same way; none back from a reader to what it reads."""
    ends = set(drawn)
    between = [a for a in found if a.source in ends and a.target in ends and a.source != a.target]
    handed_on = {(a.target, a.source) for a in between if a.label in (_MESSAGES, _CHANGES)}
    labels: dict[tuple[Key, Key, bool], list[str]] = {}
    for arrow in between:
        way = (arrow.source, arrow.target)
        if not (arrow.label.endswith(_RECEIVES) and way in handed_on):
            labels.setdefault((*way, arrow.watching), []).append(arrow.label)
    for (source, target, watching), said in labels.items():
        yield Arrow(source, target, ", ".join(dict.fromkeys(filter(None, said))), watching)
