"""The names a worker finds: what wws gave to Python workers (wws, "Python and Ruby"), and a little more."""

import base64
import json
import sys
from functools import cached_property

from wws_fetch import FetchError, fetch

__all__ = ["Request", "Response", "Cache", "fetch", "FetchError", "sys", "json", "base64"]


class Request:
    """The request a worker is called with."""

    def __init__(self, url, method, headers, params, data, kind):
        self.url = url
        self.method = method
        # Lower-case names.
        self.headers = headers
        self.params = params
        # The body's bytes, whatever they are.
        self.data = data
        self._kind = kind

    @cached_property
    def body(self):
        """The body as text. One that is no UTF-8 is empty, or `bytes` where the configuration wants that."""
        if self._kind == "text":
            return self.data.decode()
        return self.data if self._kind == "bytes" else ""

    def json(self):
        return json.loads(self.data)


class Response:
    """What a worker answers: `str` is sent as UTF-8, `bytes` as they are."""

    def __init__(self, body="", status_code=200, headers=None):
        self.body = body
        self.status_code = status_code
        # A list of values makes several headers of one name.
        self.headers = {} if headers is None else headers


class Cache:
    """The worker's K/V namespace: a copy that is stored as a whole when the worker has answered."""

    _entries = {}
    _is_changed = False

    @classmethod
    def get(cls, key):
        return cls._entries.get(str(key))

    @classmethod
    def set(cls, key, value):
        cls._entries[str(key)] = str(value)
        cls._is_changed = True

    @classmethod
    def delete(cls, key):
        if cls._entries.pop(str(key), None) is not None:
            cls._is_changed = True

    @classmethod
    def keys(cls):
        return list(cls._entries)
