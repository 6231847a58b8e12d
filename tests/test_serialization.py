"""Models in files: what is saved is what is loaded, and a file that does not fit changes nothing."""

import base64
import json
import math
from pathlib import Path

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


# --- PyTorch's number formats ---

PRECISIONS = json.loads((Path(__file__).parent / "oracles" / "torch_files.json").read_text(encoding="utf-8"))["files"]


@pytest.mark.parametrize("precision", PRECISIONS)
def test_a_file_of_pytorch_in_any_precision_gives_the_numbers_that_pytorch_reads(tmp_path, precision):
    pytest.importorskip("safetensors")
    expected = PRECISIONS[precision]
    (tmp_path / "a.safetensors").write_bytes(base64.b64decode(expected["file"]))
    module = nn.Module()
    module.register_buffer("rows", [[0.5] * len(row) for row in expected["rows"]])
    module.register_buffer("lone", 0)
    autograd.load(module, tmp_path / "a.safetensors")
    assert repr(module.rows) == repr([[float(x) for x in row] for row in expected["rows"]])
    assert repr(float(module.lone)) == repr(float(expected["lone"]))
    if precision != "bool":
        trained = nn.Module()
        trained.rows = [[nn.Parameter(0.5) for _ in row] for row in expected["rows"]]
        trained.lone = nn.Parameter(0.5)
        autograd.load(trained, tmp_path / "a.safetensors")
        assert repr([[p.data for p in row] for row in trained.rows]) == repr(module.rows)


def test_a_format_without_real_numbers_is_refused_with_those_that_are_known(tmp_path):
    pytest.importorskip("safetensors")
    header = json.dumps({"bias": {"dtype": "C64", "shape": [1], "data_offsets": [0, 8]}}).encode()
    (tmp_path / "a.safetensors").write_bytes(len(header).to_bytes(8, "little") + header + bytes(8))
    with pytest.raises(
        ValueError, match="of 'bias' the format must be one of F64, .*, but is C64: convert it to float32"
    ):
        autograd.load(nn.Linear(1, 1), tmp_path / "a.safetensors")


def test_a_name_that_a_safetensors_file_uses_itself_is_refused(tmp_path):
    pytest.importorskip("safetensors")
    module = nn.Module()
    vars(module)["__metadata__"] = nn.Parameter(1.0)
    with pytest.raises(ValueError, match="'__metadata__' has another meaning"):
        autograd.save(module, tmp_path / "a.safetensors")
    autograd.save(module, tmp_path / "a.json")
    assert [path.name for path in tmp_path.iterdir()] == ["a.json"]


# --- files that nobody should have written ---


@pytest.mark.parametrize(
    "state, message",
    [
        ("[" * 100_000 + "]" * 100_000, "its lists are nested too deeply"),
        ('{"bias": ' + "[" * 900 + "]" * 900 + "}", "nested too deeply|expected the shape"),
        (
            '{"bias": [' + "9" * 5000 + "]}",
            "'bias' must be within the range of floats, but got a whole number of 5,000 d",
        ),
        (
            '{"bias": [' + "9" * 399 + "]}",
            "'bias' must be within the range of floats, but got a whole number of 399 digits",
        ),
        (
            '{"weight": [[1e400]], "bias": [1.0]}',
            "'weight' must be within .*, but got 1e400; write an infinite number as Inf",
        ),
        ('{"bias": [-1' + "0" * 399 + ".0]}", "'bias' must be within the range of floats, but got -1000"),
        ('{"bias": [true]}', "must be a number, but got True"),
        ('{"bias": [null]}', "must be a real number"),
        ('{"bias": [1.0], "bias": [2.0]}', "the name 'bias' is in one object twice"),
        (json.dumps({f"name {i}": 0 for i in range(100_000)}), "unexpected: 99,990 more"),
        (json.dumps({"x" * 100_000: 0}), "unexpected: 'xxx"),
        ('{"\\ud800\\u202e\\u001b": 0}', r"unexpected: '\\ud800\\u202e\\x1b'"),
    ],
)
def test_whatever_a_file_holds_the_error_is_a_short_value_error_and_nothing_is_changed(tmp_path, state, message):
    model = nn.Linear(1, 1, seed=0)
    before = model.state_dict()
    (tmp_path / "a.json").write_text('{"format": "scalar-autograd state_dict", "state": ' + state + "}")
    with pytest.raises(ValueError, match=message) as error:
        autograd.load(model, tmp_path / "a.json")
    assert len(str(error.value)) < 2000 and str(error.value).encode()
    assert model.state_dict() == before


def test_infinite_numbers_and_nan_make_the_round_trip(tmp_path):
    model = nn.Linear(2, 1, seed=0)
    model.weight[0][0].data, model.weight[0][1].data, model.bias[0].data = math.inf, -math.inf, math.nan
    autograd.save(model, tmp_path / "a.json")
    loaded = autograd.load(nn.Linear(2, 1), tmp_path / "a.json")
    assert repr(loaded.state_dict()) == repr(model.state_dict()) == "{'weight': [[inf, -inf]], 'bias': [nan]}"
