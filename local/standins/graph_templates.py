"""The message templates of the stand-in's business account, and what a template message needs."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from local.standins.graph_errors import graph_error
from local.standins.graph_fields import need_object, need_objects, need_text

VARIABLE = re.compile(r"\{\{(\w+)\}\}")


def check_template(content: Mapping[str, Any]) -> None:
    """Raises GraphError unless the message names a template and gives its parameters as texts."""
    need_text(content, "name")
    need_text(need_object(content, "language"), "code")
    if "components" not in content:
        return
    for component in need_objects(content, "components", 20):
        need_text(component, "type")
        for parameter in component.get("parameters", []):
            if parameter.get("type") == "text":
                _check_value(need_text(parameter, "text"))


def check_against(templates: Sequence[Mapping[str, Any]], content: Mapping[str, Any]) -> None:
    """Raises GraphError unless an approved template of this name takes these parameters."""
    found = [
        one
        for one in templates
        if (one["name"], one["language"]) == (content["name"], content["language"]["code"])
    ]
    if not found:
        raise graph_error(132001, "Template name does not exist in the translation")
    if found[0].get("status") != "APPROVED":
        raise graph_error(132015, "Template is paused")
    wanted = _variables(found[0])
    given = _parameters(content)
    if len(wanted) != len(given):
        raise graph_error(132000, f"number of parameters {len(given)}, expected {len(wanted)}")
    if found[0].get("parameter_format") == "NAMED":
        names = {parameter.get("parameter_name") for parameter in given}
        if names != set(wanted):
            raise graph_error(132012, "Parameter names do not match")


def _variables(template: Mapping[str, Any]) -> list[str]:
    texts = [one.get("text", "") for one in template["components"] if one["type"] == "BODY"]
    return list(dict.fromkeys(VARIABLE.findall(" ".join(texts))))


def _parameters(content: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    bodies = [one for one in content.get("components", []) if one["type"].lower() == "body"]
    return [parameter for body in bodies for parameter in body.get("parameters", [])]


def _check_value(text: str) -> None:
    if re.search(r"[\n\t]| {5}", text):
        raise graph_error(132018, "Param text cannot have new-line/tab or more than 4 spaces")
