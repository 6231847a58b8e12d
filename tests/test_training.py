"""Batches and the loop over them."""

import io
import math
import sys
import textwrap
import types

import pytest

from autograd import nn, optim
from autograd.nn.losses import mse_loss
from autograd.training import DataLoader, fit


def line(n=8):
    xs = [[i / n] for i in range(n)]
    return xs, [[2 * x + 1] for (x,) in xs]


def test_every_sample_comes_once_in_batches_of_the_size_asked_for():
    batches = list(DataLoader(list("abcde"), [1, 2, 3, 4, 5], batch_size=2))
    assert batches == [(["a", "b"], [1, 2]), (["c", "d"], [3, 4]), (["e"], [5])]
    assert len(DataLoader(list("abcde"), [0] * 5, batch_size=2)) == 3
    loader = DataLoader(list("abcde"), [0] * 5, batch_size=2, drop_last=True)
    assert len(loader) == len(list(loader)) == 2


def test_shuffling_keeps_samples_and_targets_together_and_a_seed_gives_the_same_orders_again():
    def orders(seed):
        loader = DataLoader(range(50), range(50), batch_size=7, shuffle=True, seed=seed)
        return [[pair for xs, ys in loader for pair in zip(xs, ys, strict=True)] for _ in range(2)]

    first, second = orders(3)
    assert first != second and sorted(first) == sorted(second) == [(i, i) for i in range(50)]
    assert orders(3) == [first, second] and orders(4) != [first, second]


def test_bad_arguments_of_a_loader_are_refused():
    with pytest.raises(ValueError, match="at least one sample"):
        DataLoader([], [])
    with pytest.raises(ValueError, match="2 samples and 1 targets"):
        DataLoader([1, 2], [1])
    for wrong in (0, -1, 1.5, True):
        with pytest.raises(ValueError, match="batch_size"):
            DataLoader([1], [1], batch_size=wrong)


def test_fit_trains_and_tells_the_mean_loss_of_every_epoch(capsys):
    model = nn.Linear(1, 1, seed=0)
    loader = DataLoader(*line(), batch_size=4, shuffle=True, seed=0)
    optimizer = optim.SGD(model.parameters(), lr=0.5)
    history = fit(model, loader, mse_loss, optimizer, epochs=150, each_epoch=lambda epoch, loss: epoch)
    assert len(history.losses) == 150 and history.losses[-1] < 1e-6 < history.losses[0]
    assert history.metrics == list(range(150)) and history.stopped == ""
    assert model([0.5])[0].data == pytest.approx(2.0, abs=1e-2)
    assert "epoch 150/150: loss" in capsys.readouterr().out


def test_progress_can_be_silent(capsys):
    model = nn.Linear(1, 1, seed=0)
    fit(model, DataLoader(*line()), mse_loss, optim.SGD(model.parameters(), lr=0.1), progress=False)
    assert capsys.readouterr().out == ""


def test_a_loss_that_is_not_finite_ends_training_before_it_spoils_the_weights(capsys):
    model = nn.Linear(1, 1, seed=0)
    optimizer = optim.SGD(model.parameters(), lr=1e200)
    history = fit(model, DataLoader(*line()), mse_loss, optimizer, epochs=20)
    assert "the loss of batch" in history.stopped and "learning rate" in history.stopped
    assert "stopped: the loss" in capsys.readouterr().out


def test_nan_in_the_data_is_told_and_changes_no_weight():
    model = nn.Linear(1, 1, seed=0)
    before = model.state_dict()
    history = fit(model, [([[math.nan]], [[1.0]])], mse_loss, optim.SGD(model.parameters(), lr=0.1), progress=False)
    assert "is nan" in history.stopped and model.state_dict() == before


