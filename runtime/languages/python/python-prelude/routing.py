"""What is changed in the library. `http.client`, and so `urllib.request`, goes through the host: where it would open
a socket it gets a stand-in that hands the request over and reads the answer back. `asyncio` gets our event loop."""

import io

from wws_fetch import FetchError, send_request

# About one connection or one hop, which are the host's.
_OWN_HEADERS = {"host", "connection", "content-length", "transfer-encoding", "keep-alive"}


class _Wire:
    """Stands in for the socket of one request."""

    def __init__(self, origin):
        self._origin = origin
        self._sent = bytearray()

    def sendall(self, data):
        self._sent += data

    def makefile(self, *_args, **_named):
        return io.BytesIO(self._answer())

    def close(self):
        pass

    settimeout = setsockopt = lambda self, *_: None

    def _answer(self):
        top, _, body = bytes(self._sent).partition(b"\r\n\r\n")
        first, *lines = top.decode("latin-1").split("\r\n")
        method, target, _ = first.split(" ", 2)
        pairs = [(name, value.strip()) for name, _, value in (line.partition(":") for line in lines)]
        if any(name.lower() == "transfer-encoding" for name, _ in pairs):
            body = _unchunked(body)
        head, answer = send_request(
            {
                "url": self._origin + target if target.startswith("/") else target,
                "method": method,
                "headers": [pair for pair in pairs if pair[0].lower() not in _OWN_HEADERS],
                "redirect": "manual",
                "decode": False,
            },
            body,
        )
        own = _OWN_HEADERS - {"content-length"} if method == "HEAD" else _OWN_HEADERS
        answered = [f"{name}: {value}" for name, value in head["headers"] if name.lower() not in own]
        if method != "HEAD":
            answered.append(f"content-length: {len(answer)}")
        lines = [f"HTTP/1.1 {head['status']} {head['statusText']}", *answered, "connection: close", "", ""]
        return "\r\n".join(lines).encode("latin-1", "replace") + answer


def _unchunked(data):
    body = bytearray()
    while True:
        size, _, data = data.partition(b"\r\n")
        count = int(size.split(b";")[0] or b"0", 16)
        if count == 0:
            return bytes(body)
        body += data[:count]
        data = data[count + 2 :]


def _patch_client(client):
    def connect(self):
        if self._tunnel_host:
            raise OSError("Cannot tunnel: requests are made by the host")
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port == self.default_port else f":{self.port}"
        self.sock = _Wire(f"{self._scheme}://{host}{port}")

    client.HTTPConnection._scheme = "http"
    client.HTTPConnection.connect = connect

    class HTTPSConnection(client.HTTPConnection):
        """There is no TLS in here: the host has it."""

        default_port = client.HTTPS_PORT
        _scheme = "https"

        def __init__(self, host, port=None, *, timeout=None, source_address=None, blocksize=8192, **_tls):
            super().__init__(host, port, timeout, source_address, blocksize)

    client.HTTPSConnection = HTTPSConnection
    client._create_https_context = lambda _version: None


def _patch_urllib(request):
    # Proxies are the host's business.
    request.getproxies = dict
    open_connection = request.AbstractHTTPHandler.do_open

    def do_open(self, *args, **named):
        try:
            return open_connection(self, *args, **named)
        except (FetchError, TimeoutError) as error:
            raise request.URLError(error) from error

    request.AbstractHTTPHandler.do_open = do_open


def _patch_asyncio(_asyncio):
    import wws_loop


PATCHES = {"http.client": _patch_client, "urllib.request": _patch_urllib, "asyncio": _patch_asyncio}
