"""Module: what it finds inside itself, its state, and what is done to all of it."""

import abc
import copy
import functools
import gc
import json
import math
import pickle
import weakref

import pytest

import autograd
from autograd import Value, nn
from autograd.nn.parameter import outermost


class Everything(nn.Module):
    """Parameters and modules in every place where they are found."""

    def __init__(self):
        self.scale = nn.Parameter(2.0)
        self.table = {"a": nn.Linear(2, 1, seed=0), "b": nn.Parameter(3.0)}
        self.blocks = [nn.Linear(1, 2, seed=1), (nn.ReLU(), nn.Linear(2, 1, bias=False, seed=2))]
        self.plain = Value(9.0)
        self.data = [[1.0, 2.0], "text", None]
        self.offset = [nn.Parameter(0.5), nn.Parameter(-0.5)]
        self.register_buffer("count", 0)


NAMES = {
    "scale": 2.0, "table.b": 3.0, "offset": [0.5, -0.5], "count": 0, "table.a.weight": None, "table.a.bias": None,
    "blocks.0.weight": None, "blocks.0.bias": None, "blocks.1.1.weight": None,
}  # fmt: skip


def test_a_state_has_parameters_in_order_then_buffers_then_the_modules_inside():
    state = Everything().state_dict()
    assert list(state) == list(NAMES)
    assert {name: state[name] for name, number in NAMES.items() if number is not None} == {
        name: number for name, number in NAMES.items() if number is not None
    }


def test_a_weight_is_a_list_of_rows_one_for_each_output():
    layer = nn.Linear(3, 2, seed=0)
    assert [len(row) for row in layer.weight] == [3, 3] and len(layer.bias) == 2
    assert layer.state_dict()["weight"] == [[w.data for w in row] for row in layer.weight]


def test_every_parameter_has_a_name_that_says_where_it_stands():
    module = Everything()
    named = dict(module.named_parameters())
    assert list(named.values()) == module.parameters()
    assert named["blocks.1.1.weight[0][1]"] is module.blocks[1][1].weight[0][1]
    assert named["offset[1]"] is module.offset[1] and named["scale"] is module.scale
    assert list(dict(module.named_parameters(prefix="net", recurse=False))) == [
        "net.scale", "net.table.b", "net.offset[0]", "net.offset[1]"
    ]  # fmt: skip
    assert module.parameters(recurse=False) == [module.scale, module.table["b"], *module.offset]


def test_children_and_modules_come_with_their_names():
    module = Everything()
    assert [name for name, _ in module.named_children()] == ["table.a", "blocks.0", "blocks.1.0", "blocks.1.1"]
    assert list(module.children()) == [child for _, child in module.named_children()]
    assert [name for name, _ in nn.Sequential(module).named_modules()] == [
        "", "0", "0.table.a", "0.blocks.0", "0.blocks.1.0", "0.blocks.1.1"
    ]  # fmt: skip
    assert list(module.named_buffers()) == [("count", 0)]


def test_a_module_that_stands_in_two_places_is_trained_once_and_saved_twice():
    layer = nn.Linear(1, 1, seed=0)
    twice = nn.Sequential(layer, nn.Tanh(), layer)
    assert len(twice.parameters()) == len(list(twice.named_parameters())) == 2
    assert len(list(twice.modules())) == 3
    assert list(twice.children()) == [layer, twice[1]]
    assert list(twice.state_dict()) == ["0.weight", "0.bias", "2.weight", "2.bias"]


def test_a_weight_that_two_modules_share_is_trained_once_and_saved_twice():
    first, second = nn.Linear(1, 1, seed=0), nn.Linear(1, 1, seed=1)
    second.weight = first.weight
    tied = nn.Sequential(first, second)
    names = ["0.weight[0][0]", "0.bias[0]", "1.bias[0]"]
    assert [name for name, _ in tied.named_parameters()] == names and len(tied.parameters()) == 3
    assert len(tied.state_dict()) == 4


def test_rows_of_different_lengths_are_entries_of_their_own():
    module = nn.Module()
    module.triangle = [[nn.Parameter(1.0)], [nn.Parameter(2.0), nn.Parameter(3.0)]]
    assert module.state_dict() == {"triangle.0": [1.0], "triangle.1": [2.0, 3.0]}