def test_a_scheduler_is_stepped_every_epoch_and_a_plateau_sees_the_loss():
    model = nn.Linear(1, 1, seed=0)
    optimizer = optim.SGD(model.parameters(), lr=0.1)
    scheduler = optim.lr_scheduler.StepLR(optimizer, step_size=2, gamma=0.5)
    fit(model, DataLoader(*line()), mse_loss, optimizer, epochs=4, scheduler=scheduler, progress=False)
    assert optimizer.param_groups[0]["lr"] == 0.025
    plateau = optim.lr_scheduler.ReduceLROnPlateau(optimizer, patience=0)
    fit(model, DataLoader(*line()), mse_loss, optimizer, epochs=2, scheduler=plateau, progress=False)


def test_a_function_before_the_step_can_clip():
    model = nn.Linear(1, 1, seed=0)
    norms = []
    optimizer = optim.SGD(model.parameters(), lr=0.1)
    fit(model, DataLoader(*line()), mse_loss, optimizer, progress=False,
        before_step=lambda: norms.append(nn.utils.clip_grad_norm_(model.parameters(), 0.5)))  # fmt: skip
    assert len(norms) == 8 and max(norms) > 0.5


def test_no_batches_and_no_epochs_are_refused():
    model = nn.Linear(1, 1, seed=0)
    optimizer = optim.SGD(model.parameters(), lr=0.1)
    with pytest.raises(ValueError, match="no batches"):
        fit(model, [], mse_loss, optimizer)
    for wrong in (0, 1.5, True):
        with pytest.raises(ValueError, match="epochs"):
            fit(model, [([[1.0]], [[1.0]])], mse_loss, optimizer, epochs=wrong)


def test_at_a_terminal_there_is_a_bar(monkeypatch):
    pytest.importorskip("tqdm")

    class Terminal(io.StringIO):
        def isatty(self):
            return True

    stream = Terminal()
    monkeypatch.setattr("sys.stderr", stream)
    model = nn.Linear(1, 1, seed=0)
    fit(model, DataLoader(*line()), mse_loss, optim.SGD(model.parameters(), lr=0.1), epochs=2)
    assert "2/2" in stream.getvalue()


class Kernel:
    """What IPython gives to code in a notebook, as far as it is asked."""

    def __init__(self, monkeypatch, *missing):
        self.kernel = self
        monkeypatch.setitem(sys.modules, "IPython", types.SimpleNamespace(get_ipython=lambda: self))
        for name in missing:
            monkeypatch.setitem(sys.modules, name, None)


def train(epochs):
    model = nn.Linear(1, 1, seed=0)
    return fit(model, DataLoader(*line(), batch_size=8), mse_loss, optim.SGD(model.parameters(), lr=0.1), epochs)


def test_in_a_notebook_there_is_one_bar_with_the_loss(monkeypatch, capsys):
    pytest.importorskip("tqdm")
    Kernel(monkeypatch, "ipywidgets")
    history = train(200)
    shown = capsys.readouterr()
    assert shown.out == ""
    last = shown.err.strip().split("\r")[-1]
    assert "200/200" in last and f"loss {history.losses[-1]:.6g}" in last
    assert shown.err.strip().count("\n") == 0 and "Warning" not in shown.err


def test_in_a_notebook_without_tqdm_there_is_one_line(monkeypatch, capsys):
    Kernel(monkeypatch, "tqdm")
    history = train(30)
    shown = capsys.readouterr().out
    assert shown.count("\n") == 1 and shown.count("\r") == 29
    assert shown.endswith(f"epoch 30/30: loss {history.losses[-1]:.6g}\n")


def test_ipython_at_a_terminal_is_not_a_notebook(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "IPython", types.SimpleNamespace(get_ipython=lambda: types.SimpleNamespace()))
    train(3)
    assert capsys.readouterr().out.count("\n") == 3


