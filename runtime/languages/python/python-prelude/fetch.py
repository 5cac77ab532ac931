"""HTTP requests to other hosts, which the host of this interpreter makes by the worker's rules."""

import json
import sys

from wws_channel import ask, send


class FetchError(OSError):
    """A request was refused, or got no answer."""

    # Workers know it by its name alone, and so do tracebacks.
    __module__ = "builtins"


class FetchResponse:
    """An answer. Inside an event loop it may be on its way still: `await` lets others run until it is there."""

    def __init__(self, answer=None, future=None, number=None):
        self._future = future
        self._number = number
        if answer is not None:
            self._fill(answer)

    def _fill(self, answer):
        head, body = _checked(*answer)
        self.url = head["url"]
        self.status = self.status_code = head["status"]
        self.reason = head["statusText"]
        self.ok = 200 <= self.status < 300
        # Lower-case names; values of a name that repeats are joined.
        self.headers = {}
        for name, value in head["headers"]:
            self.headers[name] = f"{self.headers[name]}, {value}" if name in self.headers else value
        self.body = self.content = body

    def __getattr__(self, name):
        # Called for what is not there: somebody looks at an answer that he did not await.
        if name.startswith("_") or "body" in self.__dict__:
            raise AttributeError(name)
        future = self._future
        if not future.done():
            future.set_result(ask({"ask": "next", "number": self._number}))
        self._fill(future.result())
        return getattr(self, name)

    def text(self):
        return self.body.decode("utf-8", "replace")

    def json(self):
        return json.loads(self.body)

    def __await__(self):
        if "body" not in self.__dict__:
            self._fill((yield from self._future))
        return self


def fetch(url, method="GET", headers=None, body=None, redirect="follow"):
    """Asks another host. In `async def` code, await what it returns.

    `headers` is a dict or pairs, `body` text or bytes; raises FetchError, or TimeoutError."""
    pairs = headers.items() if hasattr(headers, "items") else headers or ()
    data = body.encode() if isinstance(body, str) else bytes(body or b"")
    request = {
        "url": str(url),
        "method": method,
        "headers": [(str(name), str(value)) for name, value in pairs],
        "redirect": redirect,
        "decode": True,
    }
    loop = _running_loop()
    if not hasattr(loop, "expect"):
        return FetchResponse(ask({"ask": "http", **request}, data))
    global _last
    _last += 1
    send({"begin": _last, **request}, data)
    return FetchResponse(future=loop.expect(_last), number=_last)


def send_request(request, body):
    return _checked(*ask({"ask": "http", **request}, body))


_last = 0


def _checked(head, body):
    if not head["ok"]:
        error = TimeoutError if head["code"] == "timeout" else FetchError
        raise error(head["message"])
    return head, body


def _running_loop():
    asyncio = sys.modules.get("asyncio")
    return asyncio and asyncio._get_running_loop()
