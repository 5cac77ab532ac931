"""Messages between the interpreter and the host, over descriptors 0 and 1: a line of JSON, and behind it as many
bytes as it says under "bytes". The host hands out no byte of a message before the one before it is read."""

import json
import os

_STDIN = 0
_STDOUT = 1
_CHUNK = 65536
# Larger bodies go out by themselves: joined to their line, they would be in memory twice.
_JOINED = 65536

# Whether the host lets others run while we wait for it.
may_wait = False

_scan = json.JSONDecoder().raw_decode
_print = json.JSONEncoder(separators=(",", ":")).encode


def receive():
    """The next message: what its line says, and its bytes."""
    data = os.read(_STDIN, _CHUNK)
    end = data.find(b"\n")
    while end < 0:
        more = os.read(_STDIN, _CHUNK)
        if not more:
            raise EOFError("The host has no more to say")
        data += more
        end = data.find(b"\n")
    head, _ = _scan(data[:end].decode())
    size = head.get("bytes", 0)
    body = data[end + 1 :]
    while len(body) < size:
        body += os.read(_STDIN, size - len(body))
    return head, body


def send(head, body=b""):
    if body:
        head = {**head, "bytes": len(body)}
    line = _print(head).encode() + b"\n"
    if len(body) <= _JOINED:
        _write(line + body)
        return
    _write(line)
    _write(body)


def ask(head, body=b""):
    """Sends a question and waits for its answer."""
    send(head, body)
    return receive()


def _write(data):
    while data:
        data = data[os.write(_STDOUT, data) :]
