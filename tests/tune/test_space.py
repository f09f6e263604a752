"""Ranges, choices, `--set`, and Keras Tuner's words."""

import pytest

from unstuck.core.errors import UsageError
from unstuck.tune.space.hyper_parameters import HyperParameters, of_setting
from unstuck.tune.space.parameter import Parameter, is_learning_rate
from unstuck.tune.space.set_option import parameter, parameters


@pytest.mark.parametrize(("text", "expected"), [
    ("lr=1e-5..1e-1:log", {"name": "lr", "low": 1e-5, "high": 0.1, "log": True, "whole": False}),
    ("layers=1..4", {"low": 1, "high": 4, "whole": True, "log": False}),
    ("drop=0..0.5:step=0.1", {"low": 0.0, "high": 0.5, "step": 0.1, "whole": False}),
    ("drop=0..1", {"low": 0.0, "high": 1.0, "whole": False}),
    ("lr=0..5", {"low": 0.0, "high": 5.0, "whole": False}),
    ("shift=-3..-1", {"low": -3, "high": -1, "whole": True}),
    ("--width=8..512:log", {"name": "width", "whole": True, "log": True}),
    ("batch_size=16|32|64", {"choices": (16, 32, 64)}),
    ("act=relu|tanh", {"choices": ("relu", "tanh")}),
    ("decay=0|1e-4", {"choices": (0, 1e-4)}),
])  # fmt: skip
def test_a_space_is_read(text, expected):
    found = parameter(text)
    assert {name: getattr(found, name) for name in expected} == expected


@pytest.mark.parametrize(("text", "says"), [
    ("lr", "cannot be read"), ("lr=", "cannot be read"), ("=1..2", "cannot be read"),
    ("lr=0.1", "nothing to search"), ("lr=1-2", "two dots"), ("lr=1..1", "empty"), ("lr=2..1", "empty"),
    ("lr=0..1:log", "above 0"), ("lr=1..2:foo", "unknown ending :foo"), ("lr=1..2:step=x", "unknown ending"),
    ("n=1..4:step=9", "step of n"), ("n=1..4:log:step=1", "Give one of them"), ("a=x|x", "twice"),
    ("lr=nan..1", "both ends of a range are numbers"), ("a=|", "nothing to choose"), ("a=x|", "nothing to search"),
])  # fmt: skip
def test_an_impossible_space_is_refused(text, says):
    with pytest.raises(UsageError, match=says):
        parameter(text)


def test_a_name_that_comes_twice_is_refused():
    with pytest.raises(UsageError, match="lr twice"):
        parameters(["lr=0..1", "lr=1|2"])


@pytest.mark.parametrize(("about", "says"), [
    ({"low": 0.0, "high": float("inf")}, "not finite"), ({"low": 0.5, "high": 2, "whole": True}, "whole"),
    ({"low": 0.0, "high": 1.0, "default": 3.0}, "outside its range"), ({"choices": ("a", object)}, "cannot be stored"),
    ({"choices": ("a", "b"), "default": "c"}, "none of a | b"),
])  # fmt: skip
def test_an_impossible_parameter_is_refused(about, says):
    with pytest.raises(UsageError, match=says.replace("|", r"\|")):
        Parameter(name="x", **about)


def test_the_middle_is_the_default_or_the_geometric_mean_or_the_first_choice():
    assert Parameter(name="x", low=1e-4, high=1e-2, log=True).middle == pytest.approx(1e-3)
    assert Parameter(name="x", low=0, high=10, whole=True, default=3).middle == 3
    assert Parameter(name="x", choices=("a", "b")).middle == "a"


@pytest.mark.parametrize("name", ["lr", "learning_rate", "Learning-Rate", "optimizer.lr", "--lr"])
def test_a_learning_rate_is_known_by_its_name(name):
    assert is_learning_rate(name)
    assert not is_learning_rate(f"{name}_decay")


def build(hp):
    kind = hp.Choice("kind", ["sgd", "adam"])
    with hp.conditional_scope("kind", ["sgd"]):
        momentum = hp.Float("momentum", 0.0, 1.0, default=0.9)
    return kind, momentum, hp.Int("width", 8, 64, step=8), hp.Boolean("norm"), hp.Fixed("epochs", 3)


def test_inactive_parameters_have_their_default_and_are_not_searched():
    hp = HyperParameters(of_setting({"kind": "adam", "momentum": 0.1, "width": 16}))
    assert build(hp) == ("adam", 0.9, 16, False, 3)
    assert hp.values == {"kind": "adam", "width": 16, "norm": False, "epochs": 3}
    hp = HyperParameters(of_setting({"kind": "sgd", "momentum": 0.1}))
    assert build(hp)[1] == 0.1
    assert hp.space["momentum"].condition == "kind = sgd"


def test_a_parent_can_be_named_in_the_call():
    hp = HyperParameters(of_setting({"kind": "b", "x": 0.1}))
    hp.Choice("kind", ["a", "b"])
    assert hp.Float("x", 0, 1, default=0.7, parent_name="kind", parent_values=["a"]) == 0.7
    assert hp.Float("x", 0, 1, default=0.7, parent_name="kind", parent_values="b") == 0.1


def test_asking_twice_gives_the_same_value_and_another_range_is_refused():
    hp = HyperParameters(of_setting({"x": 0.25}))
    assert hp.Float("x", 0, 1) == hp.Float("x", 0, 1) == hp.get("x") == 0.25
    with pytest.raises(UsageError, match="different ranges"):
        hp.Float("x", 0, 2)
    with pytest.raises(UsageError, match="not asked for before"):
        hp.get("y")
    with pytest.raises(UsageError, match="sampling of z"):
        hp.Float("z", 1, 2, sampling="logarithmic")
    with pytest.raises(UsageError, match="before nothing was asked for"), hp.conditional_scope("nothing", [1]):
        pass
