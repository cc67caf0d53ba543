"""Who may do what: all of it, listed."""

import json
import re
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from cdk.contents import CAMPAIGNS, TELEPHONY, TURNS, LambdaPackage
from tests.infra.conftest import ROOT, Deployment, Stack

WEBHOOKS = {
    "dynamodb:GetItem",
    "dynamodb:PutItem",
    "dynamodb:Query",
    "dynamodb:UpdateItem",
    "logs:CreateLogStream",
    "logs:PutLogEvents",
    "secretsmanager:GetSecretValue",
    "ssm:GetParameter",
}
TURN = WEBHOOKS
"""With the table of bookings it may do the same, and it reads one secret more: by resource, both."""
ASK_FOR_A_TASK = {"ecs:DescribeServices", "ecs:UpdateService"}
"""Where no task is kept while nobody calls."""
HAND_OVER = {
    "dynamodb:DescribeStream",
    "dynamodb:GetRecords",
    "dynamodb:GetShardIterator",
    "dynamodb:ListStreams",
    "logs:CreateLogStream",
    "logs:PutLogEvents",
    "sqs:SendMessage",
}
PUBLISH = {
    "dynamodb:GetItem",
    "dynamodb:PutItem",
    "dynamodb:Query",
    "dynamodb:UpdateItem",
    "events:PutEvents",
    "logs:CreateLogStream",
    "logs:PutLogEvents",
    "sqs:DeleteMessage",
    "sqs:GetQueueAttributes",
    "sqs:ReceiveMessage",
}
DESK = {
    "dynamodb:DeleteItem",
    "dynamodb:GetItem",
    "dynamodb:PutItem",
    "dynamodb:Query",
    "dynamodb:UpdateItem",
    "logs:CreateLogStream",
    "logs:PutLogEvents",
}
"""Of the calls table the API may read, and write what people say of a call and do with it; the others have nothing but
its stream."""
API = DESK | {"secretsmanager:GetSecretValue"}
"""It moves callers to people, which takes the carrier's credentials."""
SOCKET = DESK | {"execute-api:ManageConnections"}
PUSH = SOCKET | {
    "dynamodb:DescribeStream",
    "dynamodb:GetRecords",
    "dynamodb:GetShardIterator",
    "dynamodb:ListStreams",
}
OF_CHAINS = {
    "dynamodb:DeleteItem",
    "dynamodb:GetItem",
    "dynamodb:PutItem",
    "dynamodb:Query",
    "dynamodb:UpdateItem",
    "logs:CreateLogStream",
    "logs:PutLogEvents",
}
ACCEPT = OF_CHAINS | {
    "sqs:DeleteMessage",
    "sqs:GetQueueAttributes",
    "sqs:ReceiveMessage",
    "states:StartExecution",
}
STEP = OF_CHAINS | {
    "events:PutEvents",
    "secretsmanager:GetSecretValue",
    "ssm:GetParameter",
    "states:SendTaskSuccess",
}
"""Of the desk's table it may do less: put in what people have to do, and say what the agent has done of it."""
WAKE = {
    "dynamodb:DescribeStream",
    "dynamodb:GetRecords",
    "dynamodb:GetShardIterator",
    "dynamodb:ListStreams",
    "logs:CreateLogStream",
    "logs:PutLogEvents",
    "states:SendTaskSuccess",
}
SWEEP = {"dynamodb:Query", "logs:CreateLogStream", "logs:PutLogEvents", "states:StartExecution"}
TASK = {
    "dynamodb:GetItem",
    "dynamodb:PutItem",
    "dynamodb:Query",
    "dynamodb:UpdateItem",
    "ecs:GetTaskProtection",
    "ecs:UpdateTaskProtection",
    "polly:SynthesizeSpeech",
    "transcribe:StartStreamTranscriptionWebSocket",
}
EXECUTION = {
    "ecr:BatchCheckLayerAvailability",
    "ecr:BatchGetImage",
    "ecr:GetAuthorizationToken",
    "ecr:GetDownloadUrlForLayer",
    "logs:CreateLogStream",
    "logs:PutLogEvents",
    "secretsmanager:DescribeSecret",
    "secretsmanager:GetSecretValue",
}
FLOW_LOGS = {"logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"}
PREFIX_LIST = {"ec2:DescribeManagedPrefixLists"}
START_BUILD = {"codebuild:StartBuild", "iam:PassRole"}


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def statements(stack: Stack) -> Iterable[tuple[str, dict[str, Any]]]:
    """Each statement of an identity policy, with the role's logical id."""
    for kind in ("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy"):
        for policy in stack.all(kind).values():
            for role in policy["Properties"]["Roles"]:
                for statement in policy["Properties"]["PolicyDocument"]["Statement"]:
                    yield role["Ref"], statement
    for name, role in stack.all("AWS::IAM::Role").items():
        for policy in role["Properties"].get("Policies", ()):
            for statement in policy["PolicyDocument"]["Statement"]:
                yield name, statement


