"""The service that holds the live calls: tasks on Fargate, each with its own calls until they end.

Sockets cannot be moved, so everything here lets a call finish. When ECS replaces a task or scales in, it waits for the
task's protection to end, takes the task off the balancer, waits until its last connection has ended or the balancer's
delay (an hour) is over, and only then sends SIGTERM (Developer Guide, "Optimize load balancer connection draining
parameters"). A task stopped by hand gets SIGTERM at once (aws/containers-roadmap#576), as may one whose host fails.
From there on the service itself drains, and hands over, within Fargate's two minutes, what still lives.

The balancer asks for `/health`, which stays true in a task that drains or is full: ECS replaces a task that is not
healthy, with its calls. `/ready` tells whether it takes new ones; a call that comes nevertheless is refused with 503,
and the next-step webhook has it connected anew.
"""

import json
from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecr_assets as ecr_assets
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_elasticloadbalancingv2 as elb
from cdklabs.deploy_time_build import ContainerImageBuild
from constructs import Construct

from cdk.data import Data
from cdk.edge import MediaEdge
from cdk.stage import STREAMING, Stage
from cdk.watch import figure, namespace
from cdk.webhooks import log_group

PORT = 8080
DEREGISTRATION_S = 3_600
"""The most a balancer allows; connections that live longer it closes, which is a hand-over too."""
STOP_S = 120
"""The most Fargate allows between the signal and the end."""
DRAIN_S = 70
"""Of it, how long calls go on; then they are let go of, which takes up to 35 s more."""
HEALTH_S = 5
GOOD_HEALTH = 2
"""The balancer sends calls to a task whose health it has seen so often."""
MISSED_HEALTH = 10
"""A busy loop that misses one check must not cost the task, and with it the calls."""

TRANSCRIBE_PORT = 8443


