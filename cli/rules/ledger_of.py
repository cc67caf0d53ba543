"""What is on file, in the account of the shell."""

from collections.abc import Mapping

from cli.deployed.aws import Aws
from cli.deployed.refusal import Refusal
from shared.adapters.dynamodb_ledger import DynamoDbLedger


def ledger_of(table: str | None, environment: Mapping[str, str]) -> DynamoDbLedger:
    """The ledger in that table, or in the one that CAMPAIGNS_TABLE names. Raises Refusal."""
    name = table or environment.get("CAMPAIGNS_TABLE", "")
    if not name:
        raise Refusal("--table: say which table holds the campaigns, or set CAMPAIGNS_TABLE")
    return DynamoDbLedger(Aws.of_shell(environment).client("dynamodb"), name)
