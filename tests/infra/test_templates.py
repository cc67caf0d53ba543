"""What the templates promise."""

import ast
import dataclasses
import inspect
from typing import Any

import pytest

from cdk import webhooks
from cli.deployed import stacks as deployed
from cli.deployed import stage_file
from cli.doctor.quotas import VCPU_A_TASK
from shared import campaign_settings, settings
from shared.adapters import dynamodb_bookings, dynamodb_calls
from tests.infra.conftest import OTHERS, ROOT, Deployment, Stack

FUNCTION = "AWS::Lambda::Function"
TURN = "/twilio/turn"
NOT_GIVEN = {
    "TRANSCRIBE_URL", "DEEPGRAM_URL", "DEEPGRAM_MODEL", "CARTESIA_URL", "CARTESIA_MODEL", "ELEVENLABS_URL",
    "ELEVENLABS_MODEL", "OPENAI_REALTIME_URL", "OPENAI_TRANSCRIPTION_MODEL", "TWILIO_API_URL", "ECS_AGENT_URI",
}  # fmt: skip
"""For the laptop, or as the vendor has it; and set by ECS itself."""
STRIPE = {"STRIPE_API_KEY", "STRIPE_API_URL"}
"""For stages that send links to pay by."""
KEYS = {"DEEPGRAM_API_KEY", "CARTESIA_API_KEY", "ELEVENLABS_API_KEY"}
"""Of vendors that are not chosen unless told otherwise."""
METRICS = "METRICS_NAMESPACE"
"""Read before any settings, for the first line that is logged."""
TABLE = "AWS::DynamoDB::GlobalTable"


def environment(container: dict[str, Any]) -> dict[str, Any]:
    return {item["Name"]: item["Value"] for item in container["Environment"]}


def container(stack: Stack) -> dict[str, Any]:
    return dict(stack.one("AWS::ECS::TaskDefinition")["ContainerDefinitions"][0])


def names_read(model: type) -> set[str]:
    """The environment variables a settings model reads: its fields in capitals."""
    nested = {
        "models": settings.ModelSettings,
        "orders": settings.OrderSettings,
        "providers": settings.ProviderSettings,
        "webhooks": settings.WebhookSettings,
    }
    each = [
        names_read(nested[field.name]) if field.name in nested else {field.name.upper()}
        for field in dataclasses.fields(model)
    ]
    return set().union(*each)


def constant(path: str, name: str) -> Any:
    """A constant of a module whose packages are not installed here."""
    for node in ast.parse((ROOT / path).read_text()).body:
        match node:
            case ast.Assign(targets=[ast.Name(id=found)], value=ast.Constant(value)) if found == name:
                return value
            case ast.AnnAssign(target=ast.Name(id=found), value=ast.Constant(value)) if found == name:
                return value
    raise AssertionError(f"{path} has no constant {name}")


# --- data


@pytest.mark.parametrize(
    ("part", "spec", "expires"),
    [("Calls", dynamodb_calls.table_spec("x"), True), ("Bookings", dynamodb_bookings.table_spec("x"), False)],
)
def test_p4_the_tables_are_those_that_the_adapters_speak_to(
    prod: Deployment, part: str, spec: dict[str, Any], expires: bool
) -> None:
    table = prod.core.one(TABLE, part)

    for key in ("KeySchema", "AttributeDefinitions", "BillingMode"):
        assert table[key] == spec[key]
    expiry = {"AttributeName": dynamodb_calls.EXPIRY_ATTRIBUTE, "Enabled": True}
    assert table.get("TimeToLiveSpecification") == (expiry if expires else None)


