"""What a Python worker of wws finds, for interpreters that are started anew for every request (wws, section 4)."""

import base64
import json
import sys

__all__ = ["Request", "Response", "Cache", "base64", "json", "sys"]


class Request:
    def __init__(self, url, method, headers, body, params):
        self.url = url
        self.method = method
        self.headers = headers
        self.body = body
        self.params = params


class Response:
    def __init__(self, body="", status_code=200, headers=None):
        self.body = body
        self.status_code = status_code
        self.headers = {} if headers is None else headers


class Cache:
    """The worker's K/V namespace: a copy, which is stored as a whole with the answer."""

    _entries = {}

    @classmethod
    def get(cls, key):
        return cls._entries.get(key)

    @classmethod
    def set(cls, key, value):
        cls._entries[key] = str(value)


def _answer(worker):
    """Reads the request from stdin, asks the worker and prints what it answers."""
    stdout, sys.stdout = sys.stdout, sys.stderr
    envelope = json.loads(sys.stdin.buffer.read())
    Cache._entries.update(envelope["kv"])
    body = envelope["body"]
    if envelope.get("base64"):
        body = base64.b64decode(body)
    response = worker(Request(envelope["url"], envelope["method"], envelope["headers"], body, envelope["params"]))
    is_bytes = isinstance(response.body, (bytes, bytearray))
    answer = {
        "data": base64.b64encode(response.body).decode() if is_bytes else response.body,
        "headers": response.headers,
        "status": response.status_code,
        "kv": Cache._entries,
        "base64": is_bytes,
    }
    stdout.write(json.dumps(answer))
    stdout.flush()
