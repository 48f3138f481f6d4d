"""Answers: one envelope, as XML or as JSON."""

import json
import re
from collections.abc import Mapping
from importlib.metadata import version
from typing import Any
from xml.etree import ElementTree as ET

from flask import Response, request

from service.compat.opensubsonic.faults import Code

API_VERSION = "1.16.1"
_NAMESPACE = "http://subsonic.org/restapi"
_HELP_URL = "https://opensubsonic.netlify.app/docs/responses/error/"
# What XML 1.0 has no way to say.
_NOT_XML = re.compile("[^\\t\\n\\r\\x20-\\ud7ff\\ue000-\\ufffd\\U00010000-\\U0010ffff]")


def answer(**content: Any) -> Response:
    """What was asked for. None is left out of it at any depth."""
    return _enveloped("ok", content)


def failure(number: Code, sentence: str, http_status: int = 200) -> Response:
    """What went wrong. Apps look for it in the envelope and want the status of success with it."""
    error = {"code": int(number), "message": sentence, "helpUrl": _HELP_URL}
    response = _enveloped("failed", {"error": error})
    response.status_code = http_status
    return response


def wants_json() -> bool:
    """Whether JSON is asked for; XML is what is answered otherwise."""
    return request.values.get("f") == "json"


def _enveloped(status: str, content: Mapping[str, Any]) -> Response:
    envelope = {
        "status": status,
        "version": API_VERSION,
        "type": "homespun",
        "serverVersion": version("homespun"),
        "openSubsonic": True,
    } | _without_none(content)
    if wants_json():
        body = json.dumps({"subsonic-response": envelope}, ensure_ascii=False)
        return Response(body, mimetype="application/json")
    return Response(to_xml(envelope), mimetype="application/xml")


def to_xml(envelope: Mapping[str, Any]) -> bytes:
    """The envelope as Subsonic writes it: plain values as attributes, ``value`` as text, lists as repeated elements."""
    root = ET.Element("subsonic-response", {"xmlns": _NAMESPACE})
    _fill(root, envelope)
    written: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return written


def _fill(element: ET.Element, content: Mapping[str, Any]) -> None:
    for name, value in content.items():
        if isinstance(value, Mapping):
            _fill(ET.SubElement(element, name), value)
        elif isinstance(value, list):
            for each in value:
                child = ET.SubElement(element, name)
                if isinstance(each, Mapping):
                    _fill(child, each)
                else:
                    child.text = _plain(each)
        elif name == "value":
            element.text = _plain(value)
        else:
            element.set(name, _plain(value))


def _plain(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return _NOT_XML.sub("\N{REPLACEMENT CHARACTER}", str(value))


def _without_none(content: Any) -> Any:
    if isinstance(content, Mapping):
        return {name: _without_none(value) for name, value in content.items() if value is not None}
    if isinstance(content, list):
        return [_without_none(each) for each in content]
    return content