def test_r4_tables_are_encrypted_kept_and_can_be_restored(prod: Deployment) -> None:
    for table in prod.core.all(TABLE).values():
        assert table["DeletionPolicy"] == table["UpdateReplacePolicy"] == "Retain"
        assert table["Properties"]["SSESpecification"] == {"SSEEnabled": True, "SSEType": "KMS"}
        for replica in table["Properties"]["Replicas"]:
            assert replica["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
            assert replica["DeletionProtectionEnabled"] is True


def test_a_stage_that_keeps_nothing_leaves_nothing_behind(dev: Deployment) -> None:
    kept = [
        name
        for stack in dev
        for name, resource in stack.template["Resources"].items()
        if resource.get("DeletionPolicy") in ("Retain", "RetainExceptOnCreate")
    ]
    assert [name for name in kept if "Version" not in name and "Repository" not in name] == []


def test_r4_no_secret_is_in_a_template(prod: Deployment) -> None:
    for stack in prod:
        assert "resolve:secretsmanager" not in stack.text
        for secret in stack.all("AWS::SecretsManager::Secret").values():
            assert "SecretString" not in secret["Properties"]
            assert "GenerateSecretString" in secret["Properties"]


def test_every_log_ends(prod: Deployment) -> None:
    for stack in prod:
        for group in stack.all("AWS::Logs::LogGroup").values():
            assert group["Properties"]["RetentionInDays"] == 30


# --- environments


def test_the_webhooks_get_exactly_the_settings_they_read(prod: Deployment) -> None:
    given = prod.core.one(FUNCTION, "Webhooks")["Environment"]["Variables"]
    names = {name.removesuffix("_SECRET").removesuffix("_PARAMETER") for name in given}

    assert names == names_read(settings.WebhookSettings) - {"AWS_REGION", "TWILIO_API_URL"} - STRIPE | {METRICS}
    assert "TWILIO_AUTH_TOKENS" not in given


def test_turns_get_exactly_the_settings_they_read(prod: Deployment) -> None:
    given = prod.core.one(FUNCTION, "Turn")["Environment"]["Variables"]
    names = {name.removesuffix("_SECRET").removesuffix("_PARAMETER") for name in given}

    assert names == names_read(settings.TurnSettings) - {"AWS_REGION", "TWILIO_API_URL"} - STRIPE | {METRICS}


def test_the_streaming_service_gets_exactly_the_settings_it_reads(prod: Deployment) -> None:
    task = container(prod.stream)
    secrets = {item["Name"] for item in task["Secrets"]}

    assert secrets == {"TWILIO_AUTH_TOKENS", "OPENAI_API_KEY"}
    assert secrets | set(environment(task)) == names_read(settings.StreamingSettings) - NOT_GIVEN - KEYS | {METRICS}


def test_c3_vendors_that_are_chosen_are_given_their_keys_and_models(with_others: Deployment) -> None:
    task = container(with_others.stream)
    secrets = {item["Name"] for item in task["Secrets"]}

    assert secrets == {"TWILIO_AUTH_TOKENS", "OPENAI_API_KEY"} | KEYS
    given = {name: value for name, value in environment(task).items() if name.lower() in OTHERS}
    assert given == {name.upper(): value for name, value in OTHERS.items()}
    assert set(settings.SPEECH_TO_TEXT + settings.TEXT_TO_SPEECH + settings.LANGUAGE_MODEL) >= {
        vendor for value in OTHERS.values() for vendor in value.split(",") if "." not in vendor
    }
    assert {"DeepgramApiKeySecret", "CartesiaApiKeySecret", "ElevenlabsApiKeySecret"} <= set(
        with_others.core.template["Outputs"]
    )


@pytest.mark.parametrize(
    ("function", "model"), [("HandOver", settings.HandOverSettings), ("Publish", settings.PublishSettings)]
)
def test_what_follows_a_call_gets_exactly_the_settings_it_reads(prod: Deployment, function: str, model: type) -> None:
    given = prod.core.one(FUNCTION, function)["Environment"]["Variables"]

    assert set(given) == names_read(model) - {"AWS_REGION"} | {METRICS}


@pytest.mark.parametrize(
    ("function", "more"), [("DeskApi", settings.OrderSettings), ("DeskSocket", None), ("DeskPush", None)]
)
def test_the_desk_gets_exactly_the_settings_it_reads(prod: Deployment, function: str, more: type | None) -> None:
    (given,) = [
        resource["Properties"]["Environment"]["Variables"]
        for name, resource in prod.core.all(FUNCTION).items()
        if name[:-8] == function
    ]

    read = names_read(settings.DeskSettings) | (names_read(more) if more else set())
    assert {name.removesuffix("_SECRET") for name in given} == read - {"AWS_REGION", "TWILIO_API_URL"} - STRIPE | {
        METRICS
    }
    assert "TWILIO_AUTH_TOKENS" not in given


@pytest.mark.parametrize(
    ("function", "model"),
    [
        ("CampaignsAccept", campaign_settings.AcceptSettings),
        ("CampaignsStep", campaign_settings.StepSettings),
        ("CampaignsSweep", campaign_settings.SweepSettings),
    ],
)
def test_what_makes_the_phone_ring_gets_exactly_the_settings_it_reads(
    prod: Deployment, function: str, model: type
) -> None:
    given = prod.core.one(FUNCTION, function)["Environment"]["Variables"]
    names = {name.removesuffix("_SECRET").removesuffix("_PARAMETER") for name in given}

    assert names == names_read(model) - {"AWS_REGION", "TWILIO_API_URL"} - STRIPE | {METRICS}
    assert "TWILIO_AUTH_TOKENS" not in given


def test_every_setting_is_read_by_the_name_of_its_field() -> None:
    source = inspect.getsource(settings)

    for model in (
        settings.WebhookSettings,
        settings.HandOverSettings,
        settings.PublishSettings,
        settings.DeskSettings,
        settings.OrderSettings,
        settings.StreamingSettings,
        settings.TurnSettings,
    ):
        assert [name for name in names_read(model) if f'"{name}"' not in source] == []


def test_all_tasks_together_stay_within_pollys_quota(prod: Deployment) -> None:
    tasks = prod.stream.one("AWS::ApplicationAutoScaling::ScalableTarget")["MaxCapacity"]

    assert int(environment(container(prod.stream))["POLLY_TPS"]) * tasks <= 8


def test_webhooks_and_service_agree_on_the_address_of_the_streams(prod: Deployment) -> None:
    name = prod.core.one(FUNCTION, "Webhooks")["Environment"]["Variables"]["STREAM_URL_PARAMETER"]
    parameter = prod.stream.one("AWS::SSM::Parameter")

    assert parameter["Name"] == name
    assert parameter["Value"] == environment(container(prod.stream))["STREAM_URL"]


# --- a stage that keeps no task while nobody calls


def test_t7_such_a_stage_may_go_down_to_no_task_and_a_deployment_never_counts_for_it(
    zero: Deployment, prod: Deployment
) -> None:
    counted = [each.stream.one("AWS::ApplicationAutoScaling::ScalableTarget") for each in (zero, prod)]

    assert [target["MinCapacity"] for target in counted] == [0, 2]
    assert "DesiredCount" not in zero.stream.one("AWS::ECS::Service")


def test_t7_webhooks_know_the_service_by_the_names_it_has(zero: Deployment, prod: Deployment) -> None:
    names = (
        f"{zero.stream.one('AWS::ECS::Cluster')['ClusterName']}/{zero.stream.one('AWS::ECS::Service')['ServiceName']}"
    )

    for function in ("Webhooks", "Turn"):
        given, usual = (each.core.one(FUNCTION, function)["Environment"]["Variables"] for each in (zero, prod))
        assert given["STREAMING_SERVICE"] == names == "switchboard-prod/streaming"
        assert usual["STREAMING_SERVICE"] == ""


def test_t7_a_task_says_that_it_is_there_when_the_balancer_sends_it_calls_and_where_it_matters(
    zero: Deployment, prod: Deployment
) -> None:
    group = zero.stream.one("AWS::ElasticLoadBalancingV2::TargetGroup")
    good_s = group["HealthyThresholdCount"] * group["HealthCheckIntervalSeconds"]

    assert environment(container(zero.stream))["ANNOUNCE_AFTER_S"] == str(good_s)
    assert environment(container(prod.stream))["ANNOUNCE_AFTER_S"] == ""


def test_t7_no_gateway_is_paid_for_and_tasks_with_public_addresses_let_in_the_balancer_alone(zero: Deployment) -> None:
    stream = zero.stream
    network = stream.one("AWS::ECS::Service")["NetworkConfiguration"]["AwsvpcConfiguration"]
    (group,) = network["SecurityGroups"]
    (task,) = [name for name in stream.all("AWS::EC2::SecurityGroup") if name == group["Fn::GetAtt"][0]]
    ingress = [rule["Properties"] for rule in stream.all("AWS::EC2::SecurityGroupIngress").values()]
    (let_in,) = [rule for rule in ingress if task in str(rule["GroupId"])]

    assert stream.all("AWS::EC2::NatGateway") == stream.all("AWS::EC2::EIP") == {}
    assert network["AssignPublicIp"] == "ENABLED"
    assert all("PublicSubnet" in subnet["Ref"] for subnet in network["Subnets"])
    assert "SecurityGroupIngress" not in stream.all("AWS::EC2::SecurityGroup")[task]["Properties"]
    assert "BalancerSecurityGroup" in str(let_in["SourceSecurityGroupId"])
    assert {"CidrIp", "CidrIpv6", "SourcePrefixListId"}.isdisjoint(let_in)


def test_the_balancer_of_such_a_stage_stays_inside(zero: Deployment) -> None:
    balancer = zero.stream.one("AWS::ElasticLoadBalancingV2::LoadBalancer")

    assert balancer["Scheme"] == "internal"
    assert all("IsolatedSubnet" in subnet["Ref"] for subnet in balancer["Subnets"])


# --- waiting


def test_each_wait_is_longer_than_what_it_waits_for(prod: Deployment) -> None:
    deadline_s, leave_s = constant("functions/webhook.py", "DEADLINE_S"), constant("streaming/server.py", "LEAVE_S")
    function = prod.core.one(FUNCTION, "Webhooks")
    twilio_s = 15
    assert deadline_s < function["Timeout"] == webhooks.LAMBDA_S < twilio_s
    answer_s, turn_s = (
        constant("shared/usecases/take_turn.py", "ANSWER_S"),
        constant("functions/turns/turn.py", "DEADLINE_S"),
    )
    assert answer_s < turn_s < prod.core.one(FUNCTION, "Turn")["Timeout"] < twilio_s
    assert int(environment(container(prod.stream))["DRAIN_S"]) + leave_s < container(prod.stream)["StopTimeout"]


def test_r6_a_call_may_last_an_hour_after_its_task_was_told_to_go(prod: Deployment) -> None:
    group = prod.stream.one("AWS::ElasticLoadBalancingV2::TargetGroup")
    attributes = {item["Key"]: item["Value"] for item in group["TargetGroupAttributes"]}

    assert attributes["deregistration_delay.timeout_seconds"] == "3600"
    assert group["HealthCheckPath"] == "/health"
    assert group["HealthCheckIntervalSeconds"] * group["UnhealthyThresholdCount"] >= 50


def test_r6_a_bad_version_is_taken_back_and_a_good_one_comes_before_the_old_goes(prod: Deployment) -> None:
    service = prod.stream.one("AWS::ECS::Service")
    deployment = service["DeploymentConfiguration"]

    assert deployment["DeploymentCircuitBreaker"] == {"Enable": True, "Rollback": True}
    assert (deployment["MinimumHealthyPercent"], deployment["MaximumPercent"]) == (100, 200)
    assert service["AvailabilityZoneRebalancing"] == "DISABLED"
    assert "DesiredCount" not in service


def test_tasks_are_counted_by_calls_and_never_by_load(prod: Deployment) -> None:
    policies = list(prod.stream.all("AWS::ApplicationAutoScaling::ScalingPolicy").values())
    tracking = [policy["Properties"]["TargetTrackingScalingPolicyConfiguration"] for policy in policies]

    assert [policy["CustomizedMetricSpecification"]["MetricName"] for policy in tracking] == ["BusyPercent"]
    assert tracking[0]["TargetValue"] == 50


def test_the_container_gets_its_signals_and_writes_nowhere(prod: Deployment) -> None:
    task = container(prod.stream)

    assert task["LinuxParameters"]["InitProcessEnabled"] is True
    assert task["ReadonlyRootFilesystem"] is True
    assert task["StopTimeout"] == 120
    assert "EntryPoint" not in task
    assert "Command" not in task


# --- doors


def test_p2_the_webhooks_are_at_the_root_of_their_host(prod: Deployment) -> None:
    for stack, name in ((prod.core, "Telephony"), (prod.fallback, "Fallback")):
        assert stack.one("AWS::ApiGatewayV2::Stage", name)["StageName"] == "$default"
    found = prod.core.all("AWS::ApiGatewayV2::Route").items()
    routes = {route["Properties"]["RouteKey"] for name, route in found if name.startswith("Telephony")}
    assert routes == {"POST /twilio/{proxy+}", f"POST {TURN}", "GET /health", "GET /hold.wav", "GET /paid"}


def test_the_routes_are_those_that_the_functions_serve(prod: Deployment) -> None:
    webhooks_ = [
        *(constant(f"functions/{name}.py", "PATH") for name in ("voice", "call_status")),
        *(
            constant("shared/usecases/addresses.py", name)
            for name in ("NEXT_STEP", "STREAM_STATUS", "TURN", "TRANSFER")
        ),
    ]
    fallback = [constant("functions/fallback.py", name) for name in ("VOICE", "SENT_ON", "RECORDED")]

    assert all(path.startswith("/twilio/") for path in webhooks_)
    assert all(path.startswith("/fallback/") for path in fallback)


def test_access_logs_hold_nothing_of_who_called(prod: Deployment) -> None:
    stages = [stage["Properties"] for stack in prod for stage in stack.all("AWS::ApiGatewayV2::Stage").values()]
    lines = [stage["AccessLogSettings"]["Format"] for stage in stages if "AccessLogSettings" in stage]
    assert len(lines) == 3
    for line in lines:
        assert not any(word in line for word in ("sourceIp", "userAgent", "path", "query", "caller"))


@pytest.mark.parametrize(("name", "of"), [("Webhooks", "Telephony"), ("Turn", "Turns")])
def test_a_lambda_starts_from_a_snapshot_behind_an_alias(prod: Deployment, name: str, of: str) -> None:
    function = prod.core.one(FUNCTION, name)
    (alias,) = (alias for alias in prod.core.all("AWS::Lambda::Alias") if alias.startswith(of))
    integrations = prod.core.all("AWS::ApiGatewayV2::Integration").values()

    assert function["SnapStart"] == {"ApplyOn": "PublishedVersions"}
    assert (function["Runtime"], function["Architectures"]) == ("python3.13", ["arm64"])
    assert {"Ref": alias} in [integration["Properties"]["IntegrationUri"] for integration in integrations]


def test_the_balancer_behind_cloudfront_has_no_public_address(prod: Deployment) -> None:
    assert prod.stream.one("AWS::ElasticLoadBalancingV2::LoadBalancer")["Scheme"] == "internal"
    behaviour = prod.stream.one("AWS::CloudFront::Distribution")["DistributionConfig"]["DefaultCacheBehavior"]
    assert behaviour["ViewerProtocolPolicy"] == "https-only"


def test_the_network_has_its_gateway_before_cloudfront_takes_it_for_an_origin(prod: Deployment) -> None:
    gateways = set(prod.stream.all("AWS::EC2::VPCGatewayAttachment"))

    (origin,) = prod.stream.all("AWS::CloudFront::VpcOrigin").values()
    assert gateways <= set(origin["DependsOn"])


def test_with_a_domain_nothing_stands_between_twilio_and_the_balancer(with_domain: Deployment) -> None:
    stream = with_domain.stream
    listener = stream.one("AWS::ElasticLoadBalancingV2::Listener")

    assert stream.all("AWS::CloudFront::Distribution") == {}
    assert stream.one("AWS::ElasticLoadBalancingV2::LoadBalancer")["Scheme"] == "internet-facing"
    assert (listener["Port"], listener["Protocol"]) == (443, "HTTPS")
    assert "TLS13" in listener["SslPolicy"]
    assert stream.one("AWS::CertificateManager::Certificate")["DomainName"] == "media.example.com"
    assert stream.one("AWS::Route53::RecordSet")["Name"] == "media.example.com."
    assert environment(container(stream))["STREAM_URL"] == "wss://media.example.com/media"


def test_t6_the_fallback_depends_on_nothing_of_ours(prod: Deployment) -> None:
    assert "Fn::ImportValue" not in prod.fallback.text
    assert prod.fallback.all(TABLE) == {}
    assert not any("Export" in output for output in prod.fallback.template["Outputs"].values())


def test_t6_the_fallback_gets_exactly_what_it_reads(prod: Deployment) -> None:
    given = prod.fallback.one(FUNCTION, "Webhooks")["Environment"]["Variables"]
    ours = {name for name in given if not name.startswith(("PARAMETERS_SECRETS_", "SECRETS_MANAGER_", "SSM_"))}

    assert ours == {"PUBLIC_BASE_URL", "FALLBACK_TO", "FALLBACK_SAYS", "TWILIO_AUTH_TOKENS_SECRET"}


def test_the_commands_find_the_outputs_they_read(prod: Deployment) -> None:
    for part, stack in (("Core", prod.core), ("Stream", prod.stream), ("Fallback", prod.fallback)):
        assert set(deployed.OUTPUTS[part]) <= set(stack.template["Outputs"])


def test_the_commands_know_every_key_that_a_stage_reads(with_others: Deployment) -> None:
    outputs = dict.fromkeys(with_others.core.template["Outputs"], "arn")
    core = deployed.Stack("SwitchboardProdCore", "us-east-1", "CREATE_COMPLETE", outputs)
    known = deployed.Deployed(stage_file.Stage("prod"), "us-east-1", core, None, None, None, None).provider_keys

    container = with_others.stream.one("AWS::ECS::TaskDefinition")["ContainerDefinitions"][0]
    streams = {secret["Name"] for secret in container["Secrets"]} - {"TWILIO_AUTH_TOKENS"}
    assert set(known) == streams | {"HUBSPOT_API_KEY"}


def test_the_doctor_counts_processors_as_the_tasks_have_them(prod: Deployment) -> None:
    assert int(prod.stream.one("AWS::ECS::TaskDefinition")["Cpu"]) == 1024 * VCPU_A_TASK