def actions(stack: Stack) -> dict[str, set[str]]:
    """What each role may do, by its logical id without its hash."""
    allowed: dict[str, set[str]] = {name[:-8]: set() for name in stack.all("AWS::IAM::Role")}
    for role, statement in statements(stack):
        assert statement["Effect"] == "Allow"
        allowed[role[:-8]].update(as_list(statement["Action"]))
    return allowed


def role(allowed: dict[str, set[str]], part: str) -> set[str]:
    found = [value for name, value in allowed.items() if part in name]
    assert len(found) == 1, (part, sorted(allowed))
    return found[0]


def test_r4_webhooks_and_what_follows_a_call_may_do_this_and_nothing_else(prod: Deployment) -> None:
    allowed = actions(prod.core)

    assert len(allowed) == 13
    assert role(allowed, "TelephonyWebhooksRole") == WEBHOOKS
    assert role(allowed, "TurnsTurnRole") == TURN
    assert role(allowed, "AfterCallHandOverRole") == HAND_OVER
    assert role(allowed, "AfterCallPublishRole") == PUBLISH
    assert role(allowed, "DeskApiRole") == API
    assert role(allowed, "DeskSocketRole") == SOCKET
    assert role(allowed, "DeskPushRole") == PUSH
    assert role(allowed, "CampaignsAcceptRole") == ACCEPT
    assert role(allowed, "CampaignsStepRole") == STEP
    assert role(allowed, "CampaignsWakeRole") == WAKE
    assert role(allowed, "CampaignsSweepRole") == SWEEP
    assert role(allowed, "CampaignsChainsRole") == role(allowed, "CampaignsClockRole") == {"lambda:InvokeFunction"}


def test_r4_where_no_task_is_kept_the_webhooks_may_start_one_of_that_service_and_nothing_else(zero: Deployment) -> None:
    allowed = actions(zero.core)
    resources = {
        json.dumps(statement["Resource"])
        for _, statement in statements(zero.core)
        if any(action.startswith("ecs:") for action in as_list(statement["Action"]))
    }

    assert role(allowed, "TelephonyWebhooksRole") == WEBHOOKS | ASK_FOR_A_TASK
    assert role(allowed, "TurnsTurnRole") == TURN | ASK_FOR_A_TASK
    assert role(actions(zero.stream), "StreamingTaskTaskRole") == TASK
    (resource,) = resources
    assert ":service/switchboard-prod/streaming" in resource
    assert "*" not in resource


def test_r4_the_fallback_may_read_its_one_secret_and_write_its_log(prod: Deployment) -> None:
    allowed = actions(prod.fallback)

    assert len(allowed) == 1
    assert role(allowed, "WebhooksRole") == {
        "logs:CreateLogStream",
        "logs:PutLogEvents",
        "secretsmanager:GetSecretValue",
    }


def test_r4_the_streaming_stack_has_these_roles_with_these_rights(prod: Deployment) -> None:
    allowed = actions(prod.stream)
    library = {name for name in allowed if name.startswith(("ContainerImageBuild", "DeployTimeBuild", "AWS679f"))}

    assert role(allowed, "StreamingTaskTaskRole") == TASK
    assert role(allowed, "StreamingTaskExecutionRole") == EXECUTION
    assert role(allowed, "FlowLog") == FLOW_LOGS
    assert role(allowed, "AWS679f") == PREFIX_LIST
    assert len(allowed) - len(library) == 3


def test_r4_a_model_on_bedrock_may_be_asked_and_no_other(with_others: Deployment) -> None:
    assert role(actions(with_others.stream), "StreamingTaskTaskRole") == TASK | {
        "bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream",
    }  # fmt: skip
    for stack in (with_others.core, with_others.stream):
        (resources,) = [s["Resource"] for _, s in statements(stack) if "bedrock:InvokeModel" in s["Action"]]
        profile, model = sorted(map(json.dumps, resources), key=len, reverse=True)
        assert ":bedrock:*::foundation-model/anthropic.claude-haiku-4-5-20251001-v1:0" in model
        assert ":inference-profile/us.anthropic.claude-haiku-4-5-20251001-v1:0" in profile


