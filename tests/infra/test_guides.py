"""What the machine writes into the guides is up to date, and complete."""

import re
from pathlib import Path

import pytest

from cdk import cost, guides
from cdk.stage import Stage
from tests.infra.conftest import ROOT, Deployment
from tests.infra.test_picture import templates


def test_every_table_in_the_guides_is_what_would_be_written_now(prod: Deployment, zero: Deployment) -> None:
    for (guide, name), block in guides.blocks(templates(prod), templates(zero)).items():
        text = (ROOT / guides.DOCS / guide).read_text()
        assert guides.filled(text, name, block) == text, f"{guide}, {name}: is stale: make guides, and commit it"


def test_every_value_of_a_stage_is_explained() -> None:
    rows = guides.stage_values()

    for name, field in Stage.model_fields.items():
        if name != "name":
            assert f"| `{name}` |" in rows
            assert field.description, name


def test_a_guide_without_the_place_for_a_table_is_left_alone() -> None:
    with pytest.raises(guides.GuideError, match="one <!-- idle -->"):
        guides.filled("# A guide\n", "idle", "| a |")


def test_only_the_block_is_written_anew() -> None:
    text = "before\n<!-- idle -->\nold\n<!-- end -->\nafter <!-- end -->\n"

    assert guides.filled(text, "idle", "new") == "before\n<!-- idle -->\nnew\n<!-- end -->\nafter <!-- end -->\n"


def test_a_bill_adds_up() -> None:
    price = cost.Price(0.5, "hour", "a source")
    items = [cost.Item("a", 2, price, ""), cost.Item("b", 5, price, "")]

    assert cost.table(items, "sum").splitlines()[-1] == "| **sum** | | | | **3.50** |"


def test_a_month_costs_what_the_templates_hold(prod: Deployment, with_domain: Deployment) -> None:
    one, two = (cost.month(templates(prod), tasks=n) for n in (1, 2))
    public = cost.month(templates(with_domain), tasks=2)

    def quantity(items: list[cost.Item], what: str) -> float:
        return next(item.quantity for item in items if item.what == what)

    assert quantity(two, "Tasks: memory") == 2 * quantity(one, "Tasks: memory") == 2 * 2 * cost.HOURS
    assert quantity(two, "Alarms") == sum(len(stack.all("AWS::CloudWatch::Alarm")) for stack in prod)
    assert quantity(public, "Public addresses") - quantity(two, "Public addresses") == 2 * cost.HOURS


def test_t7_where_no_task_is_kept_a_month_without_calls_has_none_and_no_gateway_but_the_balancer(
    zero: Deployment,
) -> None:
    items = {item.what: item.usd for item in cost.month(templates(zero), tasks=cost.fewest_tasks(templates(zero)))}

    assert {"Tasks: processor", "Tasks: memory", "NAT gateway", "Public addresses"}.isdisjoint(items)
    assert items["Load balancer"] > 0
    assert cost.awake(templates(zero), 0) == 0
    assert cost.awake(templates(zero), 10**6) == cost.awake(templates(zero), 10**7)


def test_every_guide_is_linked_from_the_readme_and_every_link_leads_somewhere() -> None:
    readme = (ROOT / "README.md").read_text()

    for guide in (ROOT / guides.DOCS).glob("*.md"):
        assert f"docs/{guide.name}" in readme, guide.name
        assert _dead_links(guide) == []


def test_the_guides_name_only_commands_that_there_are() -> None:
    makefiles = "".join((ROOT / name).read_text() for name in ("Makefile", "cdk/infra.mk"))
    targets = set(re.findall(r"^([a-z-]+):", makefiles, re.MULTILINE))
    parsers = "".join(path.read_text() for path in (ROOT / "cli").rglob("*.py"))
    commands = set(re.findall(r'add_parser\(\s*"([a-z-]+)"', parsers))

    for guide in (ROOT / guides.DOCS).glob("*.md"):
        text = guide.read_text()
        made, typed = (
            set(re.findall(rf"(?:^    |`|bin/){tool} ([a-z][a-z-]*)", text, re.M)) for tool in ("make", "switchboard")
        )
        assert made - targets == set(), guide.name
        assert typed - commands == set(), guide.name


def _dead_links(guide: Path) -> list[str]:
    targets = [part.split(")")[0].split("#")[0] for part in guide.read_text().split("](")[1:]]
    return [t for t in targets if t and not t.startswith("https://") and not (guide.parent / t).exists()]
