"""Announcements into a conference: to one participant, or to all."""

import asyncio
from collections.abc import Sequence

from local.carrier.conference import Conference, Participant
from local.carrier.courier import Undelivered
from local.carrier.record import Webhook
from local.carrier.twiml import BadTwiml
from local.carrier.verbs.waiting import rendered


def announce(conference: Conference, hearers: Sequence[Participant], webhook: Webhook, *, to_one: bool) -> None:
    """Begins; `announcement-end` or `announcement-fail` is told at its end."""

    async def play() -> None:
        try:
            sound = await rendered(by.call, webhook)
        except (Undelivered, BadTwiml) as failed:
            by.call.timeline.fault(failed.code, "announcement")
            why = {"AnnounceUrl": webhook.url, "ReasonAnnouncementFailed": str(failed)}
            conference.tell("announcement-fail", by, about=to_one, **why)
            return
        playing = [each.call.beside(each.call.line.announce(sound)) for each in hearers]
        begun = [task for task in playing if task]
        if begun:
            await asyncio.wait(begun)
        conference.tell("announcement-end", by, about=to_one, AnnounceUrl=webhook.url)

    if hearers:
        by = hearers[0]
        by.call.beside(play())
