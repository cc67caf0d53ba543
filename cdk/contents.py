"""What is deployed is made of: the files, locks and calls of AWS of each Lambda and of the image. Data only."""

from dataclasses import dataclass, field

from cdk.botocore_data import Calls


@dataclass(frozen=True, slots=True)
class LambdaPackage:
    """One Lambda's zip: our files as named by `sources` (globs from the root), and what `lock` names."""

    name: str
    sources: tuple[str, ...]
    ceiling: int
    """Bytes of the zip above which the build fails."""
    lock: str | None = None
    aws: Calls = field(default_factory=dict)
    """What it calls of AWS; botocore knows nothing else there."""
    agents: str | None = None
    """Agent files (glob), put into `agents/` ready to use."""
    page: bool = False
    """Whether the desk's page goes into `page/`, bundled."""


CORE = (
    "shared/core/*.py",
    "shared/core/languages/*.py",
    "shared/core/rules/__init__.py",
    "shared/core/rules/person.py",
    "shared/core/rules/question.py",
)
"""All but the law of calling, which only campaigns ask."""

TELEPHONY = LambdaPackage(
    "telephony",
    (
        "functions/*.py",
        "shared/*.py",
        "shared/adapters/__init__.py",
        "shared/adapters/aws_settings.py",
        "shared/adapters/dynamodb_calls.py",
        "shared/adapters/dynamodb_campaigns/*.py",
        "shared/adapters/dynamodb_desk/__init__.py",
        "shared/adapters/dynamodb_desk/follow_ups.py",
        "shared/adapters/dynamodb_desk/people.py",
        "shared/adapters/dynamodb_desk/rows.py",
        "shared/adapters/dynamodb_ledger.py",
        "shared/adapters/dynamodb_payments.py",
        "shared/adapters/dynamodb_transfers.py",
        "shared/adapters/stripe.py",
        "shared/adapters/twilio_calls.py",
        "shared/adapters/twilio_messages.py",
        "shared/adapters/dynamodb_roster.py",
        "shared/adapters/ecs_service.py",
        *CORE,
        "shared/ports/*.py",
        "shared/usecases/*.py",
        "shared/wire/*.py",
    ),
    4_600_000,
    lock="functions/requirements.lock",
    aws={
        "dynamodb": ("GetItem", "PutItem", "Query", "TransactWriteItems", "UpdateItem"),
        "ecs": ("DescribeServices", "UpdateService"),
        "secretsmanager": ("GetSecretValue",),
        "ssm": ("GetParameter",),
    },
    agents="agents/*.yaml",
)
TURNS = LambdaPackage(
    "turns",
    (
        *TELEPHONY.sources,
        "functions/turns/*.py",
        "shared/adapters/bedrock_chat.py",
        "shared/adapters/dynamodb_bookings.py",
        "shared/adapters/dynamodb_customers.py",
        "shared/adapters/openai_chat.py",
    ),
    8_500_000,
    lock="functions/turns.lock",
    aws={
        "bedrock-runtime": ("Converse", "ConverseStream"),
        "dynamodb": ("GetItem", "PutItem", "Query", "TransactWriteItems", "UpdateItem"),
        "ecs": ("DescribeServices", "UpdateService"),
        "secretsmanager": ("GetSecretValue",),
        "ssm": ("GetParameter",),
    },
    agents="agents/*.yaml",
)
AFTER_CALL = LambdaPackage(
    "after-call",
    (
        "functions/__init__.py",
        "functions/after_call.py",
        "functions/aws.py",
        "functions/crm.py",
        "functions/ended_calls.py",
        "functions/finished_calls.py",
        "shared/*.py",
        "shared/adapters/__init__.py",
        "shared/adapters/aws_settings.py",
        "shared/adapters/dynamodb_calls.py",
        "shared/adapters/dynamodb_campaigns/*.py",
        "shared/adapters/dynamodb_ledger.py",
        "shared/adapters/dynamodb_payments.py",
        "shared/adapters/dynamodb_stream.py",
        "shared/adapters/eventbridge.py",
        "shared/adapters/hubspot.py",
        "shared/adapters/sqs_queue.py",
        *CORE,
        "shared/ports/*.py",
        "shared/usecases/*.py",
        "shared/wire/*.py",
    ),
    3_300_000,
    lock="functions/after_call.lock",
    aws={
        "dynamodb": ("GetItem", "PutItem", "Query", "TransactWriteItems", "UpdateItem"),
        "events": ("PutEvents",),
        "secretsmanager": ("GetSecretValue",),
        "sqs": ("SendMessageBatch",),
    },
)
DESK = LambdaPackage(
    "desk",
    (
        "functions/__init__.py",
        "functions/aws.py",
        "functions/ready_agents.py",
        "functions/desk/*.py",
        "shared/*.py",
        "shared/adapters/__init__.py",
        "shared/adapters/apigateway_connections.py",
        "shared/adapters/aws_settings.py",
        "shared/adapters/dynamodb_calls.py",
        "shared/adapters/dynamodb_desk/*.py",
        "shared/adapters/dynamodb_transfers.py",
        "shared/adapters/twilio_calls.py",
        "shared/adapters/twilio_recordings.py",
        *CORE,
        "shared/ports/*.py",
        "shared/usecases/__init__.py",
        "shared/usecases/addresses.py",
        "shared/usecases/answers.py",
        "shared/usecases/stream_token.py",
        "shared/usecases/take_over.py",
        "shared/usecases/transfer.py",
        "shared/wire/__init__.py",
        "shared/wire/dynamodb_values.py",
        "shared/wire/next_step_rows.py",
        "shared/wire/twiml.py",
        "shared/wire/twiml_dialing.py",
    ),
    4_400_000,
    lock="functions/requirements.lock",
    aws={
        "apigatewaymanagementapi": ("PostToConnection",),
        "dynamodb": ("DeleteItem", "GetItem", "PutItem", "Query", "UpdateItem"),
        "secretsmanager": ("GetSecretValue",),
    },
    agents="agents/*.yaml",
    page=True,
)
CAMPAIGNS = LambdaPackage(
    "campaigns",
    (
        "campaigns/*.yaml",
        "docs/events/*.json",
        "functions/__init__.py",
        "functions/aws.py",
        "functions/campaigns/*.py",
        "shared/**/*.py",
    ),
    11_000_000,
    lock="functions/campaigns.lock",
    aws={
        "dynamodb": ("DeleteItem", "GetItem", "PutItem", "Query", "TransactWriteItems", "UpdateItem"),
        "events": ("PutEvents",),
        "secretsmanager": ("GetSecretValue",),
        "ssm": ("GetParameter",),
        "stepfunctions": ("SendTaskSuccess", "StartExecution"),
    },
)
FALLBACK = LambdaPackage(
    "fallback",
    (
        "functions/__init__.py",
        "functions/fallback.py",
        "shared/__init__.py",
        "shared/wire/__init__.py",
        "shared/wire/signature.py",
    ),
    20_000,
)
PYTHON_LAYER = LambdaPackage("python-layer", (), 90_000_000, lock="streaming/requirements.lock")
"""What the image installs. CodeBuild installs it anew; here it is only weighed."""
WEIGHED = (TELEPHONY, TURNS, AFTER_CALL, DESK, CAMPAIGNS, FALLBACK, PYTHON_LAYER)
IMAGE = (
    "streaming/Dockerfile",
    "streaming/requirements.lock",
    "streaming/**/*.py",
    "streaming/silero/matrices.onnx",
    "streaming/silero/NOTICE",
    "shared/**/*.py",
    "agents/**/*.yaml",
)