def test_r4_what_has_a_resource_is_allowed_on_that_resource_only(prod: Deployment) -> None:
    without_resource = {
        "ec2:DescribeManagedPrefixLists",
        "ecr:GetAuthorizationToken",
        "polly:SynthesizeSpeech",
        "transcribe:StartStreamTranscriptionWebSocket",
    }
    everywhere = defaultdict(set)
    for stack in prod:
        for name, statement in statements(stack):
            if "*" in as_list(statement["Resource"]) and not name.startswith("ContainerImageBuild"):
                everywhere[name].update(as_list(statement["Action"]))

    assert set().union(*everywhere.values()) == without_resource


def asked_of_aws(adapter: str) -> set[str]:
    """The DynamoDB actions that an adapter's calls need."""
    source = (ROOT / "shared" / "adapters" / adapter).read_text()
    calls = set(re.findall(r"_client\.(\w+)\(", source)) | set(re.findall(r"get_paginator\(\"(\w+)\"\)", source))
    needs = {"transact_write_items": "put_item"}
    names = {needs.get(call, call) for call in calls} - {"get_paginator"}
    return {"dynamodb:" + "".join(part.capitalize() for part in name.split("_")) for name in names}


def test_r4_the_tables_allow_what_the_adapters_ask_and_no_more() -> None:
    assert asked_of_aws("dynamodb_calls.py") == {action for action in WEBHOOKS if action.startswith("dynamodb:")}
    assert asked_of_aws("dynamodb_desk/rows.py") == {action for action in DESK if action.startswith("dynamodb:")}
    assert asked_of_aws("dynamodb_roster.py") == {"dynamodb:Query", "dynamodb:UpdateItem"}
    of_bookings = {f"dynamodb:{action}" for action in ("GetItem", "PutItem", "Query", "UpdateItem")}
    assert asked_of_aws("dynamodb_bookings.py") == of_bookings
    assert asked_of_aws("dynamodb_customers.py") == {"dynamodb:PutItem", "dynamodb:UpdateItem"}


def test_r4_a_package_knows_the_calls_that_its_role_may_make() -> None:
    of_a_role = {action for action in WEBHOOKS | ASK_FOR_A_TASK if not action.startswith("logs:")}

    of_a_role.add("dynamodb:TransactWriteItems")  # which takes the rights of what is written
    assert called(TELEPHONY) == of_a_role
    assert called(TURNS) == of_a_role | {"bedrock-runtime:Converse", "bedrock-runtime:ConverseStream"}
    of_chains = {action for action in ACCEPT | STEP | WAKE | SWEEP if not action.startswith(("logs:", "sqs:"))}
    by_lambda = {f"dynamodb:{call}" for call in ("DescribeStream", "GetRecords", "GetShardIterator", "ListStreams")}
    by_botocore = {action.replace("stepfunctions:", "states:") for action in called(CAMPAIGNS)}
    assert by_botocore == of_chains - by_lambda | {"dynamodb:TransactWriteItems"}


def called(package: LambdaPackage) -> set[str]:
    return {f"{service}:{call}" for service, calls in package.aws.items() for call in calls}


def test_r4_no_policy_has_a_star_for_its_actions(prod: Deployment) -> None:
    stars = [
        (name, action)
        for stack in prod
        for name, statement in statements(stack)
        for action in as_list(statement["Action"])
        if action.endswith("*") and not name.startswith("ContainerImageBuild")
    ]
    assert stars == []


def test_r4_only_the_service_and_the_account_are_let_in(prod: Deployment) -> None:
    """Nothing of ours can be assumed, invoked or read from another account."""
    for stack in prod:
        for role_ in stack.all("AWS::IAM::Role").values():
            for statement in role_["Properties"]["AssumeRolePolicyDocument"]["Statement"]:
                assert set(statement["Principal"]) == {"Service"}
        for permission in stack.all("AWS::Lambda::Permission").values():
            assert permission["Properties"]["Principal"] == "apigateway.amazonaws.com"
            assert "execute-api" in json.dumps(permission["Properties"]["SourceArn"])


def test_r4_stripes_key_is_read_by_the_webhooks_alone_and_only_where_links_are_sent(
    dev: Deployment, prod: Deployment
) -> None:
    readers = [name for name, said in statements(dev.core) if "StripeApiKey" in json.dumps(said)]

    assert [name.startswith("TelephonyWebhooksRole") for name in readers] == [True]
    assert "StripeApiKey" not in dev.stream.text
    assert "StripeApiKey" not in prod.core.text
    routes = [route["Properties"]["RouteKey"] for route in dev.core.all("AWS::ApiGatewayV2::Route").values()]
    assert "POST /stripe/events" in routes
