"""The protocol as an AsyncAPI 3.0.0 document, made of the message models themselves.

Specification: https://www.asyncapi.com/docs/reference/specification/v3.0.0
"""

from __future__ import annotations

import inspect
from collections.abc import Iterable
from typing import Any, get_args

from pydantic.json_schema import JsonSchemaMode, models_json_schema

from shared import __version__, frames, messages
from shared.messages import ConsumerMessage, Message, ProducerMessage

SESSION_PORT = 7000
FRAMES_PORT = 6000

_FROM_CONSUMER: tuple[type[Message], ...] = get_args(ConsumerMessage)
_FROM_PRODUCER: tuple[type[Message], ...] = get_args(ProducerMessage)


def asyncapi_document() -> dict[str, Any]:
    """The whole protocol as plain dicts, lists and strings, ready for YAML or JSON.

    Operations are named from the producer's point of view. Every ``$ref`` points into the
    document itself.
    """
    return {
        "asyncapi": "3.0.0",
        "info": _info(),
        "defaultContentType": "application/json",
        "servers": {
            "session": _server(SESSION_PORT, "The session channel: JSON text messages."),
            "frames": _server(FRAMES_PORT, "The frame stream: binary messages, one a frame."),
        },
        "channels": {"session": _session_channel(), "frames": _frames_channel()},
        "operations": {
            "receiveFromConsumer": _operation("receive", "session", _keys(_FROM_CONSUMER)),
            "sendToConsumer": _operation("send", "session", _keys(_FROM_PRODUCER)),
            "sendFrames": _operation("send", "frames", ("Frame",)),
        },
        "components": {
            "messages": {
                **{kind.__name__: _message(kind) for kind in _FROM_CONSUMER + _FROM_PRODUCER},
                "Frame": _frame_message(),
            },
            "schemas": _schemas(),
        },
    }


def _info() -> dict[str, Any]:
    return {
        "title": "Catwalk",
        "version": __version__,
        "description": (
            "A producer plays an image data set as a live stream, a consumer classifies it, "
            "and both account for every frame. docs/protocol.md tells it in prose."
        ),
        "license": {"name": "MIT"},
    }


def _server(port: int, description: str) -> dict[str, Any]:
    return {"host": f"localhost:{port}", "protocol": "ws", "description": description}


def _session_channel() -> dict[str, Any]:
    return {
        "address": "/",
        "title": "Session channel",
        "description": "Opens or resumes a session; carries predictions, answers and results.",
        "servers": [_ref("servers", "session")],
        "messages": _channel_messages(_keys(_FROM_CONSUMER + _FROM_PRODUCER)),
        "bindings": _subprotocol(messages.SESSION_PROTOCOL),
    }


def _frames_channel() -> dict[str, Any]:
    return {
        "address": "/{session}/{epoch}",
        "title": "Frame stream",
        "description": "One session's frames that are not stored yet, in order; one way only.",
        "servers": [_ref("servers", "frames")],
        "parameters": {
            "session": {"description": "The session's name, 16 hexadecimal digits."},
            "epoch": {"description": "Of the session's connection, as `started` says."},
        },
        "messages": _channel_messages(("Frame",)),
        "bindings": _subprotocol(messages.FRAMES_PROTOCOL),
    }


def _channel_messages(keys: Iterable[str]) -> dict[str, Any]:
    return {key: _ref("components", "messages", key) for key in keys}


def _subprotocol(name: str) -> dict[str, Any]:
    header = {"type": "string", "const": name}
    headers = {"type": "object", "properties": {"Sec-WebSocket-Protocol": header}}
    return {"ws": {"method": "GET", "headers": headers}}


def _operation(action: str, channel: str, keys: Iterable[str]) -> dict[str, Any]:
    return {
        "action": action,
        "channel": _ref("channels", channel),
        "messages": [_ref("channels", channel, "messages", key) for key in keys],
    }


def _message(kind: type[Message]) -> dict[str, Any]:
    summary, _, description = (inspect.getdoc(kind) or "").partition("\n\n")
    told = {
        "name": kind.model_fields["type"].default,
        "title": kind.__name__,
        "summary": summary,
        "payload": _ref("components", "schemas", kind.__name__),
    }
    return told | ({"description": description} if description else {})


def _frame_message() -> dict[str, Any]:
    return {
        "name": "frame",
        "title": "Frame",
        "summary": "A fixed header and the raw pixels of one image.",
        "description": f"```text\n{inspect.cleandoc(frames.__doc__ or '')}\n```",
        "contentType": "application/octet-stream",
        "payload": {"type": "string", "format": "binary", "minLength": frames.HEADER_BYTES},
    }


def _schemas() -> dict[str, Any]:
    """The models' JSON schemas: as the producer reads them, and as it writes them."""
    modes: list[tuple[type[Message], JsonSchemaMode]] = [
        *((kind, "validation") for kind in _FROM_CONSUMER),
        *((kind, "serialization") for kind in _FROM_PRODUCER),
    ]
    template = "#/components/schemas/{model}"
    _, collected = models_json_schema(modes, ref_template=template)
    schemas: dict[str, Any] = collected["$defs"]
    for kind, _ in modes:
        _demand_type(schemas[kind.__name__])
    return schemas


def _demand_type(schema: dict[str, Any]) -> None:
    """The models fill ``type`` in; on the wire it tells the messages apart and must be there."""
    del schema["properties"]["type"]["default"]
    schema["required"] = ["type", *schema.get("required", [])]


def _keys(kinds: Iterable[type[Message]]) -> tuple[str, ...]:
    return tuple(kind.__name__ for kind in kinds)


def _ref(*path: str) -> dict[str, str]:
    return {"$ref": "/".join(("#", *path))}
