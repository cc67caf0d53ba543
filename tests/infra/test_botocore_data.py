"""What is left of botocore's descriptions: the calls that were asked for, and what they are made of."""

import gzip
import json
import shutil
from pathlib import Path
from typing import Any

import botocore
import pytest

from cdk import botocore_data

WHOLE = Path(botocore.__file__).parent / "data"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Three services of botocore's."""
    for service in ("dynamodb", "ssm", "stepfunctions"):
        shutil.copytree(WHOLE / service, tmp_path / service)
    shutil.copy(WHOLE / "endpoints.json", tmp_path)
    return tmp_path


def model(data: Path, service: str) -> Any:
    (file,) = data.glob(f"{service}/*/service-2.json.gz")
    return json.loads(gzip.decompress(file.read_bytes()))


def test_a_service_keeps_the_calls_asked_for_with_all_their_shapes(data: Path) -> None:
    botocore_data.keep(data, {"dynamodb": ("GetItem",)})

    left = model(data, "dynamodb")
    assert set(left["operations"]) == {"GetItem"}
    assert {"GetItemInput", "GetItemOutput", "AttributeValue", "ResourceNotFoundException"} <= set(left["shapes"])
    assert "PutItemInput" not in left["shapes"]
    assert "<p>" not in json.dumps(left)


def test_no_other_service_is_left(data: Path) -> None:
    botocore_data.keep(data, {"ssm": ("GetParameter",)})

    assert [folder.name for folder in data.iterdir() if folder.is_dir()] == ["ssm"]


def test_addresses_are_kept_under_the_name_they_have_there(data: Path) -> None:
    botocore_data.keep(data, {"stepfunctions": ("StartExecution",)})

    partitions = json.loads((data / "endpoints.json").read_text())["partitions"]
    assert {name for partition in partitions for name in partition["services"]} == {"states"}


@pytest.mark.parametrize("calls", [{"dynamodb": ("GetItems",)}, {"nothing": ("Get",)}])
def test_a_call_that_aws_does_not_have_is_not_promised(data: Path, calls: botocore_data.Calls) -> None:
    with pytest.raises(KeyError, match=r"GetItems|nothing"):
        botocore_data.keep(data, calls)


def test_the_same_is_cut_to_the_same_bytes(data: Path) -> None:
    botocore_data.keep(data, {"ssm": ("GetParameter",)})
    first = {path: path.read_bytes() for path in data.rglob("*") if path.is_file()}

    botocore_data.keep(data, {"ssm": ("GetParameter",)})

    assert {path: path.read_bytes() for path in data.rglob("*") if path.is_file()} == first
