"""Synthesised templates, read as one deployment: their resources, and what refers to what across stacks."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

type Json = dict[str, Any]
type Key = tuple[str, str]
"""A stack's name and a logical id."""


class Templates:
    """The templates of one deployment, by the name of their stack."""

    def __init__(self, templates: Mapping[str, Json]) -> None:
        self.stacks = {name: str(template.get("Description", "")) for name, template in templates.items()}
        self._resources: dict[Key, Json] = {
            (stack, name): resource
            for stack, template in templates.items()
            for name, resource in template["Resources"].items()
        }
        self._exports = {
            output["Export"]["Name"]: (stack, output["Value"])
            for stack, template in templates.items()
            for output in template.get("Outputs", {}).values()
            if "Export" in output
        }
        self._parameters = {properties["Name"]: key for key, properties in self.all("AWS::SSM::Parameter")}

    def all(self, *kinds: str) -> Iterator[tuple[Key, Json]]:
        """Keys and properties of the resources of these kinds."""
        for key, resource in self._resources.items():
            if resource["Type"] in kinds:
                yield key, resource.get("Properties", {})

    def kind(self, key: Key) -> str:
        return str(self._resources[key]["Type"])

    def properties(self, key: Key) -> Json:
        return dict(self._resources[key].get("Properties", {}))

    def refs(self, stack: str, value: object) -> Iterator[Key]:
        """Resources that a value in this stack's template mentions, wherever they are."""
        match value:
            case {"Ref": str(name)} | {"Fn::GetAtt": [str(name), *_]}:
                if (stack, name) in self._resources:
                    yield stack, name
            case {"Fn::ImportValue": str(export)}:
                yield from self.refs(*self._exports[export])
            case dict():
                for part in value.values():
                    yield from self.refs(stack, part)
            case list():
                for part in value:
                    yield from self.refs(stack, part)
            case str():
                yield from (key for name, key in self._parameters.items() if value.endswith(f":parameter{name}"))


def read(folder: Path, prefix: str) -> Templates:
    """The templates in the CDK's output whose stack name begins with `prefix`."""
    found = sorted(folder.glob(f"{prefix}*.template.json"))
    return Templates({path.name.split(".")[0]: json.loads(path.read_text()) for path in found})
