"""A graft hears of a call and changes nothing else: results, closures, defaults, tracebacks, the code object itself."""

from __future__ import annotations

import asyncio
import inspect
import traceback
from collections.abc import Callable, Iterator
from types import FunctionType
from typing import Any

import pytest

from unstuck.watch.graft import Graft, GraftError, graft


class Heard:
    """Collects what a graft reports."""

    def __init__(self) -> None:
        self.calls: list[tuple[Any, ...]] = []

    def before(self, *arguments: Any) -> str:
        self.calls.append(("before", *arguments))
        return "token"

    def after(self, token: Any, result: Any, *arguments: Any) -> None:
        self.calls.append(("after", token, result, *arguments))

    def failed(self, token: Any, error: BaseException, *arguments: Any) -> None:
        self.calls.append(("failed", token, type(error).__name__, *arguments))


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
def planted(heard: Heard) -> Iterator[Callable[..., Graft]]:
    made: list[tuple[Graft, Any]] = []

    def plant(function: Any, **more: Any) -> Graft:
        made.append((graft(function, before=heard.before, after=heard.after, failed=heard.failed, **more),
                     function.__code__))  # fmt: skip
        made[-1][0].on()
        return made[-1][0]

    yield plant
    for one, code in made:
        one.remove()
        assert one.function.__code__ is code
    assert not [name for name in globals() if name.startswith("_unstuck_")]


def plain(a: int, b: int = 2, *rest: int, c: int, d: int = 4, **more: int) -> int:
    """Its docstring."""
    if a < 0:
        return -1
    return a + b + c + d + sum(rest) + sum(more.values())


def no_return(box: list[int]) -> None:
    box.append(1)


def empty_return(box: list[int]) -> None:
    if box:
        return
    box.append(2)


def nested(n: int) -> list[Any]:
    def inner(x: int) -> int:
        if x:
            return x * 2
        return 0

    def numbers() -> Iterator[int]:
        yield 1
        return 7

    async def later() -> str:
        return "later"

    class Local:
        def method(self) -> str:
            return "method"

    double = lambda x: x + n  # noqa: E731
    generator = numbers()
    next(generator)
    try:
        next(generator)
    except StopIteration as stop:
        value = stop.value
    return [inner(n), value, asyncio.run(later()), Local().method(), double(1)]


def finally_wins() -> str:
    try:
        return "try"
    finally:
        pass


def makes_adder(n: int, m: int) -> Callable[[int], int]:
    def add(x: int) -> int:
        return x + m * n

    return add


def divides(one: dict[str, int], other: dict[str, int]) -> float:
    value = one["first"] + one["second"]
    return (value +
            one["first"] / other["divisor"]) + 1


def deep(one: dict[str, int], other: dict[str, int]) -> float:
    return 2 * divides(one, other)


def raises_with_context() -> None:
    try:
        [][1]
    except IndexError as error:
        raise ValueError("outer") from error


class Base:
    def __init__(self, value: int) -> None:
        self.value = value


class Derived(Base):
    def __init__(self, value: int, *, extra: int = 5) -> None:
        super().__init__(value + extra)
        self.own = __class__.__name__  # type: ignore[name-defined]


def test_before_and_after_hear_the_parameters_in_order(planted: Any, heard: Heard) -> None:
    planted(plain)
    assert plain(1, c=3) == 10
    assert heard.calls == [
        ("before", 1, 2, (), 3, 4, {}), ("after", "token", 10, 1, 2, (), 3, 4, {}),
    ]  # fmt: skip
    heard.calls.clear()
    assert plain(1, 1, 5, c=1, d=1, e=9) == 18
    assert heard.calls[1] == ("after", "token", 18, 1, 1, (5,), 1, 1, {"e": 9})
    heard.calls.clear()
    assert plain(-3, c=0) == -1
    assert heard.calls[1][2] == -1


def test_signature_defaults_and_names_stay(planted: Any) -> None:
    told = (inspect.signature(plain), plain.__defaults__, plain.__kwdefaults__, plain.__doc__, plain.__qualname__)
    code = plain.__code__
    watched = planted(plain).watched
    assert (
        inspect.signature(plain), plain.__defaults__, plain.__kwdefaults__, plain.__doc__, plain.__qualname__,
    ) == told  # fmt: skip
    for name in ("co_name", "co_qualname", "co_filename", "co_firstlineno", "co_argcount", "co_kwonlyargcount",
                 "co_posonlyargcount", "co_freevars"):  # fmt: skip
        assert getattr(watched, name) == getattr(code, name), name
    plain.__defaults__ = (100,)
    try:
        assert plain(0, c=0, d=0) == 100  # defaults live on the function, not in the graft
    finally:
        plain.__defaults__ = (2,)


def test_wrong_calls_raise_the_same(planted: Any) -> None:
    with pytest.raises(TypeError) as bare:
        plain(1)  # type: ignore[call-arg]
    planted(plain)
    with pytest.raises(TypeError) as watched:
        plain(1)  # type: ignore[call-arg]
    assert str(bare.value) == str(watched.value)


def test_functions_without_return(planted: Any, heard: Heard) -> None:
    planted(no_return)
    planted(empty_return)
    box: list[int] = []
    assert no_return(box) is None
    assert empty_return(box) is None
    assert empty_return([]) is None
    assert [call[:3] for call in heard.calls if call[0] == "after"] == [("after", "token", None)] * 3


def test_returns_of_nested_functions_stay_theirs(planted: Any, heard: Heard) -> None:
    expected = nested(3)
    planted(nested)
    assert nested(3) == expected == [6, 7, "later", "method", 4]
    assert len(heard.calls) == 2


def test_return_within_try(planted: Any, heard: Heard) -> None:
    planted(finally_wins)
    assert finally_wins() == "try"
    assert heard.calls[-1] == ("after", "token", "try")


