"""Campaign files: the ready ones load, and whatever is wrong with one is said where it stands, with the fix."""

from pathlib import Path

import pytest

from shared.adapters.agent_files import load as load_agent
from shared.adapters.campaign_files import CampaignFileError, load
from shared.core.attempt import Disposition
from shared.core.attempt_outcome import UNVERIFIED
from shared.core.campaign import DAY_MS, HOUR_MS, MINUTE_MS, Ceilings, LeaveMessage, Stop, TextStep, When
from shared.core.rules.person import Purpose

ROOT = Path(__file__).parents[2]
READY = sorted((ROOT / "campaigns").glob("*.yaml"))

SMALL = """\
starts_with: appointment.upcoming
purpose: reminder
agent: reminder
line: "+15550100100"
when: {start: 1 day before, until: 2 hours before}
attempts: {most: 3}
done: [confirmed]
day: {calls: 10, dollars: 5}
"""


def written(folder: Path, text: str, name: str = "reminder.yaml") -> Path:
    path = folder / name
    path.write_text(text)
    return path


def wrong(folder: Path, text: str) -> list[str]:
    """What is said about a file, without its path."""
    path = written(folder, text)
    with pytest.raises(CampaignFileError) as error:
        load(path)
    return [line.removeprefix(f"{path}:") for line in str(error.value).splitlines()]


@pytest.mark.parametrize("path", READY, ids=lambda path: path.stem)
def test_f4_each_ready_campaign_loads(path: Path) -> None:
    assert load(path).name == path.stem


def test_there_is_a_ready_campaign_for_each_kind_of_event() -> None:
    events = {load(path).event for path in READY}
    assert events == {"appointment.upcoming", "payment.overdue", "survey.due", "lead.created", "callback.due"}


@pytest.mark.parametrize("path", READY, ids=lambda path: path.stem)
def test_f4_a_ready_campaigns_agent_comes_to_its_results_and_is_told_what_it_needs(path: Path) -> None:
    agent = load_agent(ROOT / "agents" / f"{load(path).agent}.yaml")
    assert agent.outbound is not None
    campaign = load(path, agents={agent.file: (*agent.outbound.results, UNVERIFIED)})
    assert {fact.name for fact in agent.outbound.facts if not fact.optional} <= set(campaign.facts)


def test_a_reminder_is_what_its_file_says() -> None:
    campaign = load(ROOT / "campaigns" / "appointment_reminder.yaml")
    assert campaign.purpose is Purpose.REMINDER
    assert campaign.when == When(start_ms=-DAY_MS, until_ms=-2 * HOUR_MS)
    assert campaign.attempts.most == 3
    assert campaign.attempts.again_ms[Disposition.BUSY] == 10 * MINUTE_MS
    assert Disposition.MESSAGE_LEFT not in campaign.attempts.again_ms
    assert campaign.attempts.again_ms[Disposition.FAILED] == 15 * MINUTE_MS
    assert campaign.ends == {"confirmed", "moved", "cancelled"}
    assert campaign.message is LeaveMessage.FIRST
    assert campaign.ceilings == Ceilings(calls=500, cents=15_000, call_cents=30)
    assert campaign.stop == Stop(30 * MINUTE_MS, 20, failing=0.3, opt_outs=0.1, complaints=0.03, no_answers=0.95)
    assert campaign.facts == ("name", "starts_at")


def test_a_small_file_is_enough(tmp_path: Path) -> None:
    campaign = load(written(tmp_path, SMALL))
    assert campaign.name == "reminder"
    assert campaign.attempts.again_ms[Disposition.NO_ANSWER] == 3 * HOUR_MS
    assert Disposition.WRONG_PERSON not in campaign.attempts.again_ms
    assert campaign.texts == ()


