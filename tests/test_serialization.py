"""Models in files: what is saved is what is loaded, and a file that does not fit changes nothing."""

import json

import pytest

import autograd
from autograd import nn


def numbers(module):
    return module.state_dict()


@pytest.fixture
def model():
    return nn.Sequential(nn.Linear(3, 2, seed=0), nn.BatchNorm1d(2), nn.Tanh(), nn.Linear(2, 1, seed=1))


@pytest.fixture
def other():
    return nn.Sequential(nn.Linear(3, 2, seed=5), nn.BatchNorm1d(2), nn.Tanh(), nn.Linear(2, 1, seed=6))


@pytest.mark.parametrize("suffix", ["json", "safetensors"])
def test_what_is_saved_is_what_is_loaded_to_the_last_bit(model, other, tmp_path, suffix):
    if suffix == "safetensors":
        pytest.importorskip("safetensors")
    model([[1.0, 2.0, 3.0], [0.5, -1.0, 2.0]])  # moves the running statistics
    path = tmp_path / f"model.{suffix}"
    autograd.save(model, path)
    assert numbers(other) != numbers(model)
    assert autograd.load(other, path) is other
    assert numbers(other) == numbers(model)
    assert other.eval()([1.0, 2.0, 3.0])[0].data == model.eval()([1.0, 2.0, 3.0])[0].data


@pytest.mark.parametrize(
    "spoil, message",
    [
        (lambda s: s.pop("0.bias"), "0.bias"),
        (lambda s: s.update(extra=[1.0]), "extra"),
        (lambda s: s.update({"0.weight": [[1.0, 2.0]]}), "0.weight"),
        (lambda s: s.update({"0.weight": [[1.0, 2.0, 3.0], [1.0, 2.0, "x"]]}), "0.weight"),
        (lambda s: s.update({"0.weight": 3.0}), "0.weight"),
    ],
)
def test_a_file_that_does_not_fit_changes_nothing_and_says_what_is_wrong(model, other, tmp_path, spoil, message):
    path = tmp_path / "model.json"
    autograd.save(model, path)
    content = json.loads(path.read_text())
    spoil(content["state"])
    path.write_text(json.dumps(content))
    before = numbers(other)
    with pytest.raises((ValueError, TypeError, KeyError, RuntimeError), match=message):
        autograd.load(other, path)
    assert numbers(other) == before


@pytest.mark.parametrize("content", [b"", b"not json", b"[1, 2]", b'{"state": {}}', b"\xff\xfe"])
def test_a_file_of_another_kind_is_refused(model, tmp_path, content):
    path = tmp_path / "model.json"
    path.write_bytes(content)
    with pytest.raises(ValueError, match="model.json is not"):
        autograd.load(model, path)


def test_a_broken_safetensors_file_is_refused(model, tmp_path):
    pytest.importorskip("safetensors")
    path = tmp_path / "model.safetensors"
    path.write_bytes(b"\x08\x00\x00\x00\x00\x00\x00\x00{}      ...")
    with pytest.raises(ValueError, match="model.safetensors is not a safetensors file|missing"):
        autograd.load(model, path)


def test_another_suffix_is_refused(model, tmp_path):
    for wrong in ("model.pkl", "model", "model.pt"):
        with pytest.raises(ValueError, match=r"\.json or \.safetensors"):
            autograd.save(model, tmp_path / wrong)
        with pytest.raises(ValueError, match=r"\.json or \.safetensors"):
            autograd.load(model, tmp_path / wrong)
    assert not list(tmp_path.iterdir())


def test_weights_of_pytorch_give_pytorchs_outputs(tmp_path):
    torch = pytest.importorskip("torch")
    from safetensors.torch import save_file

    torch.manual_seed(0)
    theirs = torch.nn.Sequential(torch.nn.Linear(4, 3), torch.nn.BatchNorm1d(3), torch.nn.ReLU(), torch.nn.Linear(3, 2))
    theirs = theirs.double().eval()
    save_file(theirs.state_dict(), tmp_path / "theirs.safetensors")
    ours = nn.Sequential(nn.Linear(4, 3), nn.BatchNorm1d(3), nn.ReLU(), nn.Linear(3, 2))
    autograd.load(ours, tmp_path / "theirs.safetensors").eval()
    x = [0.3, -1.2, 0.8, 2.0]
    expected = theirs(torch.tensor([x], dtype=torch.float64))[0].tolist()
    assert [v.data for v in ours(x)] == pytest.approx(expected, rel=1e-12)
