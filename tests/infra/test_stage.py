"""A wrong or missing context value is one line, before anything is built."""

from dataclasses import asdict
from typing import Any

import pytest

from cdk.stage import Stage, StageError, read_stage
from cli.deployed import stage_file
from tests.infra.conftest import CONTEXT


def stage(**context: Any) -> Stage:
    return read_stage({"stages": {"prod": {}}, "stage": "prod", **context}.get)


@pytest.mark.parametrize("name", list(CONTEXT["stages"]))
def test_every_stage_of_cdk_json_can_be_read(name: str) -> None:
    assert read_stage({**CONTEXT, "stage": name}.get).name == name


def test_a_value_on_the_command_line_wins_over_the_files() -> None:
    read = stage(stages={"prod": {"calls_per_task": 10}}, calls_per_task="40", lines='{"+15550100123": "front_door"}')

    assert read.calls_per_task == 40
    assert read.lines == {"+15550100123": "front_door"}


@pytest.mark.parametrize(
    ("context", "told"),
    [
        ({"stage": "prd"}, "stage: there is no 'prd' in cdk.json; use -c stage= with one of prod"),
        ({"stage": None}, "stage: there is no None"),
        ({"stages": None}, "cdk.json: context.stages: is missing"),
        ({"stages": {"prod": {"tasks": 3}}}, "stage prod: tasks: Extra inputs"),
        ({"lines": "front_door"}, "stage: lines: is not JSON"),
        ({"lines": '{"555": "front_door"}'}, "stage prod: lines.555"),
        ({"lines": "{}"}, "stage prod: lines: "),
        ({"calls_per_task": "many"}, "stage prod: calls_per_task: Input should be a valid integer"),
        ({"calls_per_task": "0"}, "stage prod: calls_per_task: Input should be greater than or equal to 1"),
        ({"min_tasks": "9"}, "stage prod: max_tasks is less than min_tasks"),
        ({"idle": "cold"}, "stage prod: idle: Input should be 'warm' or 'zero'"),
        ({"idle": "zero", "min_tasks": "1"}, "stage prod: min_tasks: a stage with idle zero keeps none; leave it out"),
        ({"idle": "zero", "nat_gateways": "1"}, "stage prod: nat_gateways: a stage with idle zero keeps none"),
        ({"domain": "media.example.com"}, "stage prod: domain: give either hosted_zone_id or certificate_arn with it"),
        ({"domain": "https://media.example.com"}, "stage prod: domain: "),
        ({"certificate_arn": "arn:x"}, "stage prod: hosted_zone_id and certificate_arn go with a domain; give one"),
        ({"fallback_to": "5550100"}, "stage prod: fallback_to: "),
        ({"image": "docker"}, "stage prod: image: Input should be 'codebuild' or 'asset'"),
        ({"speech_to_text": "whisper"}, "stage prod: speech_to_text: String should match"),
        ({"text_to_speech": "polly,,cartesia"}, "stage prod: text_to_speech: String should match"),
        ({"language_model": "bedrock"}, "stage prod: bedrock_model: is missing, and language_model names bedrock"),
        ({"alarm_email": "me"}, "stage prod: alarm_email: "),
    ],
)
def test_what_is_wrong_is_told_in_one_line(context: dict[str, Any], told: str) -> None:
    with pytest.raises(StageError) as error:
        stage(**context)

    assert str(error.value).startswith(told)
    assert "\n" not in str(error.value)


def test_a_stages_name_becomes_part_of_names() -> None:
    assert stage(stages={"prod-eu": {}}, stage="prod-eu").title == "ProdEu"


@pytest.mark.parametrize("name", list(CONTEXT["stages"]))
def test_the_commands_take_a_stage_for_what_it_is(name: str) -> None:
    ours, theirs = read_stage({**CONTEXT, "stage": name}.get), stage_file.read_stage(name)

    assert asdict(theirs) == {field: getattr(ours, field) for field in asdict(theirs)}
    assert theirs.stack("Core") == f"Switchboard{ours.title}Core"
    assert theirs.parameter("stream-url") == ours.stream_url_parameter