@pytest.mark.slow
def test_a_real_notebook_shows_one_bar():
    nbclient = pytest.importorskip("nbclient", reason="nbclient is not installed")
    pytest.importorskip("ipykernel", reason="ipykernel is not installed")
    nbformat = pytest.importorskip("nbformat", reason="nbformat is not installed")
    code = """
        from autograd import DataLoader, fit, nn, optim
        model = nn.Linear(1, 1, seed=0)
        batches = DataLoader([[1.0], [2.0]], [[0.0], [1.0]], 2)
        fit(model, batches, nn.MSELoss(), optim.SGD(model.parameters(), lr=0.1), 300)"""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(textwrap.dedent(code))])
    nbclient.NotebookClient(notebook, timeout=120).execute()
    outputs = notebook.cells[0].outputs
    bars = [out for out in outputs if out.output_type in ("stream", "display_data")]
    shown = "".join(out.get("text", "") or str(out.get("data", "")) for out in bars)
    kinds = {(out.output_type, out.get("name")) for out in bars}  # a stream may come in several parts
    assert len(kinds) == 1 and shown.count("\n") <= 1 and "300" in shown and "Warning" not in shown
    assert outputs[-1].output_type == "execute_result" and "History(300 epochs" in outputs[-1].data["text/plain"]


@pytest.mark.parametrize(
    "wrong, message",
    [
        ({"optimizer": None}, r"fit's optimizer must be one such as optim.SGD\(model.parameters\(\)\), but got None"),
        ({"optimizer": optim.SGD}, r"an object as optimizer, but got the class SGD: make it, SGD\(...\)"),
        ({"model": None}, "fit's model must be a module, but got None of type NoneType"),
        ({"model": nn.Linear}, "fit takes an object as model, but got the class Linear"),
        ({"model": abs}, "fit's model must be a module"),
        ({"loss": None}, r"fit's loss must be a function of outputs and targets, such as nn.MSELoss\(\), but got None"),
        ({"loss": nn.MSELoss}, r"an object as loss, but got the class MSELoss: make it, MSELoss\(...\)"),
        ({"batches": None}, "fit's batches must be a DataLoader or a list of pairs"),
        ({"scheduler": 3}, "fit's scheduler must be one such as"),
        ({"before_step": 3}, "fit's before_step must be a function or None, but got 3 of type int"),
        ({"each_epoch": "print"}, "fit's each_epoch must be a function or None"),
    ],
)
def test_an_argument_of_fit_that_cannot_work_is_refused_before_anything_changes(wrong, message):
    model = nn.Sequential(nn.Linear(1, 1, seed=0), nn.BatchNorm1d(1)).eval()
    before = model.state_dict()
    arguments = {
        "model": model,
        "batches": DataLoader(*line(), batch_size=4),
        "loss": mse_loss,
        "optimizer": optim.SGD(model.parameters()),
    }
    with pytest.raises(TypeError, match=message):
        fit(**(arguments | wrong), progress=False)
    assert model.state_dict() == before and not model.training


@pytest.mark.parametrize("loss", [lambda ys, ts: 1.0, lambda ys, ts: ys, nn.MSELoss(reduction="none")])
def test_a_loss_that_is_not_one_value_is_refused_before_a_weight_changes(loss):
    model = nn.Linear(1, 1, seed=0)
    before = model.state_dict()
    with pytest.raises(TypeError, match="the loss must be one Value, but got .*: sum or average it, in Values"):
        fit(model, DataLoader(*line(), batch_size=4), loss, optim.SGD(model.parameters()), progress=False)
    assert model.state_dict() == before


@pytest.mark.parametrize("batch", [1, (1.0,), (1.0, 2.0, 3.0), None])
@pytest.mark.parametrize("collection", [list, iter])
def test_a_batch_that_is_not_a_pair_is_refused_with_what_a_batch_is(batch, collection):
    model = nn.Linear(1, 1, seed=0).eval()
    before = model.state_dict()
    message = "a batch must be a pair of inputs and targets, but got .* of type .*: give a list of such pairs, or Data"
    with pytest.raises(TypeError, match=message):
        fit(model, collection([batch]), mse_loss, optim.SGD(model.parameters()), progress=False)
    assert model.state_dict() == before and (collection is iter or not model.training)
