"""botocore's descriptions of AWS, cut down to what one Lambda calls.

A client is made of JSON that is read at every cold start: all endpoints of all services (1.2 MB), and every operation
of the service in question. What is left here is read in a tenth of the time, and a third of the memory is saved.
"""

import gzip
import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

type Calls = Mapping[str, Sequence[str]]
"""Operations by service, both as botocore names them: {"dynamodb": ("GetItem", "Query")}."""

_READ_AT_RUN_TIME = ("service-2", "endpoint-rule-set-1", "paginators-1")


def keep(data: Path, calls: Calls) -> None:
    """Take away from botocore's folder `data` what those calls do not need. Raises KeyError for a call it lacks."""
    for folder in data.iterdir():
        if folder.is_dir() and folder.name not in calls:
            shutil.rmtree(folder)
    prefixes = {_keep_operations(data / service, operations) for service, operations in calls.items()}
    file = data / "endpoints.json"
    endpoints = json.loads(file.read_bytes())
    for partition in endpoints["partitions"]:
        partition["services"] = {name: of for name, of in partition["services"].items() if name in prefixes}
    file.write_text(_compact(endpoints))


def _keep_operations(service: Path, operations: Sequence[str]) -> str:
    """Leave the newest version of a service, which is the one botocore takes; gives its name among the endpoints."""
    versions = sorted(path.parent for path in service.glob("*/service-2.json.gz"))
    if not versions:
        raise KeyError(service.name)
    for folder in service.iterdir():
        if folder != versions[-1]:
            shutil.rmtree(folder)
    for file in versions[-1].iterdir():
        if not file.name.startswith(_READ_AT_RUN_TIME):
            file.unlink()
    file = versions[-1] / "service-2.json.gz"
    model = _with_operations(json.loads(gzip.decompress(file.read_bytes())), operations)
    file.write_bytes(gzip.compress(_compact(model).encode(), mtime=0))
    return str(model["metadata"]["endpointPrefix"])


def _with_operations(model: Any, names: Sequence[str]) -> Any:
    """The service with these operations, the shapes they are made of, and none of the documentation."""
    operations = {name: model["operations"][name] for name in names}
    shapes: dict[str, Any] = {}
    left = list(_references(operations))
    while left:
        if (name := left.pop()) not in shapes:
            shapes[name] = model["shapes"][name]
            left.extend(_references(shapes[name]))
    return _silent(model | {"operations": operations, "shapes": dict(sorted(shapes.items()))})


def _references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("shape"), str):
            yield value["shape"]
        for inner in value.values():
            yield from _references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _references(inner)


def _silent(value: Any) -> Any:
    """Without documentation, which is text; a field may have that name too."""
    if isinstance(value, dict):
        told = {name: inner for name, inner in value.items() if name != "documentation" or not isinstance(inner, str)}
        return {name: _silent(inner) for name, inner in told.items()}
    return [_silent(inner) for inner in value] if isinstance(value, list) else value


def _compact(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))
