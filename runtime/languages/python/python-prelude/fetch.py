"""HTTP requests to other hosts, which the host of this interpreter makes by the worker's rules."""

import json

from wws_channel import ask


class FetchError(OSError):
    """A request was refused, or got no answer."""


class FetchResponse:
    def __init__(self, head, body):
        self.url = head["url"]
        self.status = self.status_code = head["status"]
        self.reason = head["statusText"]
        self.ok = 200 <= self.status < 300
        # Lower-case names; values of a name that repeats are joined.
        self.headers = {}
        for name, value in head["headers"]:
            self.headers[name] = f"{self.headers[name]}, {value}" if name in self.headers else value
        self.body = self.content = body

    def text(self):
        return self.body.decode("utf-8", "replace")

    def json(self):
        return json.loads(self.body)

    def __await__(self):
        return self
        yield


def fetch(url, method="GET", headers=None, body=None, redirect="follow"):
    """Asks another host. The answer is there at once, and may be awaited as well.

    `headers` is a dict or pairs, `body` text or bytes; raises FetchError, or TimeoutError."""
    pairs = headers.items() if hasattr(headers, "items") else headers or ()
    data = body.encode() if isinstance(body, str) else bytes(body or b"")
    head, answer = send_request(
        {
            "url": str(url),
            "method": method,
            "headers": [(str(name), str(value)) for name, value in pairs],
            "redirect": redirect,
            "decode": True,
        },
        data,
    )
    return FetchResponse(head, answer)


def send_request(request, body):
    head, answer = ask({"ask": "http", **request}, body)
    if not head["ok"]:
        error = TimeoutError if head["code"] == "timeout" else FetchError
        raise error(head["message"])
    return head, answer
