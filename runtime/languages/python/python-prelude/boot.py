"""Runs first: makes the modules of this folder importable, and goes where the host stops the interpreter.

The host gives it as the text of `python -c`, and the other modules as arguments: a name and its text in turn."""

import sys


class Prelude:
    """Finds and loads these modules, each when it is first imported."""

    sources = dict(zip(sys.argv[1::2], sys.argv[2::2]))
    spec = type(sys.__spec__)

    @classmethod
    def find_spec(cls, name, path=None, target=None):
        return cls.spec(name, cls) if name in cls.sources else None

    @staticmethod
    def create_module(spec):
        return None

    @classmethod
    def exec_module(cls, module):
        name = module.__name__
        exec(compile(cls.sources[name], f"<{name}>", "exec"), module.__dict__)


sys.meta_path.insert(0, Prelude)

import wws_run

wws_run.stop_here()