def test_train_and_eval_reach_every_module():
    module = nn.Sequential(nn.Dropout(0.5), nn.Residual(nn.Dropout(0.5)))
    assert module.eval() is module
    assert [m.training for m in module.modules()] == [False] * 4
    assert all(m.training for m in module.train().modules())
    with pytest.raises(TypeError, match="True or False, but got 'yes'"):
        module.train("yes")


def test_zero_grad_reaches_every_parameter():
    module = nn.Sequential(nn.Linear(2, 2, seed=0), nn.Linear(2, 1, seed=1))
    module([1.0, 2.0])[0].backward()
    assert all(p.grad != 0.0 for p in module.parameters())
    module.zero_grad()
    assert all(p.grad == 0.0 for p in module.parameters())


def test_apply_visits_the_innermost_first_and_returns_the_module():
    module = nn.Sequential(nn.Linear(1, 1), nn.Sequential(nn.ReLU()))
    seen = []
    assert module.apply(lambda m: seen.append(type(m).__name__)) is module
    assert seen == ["Linear", "ReLU", "Sequential", "Sequential"]


def test_a_module_without_forward_says_so():
    with pytest.raises(NotImplementedError, match="Everything has no forward"):
        Everything()([1.0])


def test_repr_is_a_tree_with_the_number_of_parameters():
    module = nn.Sequential(nn.Linear(2, 1), nn.Residual(nn.Sequential(nn.Linear(1, 1000), nn.Linear(1000, 1))))
    assert repr(module) == (
        "Sequential(\n"
        "  (0): Linear(in_features=2, out_features=1, bias=True)\n"
        "  (1): Residual(\n"
        "    (module): Sequential(\n"
        "      (0): Linear(in_features=1, out_features=1000, bias=True)\n"
        "      (1): Linear(in_features=1000, out_features=1, bias=True)\n"
        "    )\n"
        "  )\n"
        ")  # 3,004 parameters"
    )
    assert repr(nn.ReLU()) == "ReLU()"


# --- the state ---


def test_a_state_goes_through_json_into_another_module_to_the_last_bit():
    first, second = nn.MLP(2, [3, 1], "tanh", seed=0), nn.MLP(2, [3, 1], "tanh", seed=1)
    assert first([0.1, 0.2]).data != second([0.1, 0.2]).data
    assert second.load_state_dict(json.loads(json.dumps(first.state_dict()))) == ([], [])
    assert first([0.1, 0.2]).data == second([0.1, 0.2]).data


def test_loading_sets_the_parameters_that_are_there_rather_than_making_others():
    module = Everything()
    before = module.parameters()
    state = module.state_dict() | {"scale": 7, "count": 3, "offset": (1.0, 2.0)}
    module.load_state_dict(state)
    assert all(a is b for a, b in zip(before, module.parameters(), strict=True))
    assert (module.scale.data, module.count, [p.data for p in module.offset]) == (7.0, 3, [1.0, 2.0])
    assert module.state_dict() == state | {"offset": [1.0, 2.0]}


def test_a_state_of_arrays_can_be_loaded():
    np = pytest.importorskip("numpy")
    layer = nn.Linear(2, 1)
    layer.load_state_dict({"weight": np.array([[1.0, 2.0]], dtype=np.float32), "bias": np.array([3])})
    assert layer([1.0, 1.0])[0].data == 6.0


def test_a_state_that_does_not_fit_is_one_error_that_names_each_entry_and_changes_nothing():
    module = nn.Sequential(nn.Linear(2, 3, seed=0), nn.BatchNorm1d(3), nn.Linear(3, 1, seed=1))
    before = copy.deepcopy(module.state_dict())
    state = before | {
        "0.weight": [[1.0, 2.0, 3.0]] * 2, "0.bias": [1.0, "two", 3.0], "1.weight": [[1.0], [2.0, 3.0]],
        "1.running_mean": 5.0, "2.weights": [[1.0]],
    }  # fmt: skip
    del state["2.weight"]
    with pytest.raises(ValueError) as error:
        module.load_state_dict(state)
    lines = str(error.value).split("\n  ")
    assert lines[0].startswith("this state does not fit Sequential, so nothing was changed; strict=False passes over")
    assert lines[1:] == [
        "missing: '2.weight'",
        "unexpected: '2.weights'",
        "'0.weight': expected the shape (3, 2), but got (2, 3)",
        "'0.bias': an entry must be a real number (int, float, NumPy scalar or array of size 1), but got 'two' of type "
        "str; give one number at a time, as a float",
        "'1.weight': its rows have different shapes: (1,), (2,)",
        "'1.running_mean': expected the shape (3,), but got ()",
    ]
    assert module.state_dict() == before
    with pytest.raises(TypeError, match="takes a dict of names and numbers"):
        module.load_state_dict([1.0])


