# Does what its query says, and tells how it finds its state, for the tests of isolation and limits.
import asyncio
import builtins
import os
import random
import secrets
import uuid

count = 1
kept = []


def found():
    with open("/data/note.txt") as note:
        return {
            "globals": count,
            "builtins": ascii("a"),
            "environment": os.environ["MODE"],
            "files": note.fileno(),
            "tmp": os.path.exists("/tmp/left"),
        }


def taint():
    global count
    count = 9
    builtins.ascii = lambda _: "spoilt"
    os.environ["MODE"] = "spoilt"
    kept.append(open("/data/note.txt"))
    try:
        with open("/tmp/left", "w") as left:
            left.write("here")
    except OSError:
        pass


def loop():
    while True:
        try:
            while True:
                pass
        except BaseException:
            pass


def recurse():
    return recurse() + 1


def allocate():
    while True:
        kept.append(b"x" * (1 << 20))


def flood():
    while True:
        print("x" * (1 << 16))


def numbers():
    return [random.random(), secrets.token_hex(8), uuid.uuid4(), os.urandom(8).hex()]


async def worker(request):
    what = request.url.split("?")[1]
    if what == "random":
        return Response(json.dumps([str(number) for number in numbers()]))
    if what == "never":
        await asyncio.get_running_loop().create_future()
    elif what != "found":
        globals()[what]()
    return Response(json.dumps(found()))
