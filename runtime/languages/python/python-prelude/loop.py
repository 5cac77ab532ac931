"""Runs `async def worker` to its end: an event loop without sockets, which has none to wait for."""

import asyncio
import time


class _Sleep:
    """In the place of a selector: the next timer is all there is to wait for."""

    @staticmethod
    def select(timeout):
        if timeout is None:
            raise RuntimeError("The worker waits for something that never comes")
        if timeout > 0:
            time.sleep(timeout)
        return []


class _Loop(asyncio.BaseEventLoop):
    _selector = _Sleep

    def _process_events(self, events):
        pass

    def _write_to_self(self):
        pass


def run(awaitable):
    loop = _Loop()
    asyncio.set_event_loop(loop)
    return loop.run_until_complete(awaitable)