def test_a_text_may_tell_what_every_event_tells(tmp_path: Path) -> None:
    more = "needs: [name]\ntexts: {missed: {after: [busy], say: 'Hello {name}.'}}\n"
    campaign = load(written(tmp_path, SMALL + more))
    assert campaign.texts == (TextStep("missed", "Hello {name}.", frozenset({"busy"})),)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            ("starts_with: appointment.upcoming", "starts_with: call.finished"),
            "1: starts_with: `call.finished` begins no",
        ),
        (("purpose: reminder", "purpose: fun"), "2: purpose: Input should be 'reminder', 'collection'"),
        (('line: "+15550100100"', "line: front"), "4: line: String should match pattern"),
        (("1 day before", "yesterday"), "5: when.start: `yesterday` is no time; use such as 1 day before"),
        (("1 day before", "1 moon before"), "5: when.start: `1 moon` is no length of time; use such as 10 minutes"),
        (("1 day before", "1 hour before"), "5: when.until: is not after start; put it later"),
        (("2 hours before", "at once"), "5: when.until: cannot be `at once`; use such as 2 hours before"),
        (("{most: 3}", "{most: 3, again: {asleep: 1 day}}"), "6: attempts.again.asleep: Input should be 'reached'"),
        (("{most: 3}", "{most: 3, again: {busy: 0 minutes}}"), "6: attempts.again.busy"),
        (("{most: 3}", "{most: 0}"), "6: attempts.most: Input should be greater than or equal to 1"),
        (("done: [confirmed]\n", ""), "1: done: is missing; add `done:` here"),
        (("dollars: 5", "dollars: 0.10"), "8: day.dollars: does not pay for one call; raise it"),
        (("purpose", "language: xx-XX\npurpose"), "2: language: `xx-XX` is no language that is spoken here yet; use"),
        (("dollars: 5", "euros: 5"), "8: day.euros: is not known here; remove it, or check its spelling"),
        (("dollars: 5", "dollars: five"), "8: day.dollars: `five` is no amount of US dollars; use such as 50"),
    ],
)
def test_what_is_wrong_is_said_where_it_stands_with_the_fix(tmp_path: Path, change: tuple[str, str], said: str) -> None:
    assert any(line.startswith(said) for line in wrong(tmp_path, SMALL.replace(*change)))


def test_a_share_is_a_percentage(tmp_path: Path) -> None:
    said = wrong(tmp_path, SMALL + "stop: {failing: 0.3, opt_outs: 300%}\n")
    assert said == [
        "9: stop.failing: `0.3` is no share of the calls; use such as 5%",
        "9: stop.opt_outs: `300%` is no share of the calls; use such as 5%",
    ]


def test_a_text_about_something_no_event_has_to_tell_is_refused(tmp_path: Path) -> None:
    said = wrong(
        tmp_path, SMALL + "texts:\n  missed:\n    after: [busy]\n    say: Until {day}.\nfollow_up:\n  busy: '{x}'\n"
    )
    assert said == [
        "12: texts.missed.say: {day} is not among `needs:`; add it there, so that every event tells it",
        "14: follow_up.busy: {x} is not among `needs:`; add it there, so that every event tells it",
    ]


def test_a_campaign_of_an_agent_that_is_not_there_or_comes_to_other_results_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path, SMALL + "texts: {thanks: {after: [won], say: Thanks.}}\nfollow_up: {lost: Call.}\n")
    with pytest.raises(CampaignFileError, match=r":3: agent: `reminder` is no agent; use one of lead"):
        load(path, agents={"lead": ()})
    with pytest.raises(CampaignFileError) as error:
        load(path, agents={"reminder": ("moved",)})
    assert [line.split(":")[1] for line in str(error.value).splitlines()] == ["7", "9", "10"]
    assert load(written(tmp_path, SMALL), agents={"reminder": ("confirmed",)}).agent == "reminder"


@pytest.mark.parametrize("name", ["Reminder.yaml", "my-reminder.yaml"])
def test_a_file_has_a_name_that_can_be_a_campaigns(tmp_path: Path, name: str) -> None:
    with pytest.raises(CampaignFileError, match="use small letters, digits and underscores"):
        load(written(tmp_path, SMALL, name))


def test_what_is_no_yaml_or_no_file_is_said_so(tmp_path: Path) -> None:
    assert wrong(tmp_path, "when: [")[0].startswith("1: ")
    with pytest.raises(CampaignFileError, match="cannot be read"):
        load(tmp_path / "none.yaml")
    with pytest.raises(CampaignFileError, match="larger than"):
        load(written(tmp_path, "x" * 100_001))
    path = tmp_path / "bad.yaml"
    path.write_bytes(b"\xff")
    with pytest.raises(CampaignFileError, match="not UTF-8"):
        load(path)
