"""The CRM, for a stage that has one."""

from shared.settings import CrmSettings
from tests.infra.conftest import Deployment
from tests.infra.test_permissions import actions, role

NOTE = {
    "dynamodb:PutItem",
    "dynamodb:Query",
    "logs:CreateLogStream",
    "logs:PutLogEvents",
    "secretsmanager:GetSecretValue",
    "sqs:DeleteMessage",
    "sqs:GetQueueAttributes",
    "sqs:ReceiveMessage",
}


def test_i1_r4_notes_may_be_made_and_nothing_else(with_others: Deployment) -> None:
    assert role(actions(with_others.core), "CrmNoteRole") == NOTE


def test_i1_a_stage_has_none_unless_it_says_so(prod: Deployment) -> None:
    assert not [name for name in prod.core.all("AWS::SQS::Queue") if name.startswith("Crm")]


def test_o5_what_calls_come_to_is_noted(with_others: Deployment) -> None:
    (rule,) = [r["Properties"] for n, r in with_others.core.all("AWS::Events::Rule").items() if n.startswith("Crm")]
    assert rule["EventPattern"] == {
        "source": ["switchboard"],
        "detail-type": ["call.finished", "attempt.completed"],
    }


def test_i1_its_lambda_is_told_what_it_reads(with_others: Deployment) -> None:
    given = with_others.core.one("AWS::Lambda::Function", "CrmNote")["Environment"]["Variables"]
    plain = {name.removesuffix("_SECRET"): "x" for name in given} | {"AWS_REGION": "eu-west-1"}
    assert CrmSettings.from_environment(plain).calls_table == "x"


def test_p6_what_is_stuck_wakes_somebody(with_others: Deployment) -> None:
    found = with_others.core.all("AWS::CloudWatch::Alarm").values()
    assert any(alarm["Properties"]["AlarmName"].endswith("CrmStuck") for alarm in found)
