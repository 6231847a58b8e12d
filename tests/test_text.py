"""Text that users supply, wherever the package shows it: its characters are seen and never obeyed."""

import pytest

import autograd
from autograd import Value, detect_anomaly, nn, optim, primitive
from autograd.stepper import step_through
from autograd.text import printable

HOSTILE = "w\x1b[31m\r\n\u202eevil\u2066\ud800\x85\u2028\x00"
SHOWN = "w␛[31m␍␊�evil������␀".replace("������", "����")


def is_plain(text: str) -> bool:
    return printable(text, lines=True) == text


def refused(error: type[Exception], call, *arguments) -> str:
    with pytest.raises(error) as caught:
        call(*arguments)
    return str(caught.value)


def test_control_bidirectional_and_surrogate_characters_are_shown_as_pictures():
    assert printable(HOSTILE) == SHOWN
    assert is_plain(SHOWN) and not is_plain(HOSTILE)


def test_the_repr_of_a_module_shows_the_names_of_its_members_as_text():
    model = nn.Module()
    setattr(model, HOSTILE, nn.Linear(1, 1))
    shown = repr(model)
    assert is_plain(shown) and f"({SHOWN}): Linear" in shown
    assert len(shown.splitlines()) == 3  # a newline in a name does not start a line


def test_the_repr_of_a_module_shows_its_own_words_as_text():
    class Named(nn.Module):
        def extra_repr(self) -> str:
            return HOSTILE

    assert is_plain(repr(nn.Sequential(Named())))


@pytest.mark.parametrize("show", [repr, str, lambda v: f"{v}"])
def test_the_repr_of_a_value_shows_its_label_as_text(show):
    assert is_plain(show(Value(1.0, HOSTILE))) and is_plain(show(nn.Parameter(1.0, HOSTILE)))


def test_an_anomaly_going_forward_shows_the_labels_of_operands_as_text():
    def forward():
        with detect_anomaly():
            Value(0.0, HOSTILE).log()

    message = refused(RuntimeError, forward)
    assert is_plain(message) and f"log({SHOWN} = 0.0) gives -inf" in message


def test_an_anomaly_going_backward_shows_the_label_of_the_receiver_as_text():
    def backward():
        with detect_anomaly():
            x = Value(0.0, HOSTILE)
            x.sqrt().backward()

    message = refused(RuntimeError, backward)
    assert is_plain(message) and f"gives inf to {SHOWN}: gradient" in message


def test_the_name_of_a_users_own_operation_is_shown_as_text():
    op = primitive(HOSTILE, lambda x: x, [1.0])
    assert repr(op) == f"<primitive {SHOWN}>"
    assert op.__doc__.startswith(f"{SHOWN}(x, /)")
    assert is_plain(repr(op(Value(1.0))))
    assert refused(TypeError, op, 1.0, 2.0).startswith(f"{SHOWN} takes 1 number")
    assert refused(TypeError, op, "one").startswith(f"an operand of {SHOWN} must be")


def test_a_state_that_does_not_fit_is_named_as_text():
    model = nn.Linear(1, 1)
    assert is_plain(refused(ValueError, model.load_state_dict, {HOSTILE: 1.0}))
    optimizer = optim.Adam([Value(1.0, HOSTILE)])
    state = optimizer.state_dict()
    state["state"] = {0: {HOSTILE: 1.0}}
    assert is_plain(refused(ValueError, optimizer.load_state_dict, state))
    schedule = optim.lr_scheduler.StepLR(optimizer, 1)
    assert is_plain(refused(ValueError, schedule.load_state_dict, {HOSTILE: 1.0}))


def test_the_options_of_an_optimizer_are_shown_as_text():
    assert is_plain(repr(optim.SGD([{"params": [Value(1.0)], HOSTILE: HOSTILE}], lr=0.1)))


def test_what_is_refused_is_named_as_text():
    x = Value(1.0, HOSTILE)
    messages = [
        refused(TypeError, autograd.grad(lambda d: d["a"]), {HOSTILE: "one"}),
        refused(TypeError, optim.SGD, [x, HOSTILE]),
        refused(ValueError, optim.SGD, [x * 2]),
        refused(TypeError, x.register_hook, HOSTILE),
        refused(TypeError, x.__setattr__, "label", [HOSTILE]),
        refused(AssertionError, autograd.gradcheck, lambda d: d[HOSTILE].detach() * 2, ({HOSTILE: 1.0},)),
    ]
    assert all(map(is_plain, messages)), messages


def test_a_script_is_shown_as_text_before_it_runs(tmp_path, capsys):
    script = tmp_path / "script.py"
    script.write_text("# %% a\x1b[2Jtitle\u202e\n# hidden \u202e\x1b[8m\nx = 1\n", encoding="utf-8")
    step = step_through(script, {})
    step()
    shown = capsys.readouterr().out
    assert is_plain(shown.replace("\x1b[1m", "").replace("\x1b[0m", ""))
    assert "a␛[2Jtitle�" in shown and "hidden �␛[8m" in shown


def test_a_path_is_named_as_text(tmp_path):
    path = tmp_path / "w\x1b[31m\u202e.json"
    path.write_text("not JSON", encoding="utf-8")
    assert is_plain(refused(ValueError, autograd.load, nn.Linear(1, 1), path))
    script = tmp_path / "w\x1b[31m\u202e.py"
    script.write_text("no cells", encoding="utf-8")
    assert is_plain(refused(ValueError, step_through, script, {}))
