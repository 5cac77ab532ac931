"""An event loop for `async def worker` and for `asyncio.run`: it waits for timers, and for the host."""

import asyncio
import time

import wws_channel
from wws_channel import ask


class Loop(asyncio.BaseEventLoop):
    def __init__(self):
        super().__init__()
        # The base asks this for events, and waits by it.
        self._selector = self
        # Requests under way, by their numbers: who waits for the answer.
        self._waiting = {}

    def expect(self, number):
        """A future for the answer to a request that the host has begun."""
        future = self._waiting[number] = self.create_future()
        return future

    def select(self, timeout):
        if timeout == 0 and not self._waiting:
            return []
        if timeout is None and not self._waiting:
            raise RuntimeError("The worker waits for something that never comes")
        if not (self._waiting or wws_channel.may_wait):
            time.sleep(timeout)
            return []
        head, body = ask({"ask": "next", "ms": None if timeout is None else timeout * 1000})
        future = self._waiting.pop(head["number"], None)
        if future is not None and not future.done():
            future.set_result((head, body))
        return []

    def _process_events(self, events):
        pass

    def _write_to_self(self):
        pass


class _Policy(asyncio.DefaultEventLoopPolicy):
    _loop_factory = Loop


asyncio.set_event_loop_policy(_Policy())


def run(awaitable):
    loop = Loop()
    asyncio.set_event_loop(loop)
    return loop.run_until_complete(awaitable)
