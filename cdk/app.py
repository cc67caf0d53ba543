"""What `cdk` runs: a stage's name in, its stacks out. No AWS call, no Docker, no credentials."""

import sys

import aws_cdk as cdk
from cdk_nag import AwsSolutionsChecks

from cdk import contents, packages
from cdk.accepted import accept
from cdk.stacks import Core, FallbackStack, Stream
from cdk.stage import Stage, StageError, read_stage


def build(app: cdk.App, stage: Stage) -> tuple[Core, Stream, FallbackStack]:
    """The stacks of one stage. Raises BuildError."""
    parts = (contents.TELEPHONY, contents.TURNS, contents.AFTER_CALL, contents.DESK, contents.CAMPAIGNS)
    telephony, turns, after_call, desk, campaigns, fallback = (
        packages.lambda_zip(package, stage.processor) for package in (*parts, contents.FALLBACK)
    )
    prefix = f"Switchboard{stage.title}"
    core = Core(
        app,
        f"{prefix}Core",
        stage=stage,
        telephony_package=telephony,
        turns_package=turns,
        after_call_package=after_call,
        desk_package=desk,
        campaigns_package=campaigns,
    )
    image = packages.image_folder()
    stream = Stream(app, f"{prefix}Stream", stage=stage, data=core.data, webhook_url=core.webhook_url, image=image)
    alone = FallbackStack(app, f"{prefix}Fallback", stage=stage, package=fallback)
    cdk.Tags.of(app).add("switchboard:stage", stage.name)
    for stack in (core, stream, alone):
        accept(stack)
    return core, stream, alone


def main() -> None:
    app = cdk.App()
    try:
        build(app, read_stage(app.node.try_get_context))
        if app.node.try_get_context("rules"):
            cdk.Validations.of(app).add_plugins(AwsSolutionsChecks(app))
    except (StageError, packages.BuildError) as error:
        sys.exit(str(error))
    app.synth()


if __name__ == "__main__":
    main()
