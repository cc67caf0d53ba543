"""What cdk-nag and checkov find that stays as it is: each finding, on which resources, and why.

A rule starting with `AwsSolutions` is cdk-nag's, one with `CKV` is checkov's.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase

import aws_cdk as cdk

_MANAGED_LOGS = (
    "AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole]"
)
_LIBRARY = "The library makes it, for the time of a deployment; it takes no such option."


@dataclass(frozen=True, slots=True)
class Accepted:
    where: str
    """Glob of a resource's path below its stack."""
    rule: str
    reason: str


_KEY_NAMES = ("OpenAiApiKey", "DeepgramApiKey", "CartesiaApiKey", "ElevenlabsApiKey")

ACCEPTED = (
    # secrets
    Accepted("*/TwilioAuthTokens/*", "AwsSolutions-SMG4", "Twilio makes the token; it is rotated there and set here."),
    *(
        Accepted(f"*/{name}/*", "AwsSolutions-SMG4", "The provider makes the key; it is rotated there and set here.")
        for name in _KEY_NAMES
    ),
    Accepted("*/TwilioAuthTokens/*", "CKV_AWS_149", "AWS's own key: no principal outside the account reads it."),
    *(
        Accepted(f"*/{name}/*", "CKV_AWS_149", "AWS's own key: no principal outside the account reads it.")
        for name in _KEY_NAMES
    ),
    # webhooks
    Accepted("*/Api/*", "AwsSolutions-APIG4", "Twilio signs each request, which the Lambda checks before it reads it."),
    *(
        Accepted(function, rule, reason)
        for function in ("*/Webhooks/*", "Turns/Turn/*")
        for rule, reason in (
            ("AwsSolutions-L1", "The project, its locks and its compiled modules are Python 3.13's."),
            ("CKV_AWS_115", "A limit would refuse callers; the API's own rate limit bounds the cost."),
            ("CKV_AWS_116", "It is called and waited for; a dead-letter queue is for events."),
            ("CKV_AWS_117", "It talks to public endpoints only; a network would slow its start."),
            ("CKV_AWS_173", "Its environment holds names and addresses; secrets are elsewhere."),
        )
    ),
    # after a call
    *(
        Accepted(f"AfterCall/{function}/*", rule, reason)
        for function in ("HandOver", "Publish")
        for rule, reason in (
            ("AwsSolutions-L1", "The project, its locks and its compiled modules are Python 3.13's."),
            ("CKV_AWS_115", "One reader for each shard of the stream, and five batches of the queue, bound it."),
            ("CKV_AWS_116", "What fails stays in the stream, or in the queue, which has its dead-letter queue."),
            ("CKV_AWS_117", "It talks to AWS's public endpoints only; there is nothing of it in a network."),
            ("CKV_AWS_173", "Its environment holds names and addresses; it has no secret."),
        )
    ),
    Accepted(
        "AfterCall/HandOverRole/DefaultPolicy/*",
        "AwsSolutions-IAM5[Resource::<DataCalls65668772.Arn>/stream/*]",
        "dynamodb:ListStreams, without which Lambda does not read a stream, is allowed on all streams of a table.",
    ),
    Accepted(
        "AfterCall/HandOverRole/DefaultPolicy/*",
        "AwsSolutions-IAM5[Resource::<DataCampaignsE68E33CB.Arn>/stream/*]",
        "The same, for the table of campaigns.",
    ),
    *(
        Accepted(
            f"AfterCall/{queue}/Resource",
            "CKV_AWS_27",
            "Encrypted by SQS with its own key; it holds calls' sids, and the numbers of who opted out.",
        )
        for queue in ("Queue", "Dead")
    ),
    # campaigns
    *(
        Accepted(f"Campaigns/{function}/*", rule, reason)
        for function in ("Accept", "Step", "Wake", "Sweep")
        for rule, reason in (
            ("AwsSolutions-L1", "The project, its locks and its compiled modules are Python 3.13's."),
            ("CKV_AWS_115", "Ten batches of the queue, one reader of each shard of the stream, and the pace bound it."),
            ("CKV_AWS_116", "What fails stays in the queue, which has its dead-letter queue, or is tried again."),
            ("CKV_AWS_117", "It talks to public endpoints only; there is nothing of it in a network."),
            ("CKV_AWS_173", "Its environment holds names and addresses; secrets are elsewhere."),
        )
    ),
    Accepted(
        "Campaigns/WakeRole/DefaultPolicy/*",
        "AwsSolutions-IAM5[Resource::<DataCampaignsE68E33CB.Arn>/stream/*]",
        "dynamodb:ListStreams, without which Lambda does not read a stream, is allowed on all streams of a table.",
    ),
    Accepted("Campaigns/Chains/Resource", "AwsSolutions-SF1", "An execution's history is kept; the rows say why."),
    Accepted("Campaigns/Chains/Resource", "AwsSolutions-SF2", "It calls one Lambda, which logs its steps."),
    Accepted("Campaigns/Chains/Resource", "CKV_AWS_285", "An execution's history is kept; the rows say why."),
    Accepted("Campaigns/Chains/Resource", "CKV_AWS_284", "It calls one Lambda, which logs its steps."),
    *(
        Accepted(f"Campaigns/{queue}/Resource", "CKV_AWS_27", "Encrypted by SQS with its own key, within the account.")
        for queue in ("Queue", "Dead")
    ),
    # the desk
    *(
        Accepted(f"Desk/{function}/*", rule, reason)
        for function in ("Api", "Socket", "Push")
        for rule, reason in (
            ("AwsSolutions-L1", "The project, its locks and its compiled modules are Python 3.13's."),
            ("CKV_AWS_115", "The APIs' own rate limits, and one reader for each shard of the streams, bound it."),
            ("CKV_AWS_116", "Who asks is told; what fails stays in the stream for a while."),
            ("CKV_AWS_117", "It talks to AWS's public endpoints only; there is nothing of it in a network."),
            ("CKV_AWS_173", "Its environment holds names and addresses; it has no secret."),
        )
    ),
    *(
        Accepted(f"Desk/Http/GET--{file}/*", "AwsSolutions-APIG4", "The page itself, which has nothing secret in it.")
        for file in ("", "{file}")
    ),
    Accepted(
        "Desk/Sockets/*-Route/*", "AwsSolutions-APIG4", "A connection is opened by a ticket that the Lambda checks."
    ),
    *(
        Accepted(
            "Desk/SocketStage/Resource", rule, "It would take a role of the whole account; the Lambda logs instead."
        )
        for rule in ("AwsSolutions-APIG1", "CKV_AWS_95")
    ),
    Accepted(
        "Desk/People/Resource", "AwsSolutions-COG8", "Sign-in as such; a company may buy the plan that watches it."
    ),
    Accepted(
        "Desk/People/Resource", "AwsSolutions-COG2", "People may; a company that has a rule for it switches it on."
    ),
    *(
        Accepted(
            f"Desk/{function}Role/DefaultPolicy/*",
            "AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:execute-api:<AWS::Region>:<AWS::AccountId>:"
            "<DeskSockets876E295D>/desk/POST/@connections/*]",
            "A connection's id is not known before there is one.",
        )
        for function in ("Socket", "Push")
    ),
    *(
        Accepted(
            "Desk/PushRole/DefaultPolicy/*",
            f"AwsSolutions-IAM5[Resource::<{table}.Arn>/stream/*]",
            "dynamodb:ListStreams, without which Lambda does not read a stream, is allowed on all streams of a table.",
        )
        for table in ("DataCalls65668772", "DataDesk0FCD43C5")
    ),
    # logs
    Accepted(
        "*Log*/Resource", "CKV_AWS_158", "Encrypted by CloudWatch; what callers say, type or are is never logged."
    ),
    # alarms
    Accepted("*/Topic/Resource", "CKV_AWS_26", "An alarm's name and state; CloudWatch cannot use AWS's own key here."),
    Accepted(
        "*/Topic/Resource", "AwsSolutions-SNS2", "An alarm's name and state; CloudWatch cannot use AWS's own key."
    ),
    # the door of the media streams
    Accepted(
        "*/Balancer/Resource", "AwsSolutions-ELB2", "The service logs each stream with its call; nothing else comes."
    ),
    Accepted("*/Balancer/Resource", "CKV_AWS_91", "The service logs each stream with its call; nothing else comes."),
    Accepted("*/Balancer/Inside/*", "CKV_AWS_2", "Inside the network only; CloudFront ends the encryption before it."),
    Accepted(
        "*/Balancer/Inside/*", "CKV_AWS_103", "Inside the network only; CloudFront ends the encryption before it."
    ),
    Accepted("*/Balancer/SecurityGroup/*", "AwsSolutions-EC23", "Twilio calls from changing addresses; see its docs."),
    Accepted(
        "*/Distribution/Resource", "AwsSolutions-CFR1", "Twilio connects from several countries, and only it can."
    ),
    Accepted("*/Distribution/Resource", "AwsSolutions-CFR2", "Upgrades are signed by Twilio, and places are bounded."),
    Accepted("*/Distribution/Resource", "CKV_AWS_68", "Upgrades are signed by Twilio, and places are bounded."),
    Accepted("*/Distribution/Resource", "AwsSolutions-CFR3", "The service logs each stream with its call."),
    Accepted("*/Distribution/Resource", "CKV_AWS_86", "The service logs each stream with its call."),
    Accepted("*/Distribution/Resource", "AwsSolutions-CFR4", "CloudFront's own name allows no choice; a domain does."),
    Accepted("*/Distribution/Resource", "CKV_AWS_174", "CloudFront's own name allows no choice; a domain does."),
    # permissions
    Accepted(
        "*/TaskRole/DefaultPolicy/*",
        "AwsSolutions-IAM5[Resource::*]",
        "Transcribe's streams and Polly's speech are actions without a resource.",
    ),
    Accepted(
        "*/TaskRole/DefaultPolicy/*",
        "AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:ecs:<AWS::Region>:<AWS::AccountId>:task/<StreamingCluster00CC9E96>/*]",
        "A task protects itself; its id is not known before it runs.",
    ),
    *(
        Accepted(
            f"{role}/DefaultPolicy/*",
            "AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:bedrock:*::foundation-model/<Model>]",
            "An inference profile asks its model in whichever region has room.",
        )
        for role in ("*/TaskRole", "Turns/TurnRole")
    ),
    Accepted(
        "*/ExecutionRole/DefaultPolicy/*",
        "AwsSolutions-IAM5[Resource::*]",
        "ecr:GetAuthorizationToken has no resource.",
    ),
    Accepted(
        "*/OriginFacing/CustomResourcePolicy/*",
        "AwsSolutions-IAM5[Resource::*]",
        "ec2:DescribeManagedPrefixLists has no resource.",
    ),
    Accepted("*/Task/Resource", "AwsSolutions-ECS2", "The environment holds names and addresses; secrets are secrets."),
    # the look-up of CloudFront's prefix list
    Accepted("AWS*/ServiceRole/*", _MANAGED_LOGS, _LIBRARY),
    Accepted("AWS*/Resource", "CKV_AWS_115", _LIBRARY),
    Accepted("AWS*/Resource", "CKV_AWS_116", _LIBRARY),
    Accepted("AWS*/Resource", "CKV_AWS_117", _LIBRARY),
    # the building of the image
    Accepted("*/Image/Repository/*", "CKV_AWS_51", "A tag is the hash of what the image is built from."),
    Accepted("*/Image/Repository/*", "CKV_AWS_136", "Open source and the company's own prompts; AES-256 is enough."),
    Accepted("DeployTimeBuild*/Resource", "AwsSolutions-L1", _LIBRARY),
    Accepted("DeployTimeBuild*/ServiceRole/*", _MANAGED_LOGS, _LIBRARY),
    Accepted("DeployTimeBuild*/Resource", "CKV_AWS_115", _LIBRARY),
    Accepted("DeployTimeBuild*/Resource", "CKV_AWS_116", _LIBRARY),
    Accepted("DeployTimeBuild*/Resource", "CKV_AWS_117", _LIBRARY),
    Accepted("ContainerImageBuild*/Resource", "AwsSolutions-CB4", "What it builds is encrypted in the repository."),
    Accepted(
        "ContainerImageBuild*/Role/Resource",
        "AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/AmazonElasticContainerRegistryPublicReadOnly]",
        _LIBRARY,
    ),
    *(
        Accepted("ContainerImageBuild*/Role/DefaultPolicy/*", f"AwsSolutions-IAM5[{finding}]", _LIBRARY)
        for finding in (
            "Resource::*",
            "Action::s3:GetBucket*",
            "Action::s3:GetObject*",
            "Action::s3:List*",
            "Resource::arn:<AWS::Partition>:s3:::cdk-hnb659fds-assets-<AWS::AccountId>-<AWS::Region>/*",
            "Resource::arn:<AWS::Partition>:logs:<AWS::Region>:<AWS::AccountId>:log-group:/aws/codebuild/"
            "<ContainerImageBuildArm64e83729feb1564e709bec452b15847a30amd64C13E3549>:*",
            "Resource::arn:<AWS::Partition>:codebuild:<AWS::Region>:<AWS::AccountId>:report-group/"
            "<ContainerImageBuildArm64e83729feb1564e709bec452b15847a30amd64C13E3549>-*",
        )
    ),
    # warnings of CDK itself
    Accepted("*/Webhooks", "Annotation::@aws-cdk/aws-lambda:snapStartRequirePublish", "The alias publishes a version."),
)


def accept(stack: cdk.Stack) -> frozenset[Accepted]:
    """Tell the checkers so; gives the entries that applied."""
    applied = set()
    for construct in stack.node.find_all():
        path = construct.node.path.partition("/")[2]
        found = [entry for entry in ACCEPTED if fnmatchcase(path, entry.where)]
        for entry in found:
            if not entry.rule.startswith("CKV"):
                rule = entry.rule.replace("<Model>", getattr(stack, "model", ""))
                cdk.Validations.of(construct).acknowledge(cdk.Acknowledgment(id=rule, reason=entry.reason))
        skips = list(_checkov(found))
        if skips and isinstance(construct, cdk.CfnResource):
            construct.add_metadata("checkov", {"skip": skips})
        applied.update(found)
    return frozenset(applied)


def _checkov(entries: list[Accepted]) -> Iterator[dict[str, str]]:
    for entry in entries:
        if entry.rule.startswith("CKV"):
            yield {"id": entry.rule, "comment": entry.reason}
