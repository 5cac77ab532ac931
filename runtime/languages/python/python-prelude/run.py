"""What the host has the interpreter do: get ready for a worker, load it, answer a request."""

import io
import os
import sys
import time
import traceback

import poly
import wws_channel
import wws_imports
from wws_channel import receive, send

# Both for the log: descriptor 1 speaks to the host.
_log = sys.stdout = sys.__stdout__ = sys.stderr
sys.stdin = sys.__stdin__ = io.TextIOWrapper(io.BytesIO())
sys.argv[:] = ["/src/index.py"]
# Folders are the worker's: the interpreter leaves nothing there.
sys.dont_write_bytecode = True

_CO_COROUTINE = 0x80
# Of a traceback: a worker without a limit for its recursion can have millions.
_FRAMES = 1000
_name = ""
_code = None
_worker = None


def stop_here():
    """Tells the host where to enter, and reads a clock: there it stops us for good, or lets us go on to the end."""
    send({"ready": [id(enter), id(())]})
    time.time()
    while True:
        enter()


def enter():
    """Does the next thing the host has for us."""
    try:
        head, body = receive()
        _ACTIONS[head["do"]](head, body)
    except EOFError:
        os._exit(0)
    except BaseException as error:
        send({"failed": _explain(error)})
    _log.flush()


def _probe(head, body):
    send({"probe": head["value"]})


def _prepare(head, body):
    global _name, _code
    os.environ.clear()
    os.environ.update(head["vars"])
    wws_imports.install(head["vars"])
    _name = head["name"]
    _show_source(_name, body)
    _code = body
    send({"prepared": True})


def _load(head, body):
    with wws_imports.watching() as watch:
        _load_worker()
        is_async = getattr(getattr(_worker, "__code__", None), "co_flags", 0) & _CO_COROUTINE
        if is_async:
            import wws_loop  # So that the image has it.
    send({"loaded": True, "random": watch.has_drawn(), "async": bool(is_async)})


def _handle(head, body):
    wws_channel.may_wait = head["waits"]
    if _worker is None:
        _load_worker()
    else:
        wws_imports.reseed()
    poly.Cache._entries = head["kv"]
    request = poly.Request(head["url"], head["method"], head["headers"], head["params"], body, head["body"])
    response = _worker(request)
    if hasattr(response, "__await__"):
        import wws_loop

        response = wws_loop.run(response)
    _answer(response)


_ACTIONS = {"probe": _probe, "prepare": _prepare, "load": _load, "handle": _handle}


def _load_worker():
    global _worker
    module = sys.modules["__main__"] = type(sys)("__main__")
    scope = module.__dict__
    scope.update({name: getattr(poly, name) for name in poly.__all__}, __file__="/src/index.py")
    exec(compile(_code, _name, "exec", dont_inherit=True), scope)
    worker = scope.get("worker")
    if not callable(worker):
        raise TypeError('The worker has no function "worker(request)"')
    _worker = worker


def _answer(response):
    try:
        body, status, headers = response.body, response.status_code, response.headers
    except AttributeError:
        kind = type(response).__name__
        raise TypeError(f"Expected worker() to return a Response, got {kind}") from None
    if isinstance(body, str):
        body = body.encode()
    elif not isinstance(body, bytes):
        body = bytes(_buffer(body))
    head = {"answer": True, "status": status, "headers": headers}
    if poly.Cache._is_changed:
        head["kv"] = poly.Cache._entries
    send(head, body)


def _buffer(body):
    try:
        return memoryview(body)
    except TypeError:
        kind = type(body).__name__
        raise TypeError(f"Expected the body of a Response to be str or bytes, got {kind}") from None


def _explain(error):
    """Writes the traceback to the log, without our own frames, and returns the gist of it."""
    if isinstance(error, SystemExit):
        return f"SystemExit: {error.code}"
    report = shown = traceback.TracebackException.from_exception(error, limit=_FRAMES)
    while shown is not None:
        shown.stack[:] = [frame for frame in shown.stack if not _is_ours(frame.filename)]
        shown = shown.__cause__ or shown.__context__
    print("".join(report.format()), end="", file=_log)
    return traceback.format_exception_only(type(error), error)[-1].strip()


def _is_ours(file):
    return file.startswith("<wws") or file.endswith("asyncio/base_events.py")


def _show_source(name, source):
    """For tracebacks, which quote it."""
    import linecache

    text = source.decode("utf-8", "replace")
    linecache.cache[name] = (len(source), None, text.splitlines(True), name)
