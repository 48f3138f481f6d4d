"""Answers as trees, written as XML or, by Last.fm's own rules, as JSON."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from xml.etree import ElementTree as ET

# What XML 1.0 has no way to write.
_UNWRITABLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True)
class Node:
    """An element: a text or children, and attributes. ``list_of`` names children that are a list in JSON, however few."""

    name: str
    text: str = ""
    children: Sequence["Node"] = ()
    attributes: dict[str, str] = field(default_factory=dict)
    list_of: str | None = None


def ok_xml(node: Node | None) -> bytes:
    """An answer; None where there is nothing to tell."""
    return _document("ok", [] if node is None else [node])


def ok_json(node: Node | None) -> bytes:
    """An answer; None where there is nothing to tell."""
    return json.dumps({} if node is None else {node.name: _json(node)}).encode()


def failed_xml(code: int, sentence: str) -> bytes:
    """What went wrong."""
    return _document("failed", [Node("error", sentence, attributes={"code": str(code)})])


def failed_json(code: int, sentence: str) -> bytes:
    """What went wrong."""
    return json.dumps({"error": code, "message": sentence}).encode()


def _document(status: str, nodes: list[Node]) -> bytes:
    root = ET.Element("lfm", status=status)
    root.extend(_element(node) for node in nodes)
    document: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return document


def _element(node: Node) -> ET.Element:
    element = ET.Element(node.name, {name: _writable(value) for name, value in node.attributes.items()})
    element.text = _writable(node.text) or None
    element.extend(_element(child) for child in node.children)
    return element


def _writable(text: str) -> str:
    return _UNWRITABLE.sub(" ", text)


def _json(node: Node) -> Any:
    if not node.children and node.list_of is None:
        return {**node.attributes, "#text": node.text} if node.attributes else node.text
    told: dict[str, Any] = {}
    for name in {child.name: None for child in node.children}:
        values = [_json(child) for child in node.children if child.name == name]
        told[name] = values if len(values) > 1 or name == node.list_of else values[0]
    if node.list_of is not None:
        told.setdefault(node.list_of, [])
    return told | ({"@attr": dict(node.attributes)} if node.attributes else {})


def artist_called(name: str) -> Node:
    """Who a track or an album is by."""
    return Node("artist", children=[Node("name", name), Node("mbid")])