class Streaming(Construct):
    """The network, the door, the tasks, and how many of them there are."""

    def __init__(self, scope: Construct, name: str, *, stage: Stage, data: Data, webhook_url: str, image: Path) -> None:
        super().__init__(scope, name)
        self._stage = stage
        vpc = self._network()
        self.edge = MediaEdge(self, "Edge", stage=stage, vpc=vpc)
        self.stream_url = f"wss://{self.edge.host}/media"
        self.task = self._task(data, webhook_url, self._image(image))
        self.service = self._service(vpc)
        self.targets = self.edge.listener.add_targets(
            "Tasks",
            port=PORT,
            protocol=elb.ApplicationProtocol.HTTP,
            targets=[self.service],
            deregistration_delay=cdk.Duration.seconds(DEREGISTRATION_S),
            load_balancing_algorithm_type=elb.TargetGroupLoadBalancingAlgorithmType.LEAST_OUTSTANDING_REQUESTS,
            health_check=elb.HealthCheck(
                path="/health",
                interval=cdk.Duration.seconds(HEALTH_S),
                timeout=cdk.Duration.seconds(HEALTH_S - 1),
                healthy_threshold_count=GOOD_HEALTH,
                unhealthy_threshold_count=MISSED_HEALTH,
            ),
        )
        self._scale()

    def _network(self) -> ec2.Vpc:
        """Where no task is kept there is no NAT gateway either, which would cost more than the tasks: they have public
        addresses, and a security group that lets in the balancer and nobody else. The balancer stays inside."""
        nats = 0 if self._stage.idle == "zero" else self._stage.nat_gateways
        vpc = ec2.Vpc(self, "Vpc", max_azs=2, nat_gateways=nats, restrict_default_security_group=False)
        vpc.add_gateway_endpoint("DynamoDb", service=ec2.GatewayVpcEndpointAwsService.DYNAMODB)
        vpc.add_flow_log(
            "FlowLog",
            destination=ec2.FlowLogDestination.to_cloud_watch_logs(log_group(self, "FlowLogs", self._stage)),
            traffic_type=ec2.FlowLogTrafficType.REJECT,
        )
        return vpc

    def _image(self, folder: Path) -> ecs.ContainerImage:
        if self._stage.image == "asset":
            return ecs.ContainerImage.from_asset(str(folder), platform=ecr_assets.Platform.LINUX_ARM64)
        build = ContainerImageBuild(self, "Image", directory=str(folder), platform=ecr_assets.Platform.LINUX_ARM64)
        return build.to_ecs_docker_image_code()

    def _task(self, data: Data, webhook_url: str, image: ecs.ContainerImage) -> ecs.FargateTaskDefinition:
        stage = self._stage
        task = ecs.FargateTaskDefinition(
            self,
            "Task",
            cpu=1024,
            memory_limit_mib=2048,
            runtime_platform=ecs.RuntimePlatform(
                cpu_architecture=ecs.CpuArchitecture.ARM64,
                operating_system_family=ecs.OperatingSystemFamily.LINUX,
            ),
        )
        task.add_container(
            "streaming",
            image=image,
            port_mappings=[ecs.PortMapping(container_port=PORT)],
            stop_timeout=cdk.Duration.seconds(STOP_S),
            linux_parameters=ecs.LinuxParameters(self, "Linux", init_process_enabled=True),
            readonly_root_filesystem=True,
            logging=ecs.LogDrivers.aws_logs(stream_prefix="streaming", log_group=log_group(self, "Log", stage)),
            environment={
                "PUBLIC_BASE_URL": webhook_url,
                "STREAM_URL": self.stream_url,
                "CALLS_TABLE": data.calls.table_name,
                "CAMPAIGNS_TABLE": data.campaigns.table_name,
                "BOOKINGS_TABLE": data.bookings.table_name,
                "DESK_TABLE": data.desk.table_name,
                "AGENTS_DIR": "agents",
                "LINES": json.dumps(dict(stage.lines)),
                "AWS_REGION": cdk.Stack.of(self).region,
                "SPEECH_TO_TEXT": stage.speech_to_text,
                "TEXT_TO_SPEECH": stage.text_to_speech,
                "LANGUAGE_MODEL": stage.language_model,
                "OPENAI_BASE_URL": stage.openai_base_url,
                "OPENAI_MODEL": stage.openai_model,
                "BEDROCK_MODEL": stage.bedrock_model,
                "TRANSCRIBE_VOCABULARY": stage.transcribe_vocabulary,
                "POLLY_TPS": str(max(1, stage.polly_tps // stage.max_tasks)),
                "MAX_CALLS": str(stage.calls_per_task),
                "METRICS_NAMESPACE": namespace(stage),
                "DRAIN_S": str(DRAIN_S),
                "ANNOUNCE_AFTER_S": str(GOOD_HEALTH * HEALTH_S) if stage.idle == "zero" else "",
                "HOST": "0.0.0.0",
                "PORT": str(PORT),
            },
            secrets={
                "TWILIO_AUTH_TOKENS": ecs.Secret.from_secrets_manager(data.twilio_auth_tokens),
                "OPENAI_API_KEY": ecs.Secret.from_secrets_manager(data.openai_api_key),
                **{key: ecs.Secret.from_secrets_manager(secret) for key, secret in data.keys.items()},
            },
        )
        return task

    def _service(self, vpc: ec2.Vpc) -> ecs.FargateService:
        """New tasks first, then the old ones go; a version whose tasks do not come up is taken back.

        The init process is what gets the signal: it passes it on, and lets one that comes before there is a handler
        end the process, which the kernel keeps from process 1.
        """
        stage, public = self._stage, ec2.SubnetSelection(subnet_type=ec2.SubnetType.PUBLIC)
        self.cluster = ecs.Cluster(
            self,
            "Cluster",
            cluster_name=stage.cluster,
            vpc=vpc,
            container_insights_v2=ecs.ContainerInsights.ENABLED,
        )
        outward = ec2.SecurityGroup(
            self,
            "Outward",
            vpc=vpc,
            description="Tasks: HTTPS, and the WebSockets of Transcribe",
            allow_all_outbound=False,
        )
        for port in (443, TRANSCRIBE_PORT):
            outward.add_egress_rule(ec2.Peer.any_ipv4(), ec2.Port.tcp(port))
        return ecs.FargateService(
            self,
            "Service",
            service_name=STREAMING,
            cluster=self.cluster,
            assign_public_ip=stage.idle == "zero",
            vpc_subnets=public if stage.idle == "zero" else None,
            task_definition=self.task,
            security_groups=[outward],
            min_healthy_percent=100,
            max_healthy_percent=200,
            health_check_grace_period=cdk.Duration.seconds(60),
            circuit_breaker=ecs.DeploymentCircuitBreaker(rollback=True),
            availability_zone_rebalancing=ecs.AvailabilityZoneRebalancing.DISABLED,
        )

    def _scale(self) -> None:
        """By calls, not by load: a task is full when it says so, and a new one takes a while to come."""
        scaling = self.service.auto_scale_task_count(
            min_capacity=self._stage.fewest_tasks, max_capacity=self._stage.max_tasks
        )
        scaling.scale_to_track_custom_metric(
            "Busy",
            metric=figure(self._stage, "BusyPercent", "Average", service="streaming"),
            target_value=self._stage.busy_percent,
            scale_out_cooldown=cdk.Duration.seconds(30),
            scale_in_cooldown=cdk.Duration.minutes(10),
        )