def test_a_message_about_a_state_does_not_grow_with_the_state():
    module = nn.Linear(2, 1)
    states = [
        {f"name {i}": 0.0 for i in range(100_000)},
        {"n" * 100_000: 0.0},
        {"weight": ["x" * 100_000], "bias": [[0.0] * (i % 500) for i in range(1000)]},
        {"weight": {"x" * 1000: [[[[[[0.0] * 9] * 9] * 9] * 9] * 9] * 9}, "bias": [0.0]},
        dict.fromkeys(("weight", "bias"), functools.reduce(lambda inner, _: [inner], range(5000), 0.0)),
        ["x" * 100_000],
    ]
    for state in states:
        with pytest.raises((ValueError, TypeError)) as error:
            module.load_state_dict(state)
        assert len(str(error.value)) < 2000
    with pytest.raises(ValueError, match=r"unexpected: 'name 9'\n  unexpected: 99,990 more$"):
        module.load_state_dict(states[0])
    many = nn.Module()
    many.parts = [nn.Linear(1, 1) for _ in range(100)]
    with pytest.raises(ValueError, match="missing: 190 more") as error:
        many.load_state_dict({})
    assert len(str(error.value)) < 2000


@pytest.mark.parametrize(
    "entry, message",
    [
        ([True], "must be a number, but got True: give 1.0 or 0.0"),
        ([10**400], "within the range of floats, but got a whole number of 1,329 bits"),
        (functools.reduce(lambda inner, _: [inner], range(5000), 0.0), r"expected the shape \(1,\)"),
    ],
)
def test_what_cannot_be_a_weight_is_refused_and_changes_nothing(entry, message):
    layer = nn.Linear(2, 1, seed=0)
    before = layer.state_dict()
    with pytest.raises(ValueError, match=f"'bias': .*{message}"):
        layer.load_state_dict({"weight": [[1.0, 2.0]], "bias": entry})
    assert layer.state_dict() == before


def named(**attributes):
    module = nn.Module()
    vars(module).update({name.replace("_dot_", "."): x for name, x in attributes.items()})
    return module


def p(x=0.0):
    return nn.Parameter(x)


AMBIGUOUS = {
    "keys of two types": (named(blocks={1: nn.Linear(1, 1), "1": nn.Linear(1, 1)}), "model.blocks[1]", "['1']"),
    "parameters": (named(b={1: p(), "1": p()}), "model.b[1]", "model.b['1']"),
    "a key with a dot": (named(b={"a.c": p(), "a": {"c": p()}}), "model.b['a.c']", "model.b['a']['c']"),
    "an attribute with a dot": (named(a_dot_c=p(), a=named(c=p())), "model['a.c']", "model.a.c"),
    "an empty attribute": (nn.Sequential({"": named(c=p())}), "'model'", "model['']"),
    "a buffer": (named(a_dot_running_mean=p(), a=nn.BatchNorm1d(1)), "['a.running_mean']", "model.a.running_mean"),
    "keys of Sequential": (nn.Sequential({"a.b": nn.Linear(1, 1), "a": nn.Sequential({"b": nn.Linear(1, 1)})}), "", ""),
}


@pytest.mark.parametrize("kind", AMBIGUOUS)
def test_two_parts_with_one_name_are_refused_when_the_state_is_made_and_the_message_says_where_they_are(kind):
    module, first, second = AMBIGUOUS[kind]
    for ask in (module.state_dict, lambda: module.load_state_dict({}, strict=False)):
        with pytest.raises(ValueError, match="names are joined with dots.*; rename a key or an attribute") as error:
            ask()
        assert first in str(error.value) and second in str(error.value)
    if kind != "a buffer":
        with pytest.raises(ValueError, match="names are joined with dots"):
            list(module.named_parameters())
    assert module.parameters() and module.train() is module and repr(module)  # nothing else needs the names


