"""What the templates promise of the desk: who is let in, and to what."""

import json
from typing import Any

from tests.infra.conftest import Deployment

ROUTE = "AWS::ApiGatewayV2::Route"


def routes(prod: Deployment) -> dict[str, dict[str, Any]]:
    found = [route["Properties"] for name, route in prod.core.all(ROUTE).items() if name.startswith("DeskHttp")]
    return {route["RouteKey"]: route for route in found}


def test_r4_only_the_page_itself_is_for_anybody(prod: Deployment) -> None:
    found = routes(prod)

    assert {key for key, route in found.items() if route["AuthorizationType"] == "NONE"} == {"GET /", "GET /{file}"}
    assert {key for key, route in found.items() if route["AuthorizationType"] == "JWT"} == {
        f"{method} /api/{{proxy+}}" for method in ("GET", "POST", "PUT")
    }


def test_r4_a_token_is_good_if_our_pool_made_it_for_our_page(prod: Deployment) -> None:
    token = prod.core.one("AWS::ApiGatewayV2::Authorizer")["JwtConfiguration"]
    ((client, page),) = prod.core.all("AWS::Cognito::UserPoolClient").items()

    assert token["Audience"] == [{"Ref": client}]
    assert "DeskPeople" in json.dumps(token["Issuer"])
    assert page["Properties"]["AllowedOAuthFlows"] == ["code"]
    assert page["Properties"]["GenerateSecret"] is False
    assert "aws.cognito.signin.user.admin" not in page["Properties"]["AllowedOAuthScopes"]
    assert len(page["Properties"]["CallbackURLs"]) == 1


def test_r4_only_an_administrator_makes_people_and_says_what_number_they_have(prod: Deployment) -> None:
    pool = prod.core.one("AWS::Cognito::UserPool")
    page = prod.core.one("AWS::Cognito::UserPoolClient")

    assert pool["AdminCreateUserConfig"] == {"AllowAdminCreateUserOnly": True}
    assert not {"phone_number", "custom:sip", "name"} & set(page["WriteAttributes"])


def test_people_and_what_they_left_outlive_the_stack(prod: Deployment, dev: Deployment) -> None:
    def kept(stage: Deployment) -> set[str]:
        pools = stage.core.all("AWS::Cognito::UserPool").values()
        tables = [table for name, table in stage.core.all("AWS::DynamoDB::GlobalTable").items() if "Desk" in name]
        return {resource["DeletionPolicy"] for resource in (*pools, *tables)}

    assert kept(prod) == {"Retain"}
    assert kept(dev) == {"Delete"}


def test_what_cannot_be_told_holds_up_what_comes_after_it_for_a_while_only(prod: Deployment) -> None:
    for table in ("Calls", "Desk"):
        mapping = prod.core.one("AWS::Lambda::EventSourceMapping", f"Desk{table}New")

        assert (mapping["BisectBatchOnFunctionError"], mapping["MaximumRetryAttempts"]) == (True, 5)
