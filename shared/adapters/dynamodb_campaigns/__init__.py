"""Chains, attempts, campaigns and lines in one DynamoDB table, `Campaigns`, which the ledger shares.

    pk                    sk                    what
    chain#<id>            state                 the chain, its version, the token of the task that waits for it
    chain#<id>            attempt#01            an attempt: written before anybody is dialled
    chain#<id>            text#<name>           a text: written before it is sent
    called#<E.164>        chain#<ms>#<id>       the person's chains, by when they began
    called#<E.164>        phone                 the attempt that is calling them, and the last that did
    reference#<about>     state                 of an appointment, a debt: its chains, its end, its newest facts
    campaign#<name>       state                 whether it runs; who stopped it, and why
    campaign#<name>       day#2026-11-20        calls, texts and cents of that day (UTC)
    campaign#<name>       minute#...T09:30      what the calls came to that ended in that minute
    line#<E.164>          pace                  when its next slot is
    line#<E.164>          channel#00            one of its channels: who holds it, and until when

People's rows (`person#<E.164>`) are those of `shared.wire.person_rows`. Only the chain's and the reference's rows have
`version`; the table's stream tells of both.
"""

from shared.adapters.dynamodb_campaigns.attempts import DynamoDbAttempts
from shared.adapters.dynamodb_campaigns.chains import DynamoDbChains
from shared.adapters.dynamodb_campaigns.pace import DynamoDbPace
from shared.adapters.dynamodb_campaigns.runs import DynamoDbRuns
from shared.adapters.dynamodb_campaigns.table import EXPIRY_ATTRIBUTE, table_spec

__all__ = ["EXPIRY_ATTRIBUTE", "DynamoDbAttempts", "DynamoDbChains", "DynamoDbPace", "DynamoDbRuns", "table_spec"]