def test_closures_keep_their_cells(planted: Any, heard: Heard) -> None:
    add = makes_adder(3, 2)
    planted(add)
    assert add(1) == 7
    assert makes_adder(5, 2)(1) == 11  # another closure over the same source is another function
    assert heard.calls == [("before", 1), ("after", "token", 7, 1)]


def test_methods_that_call_super(planted: Any, heard: Heard) -> None:
    planted(Derived.__init__)
    made = Derived(1, extra=2)
    assert (made.value, made.own) == (3, "Derived")
    assert heard.calls == [("before", made, 1, 2), ("after", "token", None, made, 1, 2)]


def rendered(call: Callable[[], Any]) -> str:
    try:
        call()
    except Exception as error:
        # The first frame is ours.
        error.__traceback__ = error.__traceback__.tb_next if error.__traceback__ else None
        return "".join(traceback.format_exception(error))
    return "nothing raised"


@pytest.mark.parametrize(
    "call",
    [
        lambda: deep({"first": 1, "second": 2}, {"divisor": 0}),
        lambda: deep({"first": 1}, {"divisor": 1}),
        lambda: deep({"first": 1, "second": 2}, {}),
        raises_with_context,
    ],
    ids=["zero", "no second", "no divisor", "from another"],
)
def test_tracebacks_are_the_same_to_the_last_caret(call: Callable[[], Any], planted: Any, heard: Heard) -> None:
    bare = rendered(call)
    assert "^" in bare
    for function in (divides, deep, raises_with_context):
        planted(function)
    assert rendered(call) == bare
    assert heard.calls[-1][0] == "failed"
    assert all(call[1] == "token" for call in heard.calls if call[0] == "failed")


def test_base_exceptions_pass_through(planted: Any, heard: Heard) -> None:
    def interrupted() -> None:
        raise KeyboardInterrupt

    planted(interrupted)
    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert heard.calls[-1] == ("failed", "token", "KeyboardInterrupt")


def test_on_off_remove() -> None:
    code = plain.__code__
    heard = Heard()
    one = graft(plain, before=heard.before)
    assert plain.__code__ is code
    assert plain(1, c=1) == 8
    one.on()
    assert plain.__code__ is one.watched
    plain(1, c=1)
    assert len(heard.calls) == 1
    one.off()
    assert plain.__code__ is code
    plain(1, c=1)
    assert len(heard.calls) == 1
    one.on()
    one.remove()
    assert plain.__code__ is code
    assert not any(name.startswith("_unstuck_") for name in plain.__globals__)
    one.remove()  # twice does no harm


def test_switched_off_while_it_runs() -> None:
    def works() -> str:
        stop()
        return "done"

    heard = Heard()
    one = graft(works, before=heard.before, after=heard.after)

    def stop() -> None:
        one.off()

    one.on()
    assert works() == "done"
    assert [call[0] for call in heard.calls] == ["before", "after"]  # the frame that runs keeps its code
    assert works() == "done"
    assert len(heard.calls) == 2
    one.remove()


def test_unless() -> None:
    heard = Heard()
    silent = [True]
    one = graft(plain, before=heard.before, after=heard.after, failed=heard.failed, unless=lambda: silent[0])
    one.on()
    try:
        plain(1, c=1)
        with pytest.raises(TypeError):
            plain("x", c=1)  # type: ignore[arg-type]
        assert heard.calls == []
        silent[0] = False
        plain(1, c=1)
        assert [call[0] for call in heard.calls] == ["before", "after"]
    finally:
        one.remove()


class Answer:
    def __init__(self, requires_grad: bool) -> None:
        self.requires_grad = requires_grad


def answers(graded: bool) -> Answer:
    return Answer(graded)


def test_quiet_about_results_with_a_gradient() -> None:
    heard = Heard()
    quiet = [True]
    one = graft(answers, after=heard.after, quiet=quiet)
    one.on()
    try:
        answers(True)
        assert heard.calls == []
        answers(False)
        assert len(heard.calls) == 1
        quiet[0] = False
        answers(True)
        assert len(heard.calls) == 2
    finally:
        one.remove()


def test_two_grafts_of_different_functions_share_the_globals() -> None:
    first, second = Heard(), Heard()
    one, two = graft(no_return, before=first.before), graft(empty_return, before=second.before)
    one.on()
    two.on()
    no_return([])
    empty_return([])
    one.remove()
    empty_return([])
    assert (len(first.calls), len(second.calls)) == (1, 2)
    two.remove()


def test_what_cannot_be_grafted() -> None:
    with pytest.raises(GraftError):
        graft(len)
    made: dict[str, Any] = {}
    exec("def made_up():\n    return 1", made)
    with pytest.raises(GraftError):
        graft(made["made_up"])
    with pytest.raises(GraftError):
        graft(Base)


def test_every_tap_of_this_torch_fits() -> None:
    """All functions of torch in the table can be grafted, and get their code back."""
    torch = pytest.importorskip("torch")
    from unstuck.watch.torch.handlers import Handlers
    from unstuck.watch.torch.hook_table import planted, taps
    from unstuck.watch.torch.step_hooks import StepHooks

    class Stub:
        recorder = None
        quiet = (False,)

    before = torch.nn.functional.cross_entropy.__code__
    found = [planted(tap) for tap in taps(Handlers(Stub()), StepHooks(None), [False])]  # type: ignore[arg-type]
    assert len(found) > 40
    for one in found:
        assert isinstance(one.function, FunctionType)
        code = one.function.__code__
        one.on()
        assert one.function.__code__ is not code
        one.remove()
        assert one.function.__code__ is code
    assert torch.nn.functional.cross_entropy.__code__ is before