def test_an_index_and_a_key_can_have_one_name_only_among_single_parameters():
    module = named(d={"w": [p(1.0), p(2.0)], "w[0]": p(3.0)})
    with pytest.raises(ValueError, match=r"'d.w\[0\]'.*model.d\['w'\]\[0\].*model.d\['w\[0\]'\]"):
        list(module.named_parameters())
    assert module.state_dict() == {"d.w": [1.0, 2.0], "d.w[0]": 3.0}


def test_keys_with_dots_and_numbers_that_are_not_ambiguous_are_saved_and_loaded():
    module = named(d={"lr=0.1": p(1.0), "": p(2.0), 3: p(4.0)})
    state = module.state_dict()
    assert state == {"d.lr=0.1": 1.0, "d.": 2.0, "d.3": 4.0}
    again = named(d={"lr=0.1": p(), "": p(), 3: p()})
    again.load_state_dict(state)
    assert again.state_dict() == state


def test_loading_that_is_not_strict_passes_over_names_but_not_over_shapes():
    module = nn.Linear(2, 1, seed=0)
    kept = module.weight[0][0].data
    found = module.load_state_dict({"bias": [5.0], "scale": 1.0}, strict=False)
    assert found.missing_keys == ["weight"] and found.unexpected_keys == ["scale"]
    assert (module.bias[0].data, module.weight[0][0].data) == (5.0, kept)
    with pytest.raises(ValueError, match=r"'bias': expected the shape \(1,\), but got \(2,\)"):
        module.load_state_dict({"bias": [1.0, 2.0]}, strict=False)


def test_a_state_has_no_ties_to_the_module():
    module = nn.BatchNorm1d(1)
    state = module.state_dict()
    state["running_mean"][0] = state["weight"][0] = 99.0
    assert module.running_mean == [0.0] and module.weight[0].data == 1.0
    module.load_state_dict(state)
    state["running_mean"][0] = 1.0
    assert module.running_mean == [99.0]


def test_a_buffer_is_saved_but_not_trained():
    module = nn.Module()
    module.register_buffer("history", [[1, 2], [3, 4]])
    assert module.state_dict() == {"history": [[1.0, 2.0], [3.0, 4.0]]} and module.parameters() == []
    for name in ("history", "training", "no name"):
        with pytest.raises(ValueError, match="must be a new attribute"):
            module.register_buffer(name, 1.0)
    with pytest.raises(TypeError, match="buffer 'words' must be a real number"):
        module.register_buffer("words", ["a"])
    assert not hasattr(module, "words")


def test_a_copy_is_a_network_of_its_own():
    first = nn.MLP(2, [2, 1], seed=0)
    second = copy.deepcopy(first)
    second.parameters()[0].data = 5.0
    assert first.parameters()[0].data != 5.0 and second.state_dict().keys() == first.state_dict().keys()


# --- Parameter ---


def test_a_parameter_is_a_value_and_what_is_computed_from_it_is_a_plain_value():
    p = nn.Parameter(3.0, "p")
    y = p * p
    y.backward()
    assert isinstance(p, Value) and type(y) is Value and p.grad == 6.0
    assert not hasattr(y, "__dict__")
    assert type(copy.copy(p)) is nn.Parameter and math.isclose(autograd.exp(p).data, math.exp(3.0))


# --- containers ---


def test_sequential_goes_through_its_modules_in_order_and_takes_names():
    double, square = nn.Linear(1, 1, bias=False), nn.Linear(1, 1, bias=False)
    nn.init.constant_(double.weight, 2.0)
    nn.init.constant_(square.weight, 3.0)
    plain, named = nn.Sequential(double, nn.Sigmoid()), nn.Sequential({"first": double, "second": square})
    assert plain([0.0])[0].data == 0.5 and named([1.0])[0].data == 6.0
    assert list(named.state_dict()) == ["first.weight", "second.weight"]
    assert len(plain) == 2 and plain[-1] is list(plain)[1]
    assert isinstance(plain[:1], nn.Sequential) and plain[:1][0] is double
    plain.append(square)
    assert list(plain.state_dict()) == ["0.weight", "2.weight"]


