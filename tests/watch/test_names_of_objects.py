"""A number belongs to one object for ever, though ``id()`` comes again; whose line is it."""

from __future__ import annotations

import gc
import sys
from types import FrameType
from typing import Any

from unstuck.watch.source import PACKAGE, CallSites, Frames, Location
from unstuck.watch.torch.identity import Identities


class Thing:
    pass


def test_a_number_for_each_living_object() -> None:
    identities = Identities()
    things = [Thing() for _ in range(100)]
    numbers = [identities.of(thing) for thing in things]
    assert len(set(numbers)) == 100
    assert [identities.of(thing) for thing in things] == numbers


def test_no_number_is_given_twice() -> None:
    identities = Identities()
    seen: set[int] = set()
    addresses: set[int] = set()
    for _ in range(1000):
        thing = Thing()
        addresses.add(id(thing))
        number = identities.of(thing)
        assert number not in seen
        seen.add(number)
        del thing
    gc.collect()
    assert len(addresses) < 1000  # the address did come again


def called(frame: Any = None) -> FrameType:
    return sys._getframe(1)


def from_file(name: str, text: str, **names: Any) -> dict[str, Any]:
    """Run a text as if it stood in a file of that name."""
    found: dict[str, Any] = dict(names)
    exec(compile(text, name, "exec"), found)
    return found


def test_the_innermost_user_frame() -> None:
    frames = Frames()
    library = from_file(sys.prefix + "/lib/python3.11/site-packages/x.py", "def call(f):\n    return f()")
    ours = from_file(PACKAGE + "/y.py", "import sys\ndef frame():\n    return sys._getframe(0)")
    user = from_file("/home/me/train.py", "def step(call, f):\n    return call(f)")
    found = frames.user_frame(user["step"](library["call"], ours["frame"]))
    assert found is not None
    # Its frames have returned, and are still linked: the user's stands above library and recorder.
    assert found.f_code.co_filename == "/home/me/train.py"
    assert frames.location(found) == Location("/home/me/train.py", 2, "step")


def test_notebooks_strings_and_frozen_modules() -> None:
    frames = Frames()
    assert frames.is_user("<string>")
    assert frames.is_user("/tmp/ipykernel_1/123.py")
    assert frames.is_user("<ipython-input-1-abc>")
    assert not frames.is_user("<frozen runpy>")
    assert not frames.is_user(PACKAGE + "/watch/graft.py")
    assert not frames.is_user(sys.modules["json"].__file__ or "")


def test_a_program_inside_a_package_folder_is_its_outermost_frame() -> None:
    frames = Frames()
    library = from_file(PACKAGE + "/z.py", "import sys\ndef frame():\n    return sys._getframe(0)")
    found = frames.user_frame(library["frame"]())
    assert found is not None  # pytest's own frames are in site-packages, this file's is the user's
    assert frames.user_frame(None) is None
    assert frames.location(None) is None


MAKING = """
class Part:
    def __init__(self, told):
        told.append(find(self))
class Whole(Part):
    def __init__(self, told):
        self.part = Part(told)
        super().__init__(told)
def main(told):
    return Whole(told)
"""


def test_the_frame_that_made_an_object() -> None:
    frames = Frames()

    def find(made: object) -> int:
        frame = frames.maker_frame(sys._getframe(1), made)
        assert frame is not None
        return frame.f_lineno

    told: list[int] = []
    from_file("/home/me/model.py", MAKING, find=find)["main"](told)
    assert told == [7, 10]  # the part is made on its line in the whole; the whole where main calls it, not in super()


def test_call_sites() -> None:
    sites = CallSites()
    keys = [sites.key(called()), sites.key(called())]
    assert keys[0] != keys[1]
    again = set()
    for _ in range(3):
        again.add(sites.key(called()))
    assert len(again) == 1
    sites.hold(called())
