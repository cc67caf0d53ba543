"""The door of the media streams: a wss:// address that Twilio can reach, in front of a load balancer.

Without a domain: CloudFront, under its own name and certificate, to a balancer that has no public address (a VPC
origin; these carry WebSockets since May 2026). With one: a public balancer and the domain's certificate, and nothing
else on the way of the sound.
"""

import aws_cdk as cdk
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_cloudfront as cloudfront
from aws_cdk import aws_cloudfront_origins as origins
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_elasticloadbalancingv2 as elb
from aws_cdk import aws_route53 as route53
from aws_cdk import aws_route53_targets as route53_targets
from aws_cdk import custom_resources as cr
from constructs import Construct

from cdk.stage import Stage

IDLE_S = 600
"""A stream is never idle for more than 20 ms; this only ends what was left behind."""

_ORIGIN_FACING = "com.amazonaws.global.cloudfront.origin-facing"


class MediaEdge(Construct):
    """`listener` takes the service's targets; `host` is where Twilio connects."""

    def __init__(self, scope: Construct, name: str, *, stage: Stage, vpc: ec2.IVpc) -> None:
        super().__init__(scope, name)
        self.balancer = elb.ApplicationLoadBalancer(
            self,
            "Balancer",
            vpc=vpc,
            internet_facing=stage.domain is not None,
            idle_timeout=cdk.Duration.seconds(IDLE_S),
            drop_invalid_header_fields=True,
            desync_mitigation_mode=elb.DesyncMitigationMode.STRICTEST,
        )
        if stage.domain:
            self.host = stage.domain
            self.listener = self._behind_domain(stage, stage.domain)
        else:
            self.listener = self.balancer.add_listener(
                "Inside", port=80, protocol=elb.ApplicationProtocol.HTTP, open=False
            )
            self.host = self._behind_cloudfront(vpc)

    def _behind_domain(self, stage: Stage, domain: str) -> elb.ApplicationListener:
        certificate: acm.ICertificate
        if stage.certificate_arn:
            certificate = acm.Certificate.from_certificate_arn(self, "Certificate", stage.certificate_arn)
        else:
            zone = route53.HostedZone.from_hosted_zone_attributes(
                self, "Zone", hosted_zone_id=stage.hosted_zone_id or "", zone_name=domain
            )
            certificate = acm.Certificate(
                self, "Certificate", domain_name=domain, validation=acm.CertificateValidation.from_dns(zone)
            )
            target = route53.RecordTarget.from_alias(route53_targets.LoadBalancerTarget(self.balancer))
            route53.ARecord(self, "Record", zone=zone, target=target)
        return self.balancer.add_listener(
            "Public",
            port=443,
            protocol=elb.ApplicationProtocol.HTTPS,
            certificates=[certificate],
            ssl_policy=elb.SslPolicy.RECOMMENDED_TLS,
            open=True,
        )

    def _behind_cloudfront(self, vpc: ec2.IVpc) -> str:
        port = ec2.Port.tcp(80)
        self.balancer.connections.allow_from(ec2.Peer.prefix_list(self._cloudfront_prefix_list()), port)
        origin = origins.VpcOrigin.with_application_load_balancer(
            self.balancer, protocol_policy=cloudfront.OriginProtocolPolicy.HTTP_ONLY, http_port=80
        )
        distribution = cloudfront.Distribution(
            self,
            "Distribution",
            comment="Switchboard media streams",
            default_behavior=cloudfront.BehaviorOptions(
                origin=origin,
                viewer_protocol_policy=cloudfront.ViewerProtocolPolicy.HTTPS_ONLY,
                allowed_methods=cloudfront.AllowedMethods.ALLOW_GET_HEAD,
                cache_policy=cloudfront.CachePolicy.CACHING_DISABLED,
                origin_request_policy=cloudfront.OriginRequestPolicy.ALL_VIEWER,
                compress=False,
            ),
            price_class=cloudfront.PriceClass.PRICE_CLASS_ALL,
        )
        # CloudFront takes no origin in a network that has no gateway yet; CDK gives the attachment no better name.
        distribution.node.add_dependency(vpc.node.find_child("VPCGW"))
        return distribution.distribution_domain_name

    def _cloudfront_prefix_list(self) -> str:
        """The id of the list of CloudFront's addresses, which differs by region.

        A VPC origin's traffic comes from there; a rule for the VPC's own range does not let it in.
        """
        lookup = cr.AwsCustomResource(
            self,
            "OriginFacing",
            install_latest_aws_sdk=False,
            policy=cr.AwsCustomResourcePolicy.from_sdk_calls(resources=cr.AwsCustomResourcePolicy.ANY_RESOURCE),
            on_update=cr.AwsSdkCall(
                service="EC2",
                action="describeManagedPrefixLists",
                parameters={"Filters": [{"Name": "prefix-list-name", "Values": [_ORIGIN_FACING]}]},
                physical_resource_id=cr.PhysicalResourceId.of(_ORIGIN_FACING),
                output_paths=["PrefixLists.0.PrefixListId"],
            ),
        )
        return lookup.get_response_field("PrefixLists.0.PrefixListId")