def test_a_module_list_is_a_list_whose_modules_are_found():
    a, b, c = nn.Linear(1, 1), nn.ReLU(), nn.Linear(1, 1)
    modules = nn.ModuleList([a])
    modules.extend([c])
    modules.insert(1, b)
    assert list(modules) == [a, b, c] and len(modules) == 3
    modules[1] = a
    assert modules[1] is a and list(modules[1:]) == [a, c]
    assert len(modules.parameters()) == 4
    with pytest.raises(NotImplementedError, match="ModuleList has no forward"):
        modules([1.0])


def test_what_is_not_a_module_is_refused_by_containers():
    with pytest.raises(TypeError, match="expected a Module, .* for a function there are modules such as nn.ReLU"):
        nn.Sequential(nn.Linear(1, 1), autograd.relu)
    modules = nn.ModuleList([nn.ReLU()])
    with pytest.raises(TypeError, match="expected a Module, but got 3 of type int"):
        modules.append(3)
    assert len(modules) == 1


# --- whose a parameter is ---


def encoder_and_all() -> tuple[nn.Module, nn.Module]:
    class Autoencoder(nn.Module):
        def __init__(self, encoder: nn.Module):
            self.encoder, self.decoder = encoder, nn.Linear(1, 2, seed=1)

    encoder = nn.MLP(2, [3, 1], seed=0)
    return encoder, Autoencoder(encoder)


def test_a_parameter_belongs_to_the_outermost_module_that_was_made_of_it():
    encoder, model = encoder_and_all()
    assert outermost(encoder.parameters()) == outermost(model.parameters()) == [model]
    assert outermost([*model.parameters(), Value(1.0), nn.Parameter(1.0)]) == [model]
    other = nn.Linear(1, 1)
    assert outermost([*other.parameters(), *encoder.parameters()]) == [other, model]


def test_a_module_added_later_is_found_inside_the_other():
    model = nn.Sequential(nn.Linear(1, 1))
    model.append(added := nn.Linear(1, 1))
    assert outermost(added.parameters()) == [added]
    assert outermost(model.parameters()) == [model]


def test_another_view_of_its_layers_takes_no_parameter_from_a_living_module():
    encoder, model = encoder_and_all()
    nn.Sequential(*encoder.layers)
    copied = copy.copy(model)
    assert outermost(encoder.parameters()) == [model] and copied is not model
    del model
    assert outermost(encoder.parameters()) == []
    again = nn.Sequential(*encoder.layers)
    assert outermost(encoder.parameters()) == [again]


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda model: pickle.loads(pickle.dumps(model))])
def test_the_parameters_of_a_copy_belong_to_the_copy(copied):
    model = nn.MLP(2, [3, 1], seed=0)
    other = copied(model)
    assert outermost(other.parameters()) == [other] and outermost(model.parameters()) == [model]
    (alone,) = copied(model.layers[1].bias)
    assert outermost([alone]) == []


def test_a_parameter_keeps_no_module_alive_and_makes_no_cycle():
    gc.collect()
    gc.disable()
    try:
        model = nn.MLP(2, [3, 1], seed=0)
        kept, gone = model.parameters(), weakref.ref(model)
        del model
        assert gone() is None and outermost(kept) == []
    finally:
        gc.enable()


def test_a_module_that_failed_to_be_made_claims_nothing():
    encoder = nn.MLP(2, [3, 1], seed=0)

    class Broken(nn.Module, abc.ABC):
        def __init__(self):
            self.encoder = encoder
            raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        Broken()
    assert outermost(encoder.parameters()) == [encoder]


def test_a_parameter_can_have_attributes_that_copies_keep():
    p = nn.Parameter(0.5, "w")
    p.momentum, p.no_decay = 0.25, True
    for again in (copy.copy(p), copy.deepcopy(p), pickle.loads(pickle.dumps(p))):
        assert (again.momentum, again.no_decay, again.data) == (0.25, True, 0.5)
    with pytest.raises(AttributeError, match="momentm"):
        p.momentm
