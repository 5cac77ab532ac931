"""What imports find, and what they may do before the worker's image is taken.

A worker is loaded once and its image answers all requests, unless loading it looked at something that may be
another thing later. Finding and reading modules does not count, nor what the standard library does to itself."""

import sys
from functools import wraps
from importlib import _bootstrap_external as machinery
from zipimport import zipimporter

import os
from wws_channel import ask, send
from wws_routing import PATCHES

_spec = type(sys.__spec__)


def install(variables):
    """Sets `sys.path` as a script `/src/index.py` has it, and adds our finders."""
    own = [entry for entry in variables.get("PYTHONPATH", "").split(":") if entry]
    sys.path[:1] = ["/src", *own]
    sys.path_importer_cache.clear()
    sys.meta_path.insert(1, _Patched)
    # Last: a worker called json.py must not take the place of the library's.
    sys.meta_path.append(_Beside)


def reseed():
    """Gives `random` numbers of its own: an image would repeat them."""
    random = sys.modules.get("random")
    if random is not None:
        random._inst.seed()


class watching:
    """While it is entered, the host is told what is none of the worker's doing."""

    def __enter__(self):
        self._depth = 0
        self._dealt = self._state()
        self._replaced = []
        replace = self._replace
        finder = machinery.PathFinder
        replace(finder, "find_spec", staticmethod(self._quiet(finder.find_spec)))
        for loader in (machinery.SourceLoader, machinery.SourcelessFileLoader, zipimporter):
            replace(loader, "get_code", self._quiet(loader.get_code))
        replace(zipimporter, "exec_module", self._quiet_library(zipimporter.exec_module))
        return self

    def __exit__(self, *_):
        for owner, name, had, value in reversed(self._replaced):
            if had:
                setattr(owner, name, value)
            else:
                delattr(owner, name)

    def has_drawn(self):
        """Whether somebody took numbers of `random`, or gave it a seed."""
        return self._state() != self._dealt

    def _replace(self, owner, name, value):
        self._replaced.append((owner, name, name in vars(owner), vars(owner).get(name)))
        setattr(owner, name, value)

    def _quiet(self, function):
        @wraps(function)
        def quietly(*args, **named):
            if self._depth == 0:
                send({"quiet": True})
            self._depth += 1
            try:
                return function(*args, **named)
            finally:
                self._depth -= 1
                if self._depth == 0:
                    send({"quiet": False})

        return quietly

    def _quiet_library(self, function):
        quietly = self._quiet(function)

        @wraps(function)
        def choose(loader, module):
            if not loader.archive.startswith(sys.base_prefix):
                return function(loader, module)
            quietly(loader, module)
            if module.__name__ == "random":
                self._dealt = self._state()

        return choose

    @staticmethod
    def _state():
        random = sys.modules.get("random")
        return None if random is None else random._inst.getstate()


class _Patched:
    """Modules of the library that are changed once they are loaded."""

    @staticmethod
    def find_spec(name, path=None, target=None):
        patch = PATCHES.get(name)
        spec = None if patch is None else machinery.PathFinder.find_spec(name, path, target)
        if spec is not None:
            spec.loader = _PatchedLoader(spec.loader, patch)
        return spec


class _PatchedLoader:
    def __init__(self, loader, patch):
        self._loader = loader
        self._patch = patch

    def __getattr__(self, name):
        return getattr(self._loader, name)

    def exec_module(self, module):
        self._loader.exec_module(module)
        self._patch(module)


class _Beside:
    """Modules beside the worker, of which the host hands out nothing but Python."""

    PLACE = "wws:beside"

    @classmethod
    def find_spec(cls, name, path=None, target=None):
        if path is not None and cls.PLACE not in path:
            return None
        head, source = ask({"ask": "module", "name": name})
        if not head["found"]:
            return None
        spec = _spec(name, _BesideLoader(head["file"], source), origin=head["file"], is_package=head["package"])
        spec.has_location = True
        if head["package"]:
            spec.submodule_search_locations.append(cls.PLACE)
        return spec


class _BesideLoader:
    def __init__(self, file, source):
        self._file = file
        self._source = source

    def create_module(self, spec):
        return None

    def exec_module(self, module):
        exec(compile(self._source, self._file, "exec", dont_inherit=True), module.__dict__)

    def get_source(self, name):
        return self._source.decode("utf-8", "replace")
