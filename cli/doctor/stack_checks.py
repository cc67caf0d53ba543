"""The stacks: whether they are up, and the tasks that hold the calls."""

from collections.abc import Iterator

from cli.deployed.aws import Aws
from cli.deployed.refusal import Refusal
from cli.deployed.stacks import Deployed, Stack
from cli.deployed.stage_file import Stage
from cli.doctor.finding import Check, Finding, Group, ok, warning, wrong


def checks(aws: Aws, deployed: Deployed) -> list[Check]:
    if not deployed.stacks:
        name = deployed.stage.name
        fix = f"make deploy STAGE={name}"
        return [Check(Group.STACKS, "Stacks", lambda: [wrong(f"{name} is not deployed in {deployed.region}", fix)])]
    parts = ((deployed.core, "Core"), (deployed.stream, "Stream"), (deployed.fallback, "Fallback"))
    found = [Check(Group.STACKS, part, _Up(deployed, stack, part)) for stack, part in parts]
    found.append(Check(Group.STACKS, "Alarms", lambda: [_alarms(deployed.stage)]))
    if deployed.stream and deployed.stream.usable:
        found.append(Check(Group.STACKS, "Streaming service", lambda: _service(aws, deployed)))
    return found


class _Up:
    def __init__(self, deployed: Deployed, stack: Stack | None, part: str) -> None:
        self._deployed = deployed
        self._stack = stack
        self._part = part

    def __call__(self) -> Iterator[Finding]:
        try:
            self._deployed.address(self._part)
        except Refusal as refusal:
            told, _, fix = str(refusal).partition("; ")
            yield wrong(told, fix)
            return
        assert self._stack is not None
        told = f"{self._stack.name}: {self._stack.status} in {self._stack.region}"
        if "ROLLBACK" in self._stack.status:
            stage = self._deployed.stage.name
            yield warning(
                f"{told}: the last update was taken back", f"make deploy STAGE={stage}, and read why it fails"
            )
        else:
            yield ok(told)


def _alarms(stage: Stage) -> Finding:
    if stage.alarm_email is None:
        fix = f"give the stage an alarm_email in cdk.json, then make deploy STAGE={stage.name}"
        return warning("nobody is told of alarms", fix)
    return ok(f"{stage.alarm_email} is told of alarms, once AWS's mails are confirmed")


def _service(aws: Aws, deployed: Deployed) -> Iterator[Finding]:
    assert deployed.stream is not None
    outputs = deployed.stream.outputs
    answer = aws.client("ecs").describe_services(cluster=outputs["Cluster"], services=[outputs["Service"]])
    services = [service for service in answer["services"] if service["status"] == "ACTIVE"]
    look = f"ECS console, cluster {outputs['Cluster']}, service {outputs['Service']}: Events and Logs say why"
    if not services:
        yield wrong("the streaming service is gone", f"make deploy STAGE={deployed.stage.name}")
        return
    running, wanted = services[0]["runningCount"], services[0]["desiredCount"]
    told = f"{running} of {wanted} tasks run"
    if running == 0:
        yield wrong(f"{told}: nobody takes a call", look)
    elif running < wanted:
        yield warning(told, look)
    else:
        yield ok(told)
