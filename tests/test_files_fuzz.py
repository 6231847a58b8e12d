"""Model files that are damaged: loading raises a documented error with a short message, or loads; never anything else.

FUZZ_COUNT=100000 FUZZ_SEED=7 python -m pytest tests/test_files_fuzz.py
"""

import contextlib
import copy
import json
import os
import struct

import pytest

import autograd
from autograd import Value, nn, optim
from tests.fuzzing import seed_and_count

pytestmark = pytest.mark.slow

HUGE = [10**30, 10**400, int("9" * 4000), 1e308, -1e308, float("inf"), float("nan"), -0.0, 2**63, -1]
ODD = [None, True, False, "", "0", "\ud800", "x" * 5000, [], {}, [[]], {"a": 1}, [None], 1.5, -3, 0]
NAMES = ["", ".", "weight", "0.weight", "__metadata__", "state", "format", "\u202e", "n" * 5000, "params", "lr"]
DTYPES = ["F64", "F32", "F16", "BF16", "F8_E4M3", "F8_E5M2", "I64", "U8", "BOOL", "C64", "F4", "X", ""]


def network():
    return nn.Sequential(nn.Linear(2, 2, seed=0), nn.BatchNorm1d(2), nn.Linear(2, 1, seed=1))


def trained():
    w = [Value(1.0), Value(2.0)]
    optimizer = optim.Adam(w, lr=0.1, amsgrad=True)
    optimizer.step()
    return optimizer


def schedule():
    scheduler = optim.lr_scheduler.OneCycleLR(optim.SGD([Value(1.0)], lr=0.1, momentum=0.9), 0.5, 9)
    scheduler.optimizer.step()
    scheduler.step()
    return scheduler


# --- what is done to a file ---


def flipped(rng, content):
    """The same bytes with some others, fewer or more among them."""
    content = bytearray(content)
    for _ in range(rng.choice([1, 1, 2, 10])):
        i = rng.randrange(len(content))
        edit = rng.randrange(5)
        if edit == 0:
            content[i] ^= 1 << rng.randrange(8)
        elif edit == 1:
            content[i] = rng.choice(b'[]{}",:0123456789.eE-ntfN\x00\xff')
        elif edit == 2:
            del content[i:]
        elif edit == 3:
            content[i:i] = content[i : i + rng.randrange(40)]
        else:
            del content[i : i + rng.randrange(1, 40)]
        if not content:
            break
    return bytes(content)


def places(x, found):
    """Every container in a structure, with each of its keys."""
    if isinstance(x, (dict, list)):
        for key in list(x) if isinstance(x, dict) else range(len(x)):
            found.append((x, key))
            places(x[key], found)
    return found


def restructured(rng, x):
    """The same structure with some parts exchanged, removed, doubled, nested or replaced."""
    x = copy.deepcopy(x)
    for _ in range(rng.choice([1, 1, 2, 5])):
        found = places(x, [])
        if not found:
            return x
        holder, key = rng.choice(found)
        edit = rng.randrange(7)
        if edit == 0:
            del holder[key]
        elif edit == 1:
            holder[key] = rng.choice(HUGE)
        elif edit == 2:
            holder[key] = copy.deepcopy(rng.choice(ODD))
        elif edit == 3:
            other, its_key = rng.choice(found)
            if isinstance(other, dict) or its_key < len(other):
                holder[key] = copy.deepcopy(other.get(its_key) if isinstance(other, dict) else other[its_key])
        elif edit == 4:
            for _ in range(rng.choice([1, 2, 40])):
                holder[key] = [holder[key]]
        elif edit == 5 and isinstance(holder, list):
            holder[key:key] = [copy.deepcopy(holder[key])] * rng.choice([1, 3, 100])
        elif isinstance(holder, dict):
            holder[rng.choice(NAMES)] = holder.pop(key)
            if rng.random() < 0.1:
                holder.update({f"more {i}": 0 for i in range(2000)})
    return x


def deep(rng, text):
    """The text of a JSON file with a number nested far too deeply, or with far too many digits."""
    i = rng.randrange(len(text))
    depth = rng.choice([900, 3000, 50_000])
    middle = rng.choice(["[" * depth + "1" + "]" * depth, '{"a":' * depth + "1" + "}" * depth, "9" * depth])
    return text[:i] + middle + text[i + 1 :]


def json_files(rng, thing, path):
    autograd.save(thing, path)
    valid = path.read_bytes()
    while True:
        kind = rng.randrange(3)
        if kind == 0:
            yield flipped(rng, valid)
        elif kind == 1:
            yield json.dumps(restructured(rng, json.loads(valid)), indent=rng.choice([None, 1])).encode()
        else:
            yield deep(rng, valid.decode()).encode()


def safetensors_files(rng, thing, path):
    autograd.save(thing, path)
    valid = path.read_bytes()
    size = struct.unpack("<Q", valid[:8])[0]
    header, numbers = json.loads(valid[8 : 8 + size]), valid[8 + size :]
    while True:
        kind = rng.randrange(4)
        if kind == 0:
            yield flipped(rng, valid)
            continue
        changed, data = copy.deepcopy(header), numbers
        if kind == 1:
            changed = restructured(rng, changed)
        elif kind == 2:  # another format of the same array, with as many bytes as it needs
            entries = [entry for name, entry in changed.items() if name != "__metadata__"]
            rng.choice(entries)["dtype"] = rng.choice(DTYPES)
        else:
            data = flipped(rng, numbers)
        text = json.dumps(changed).encode()
        length = len(text) if rng.random() < 0.95 else rng.choice([0, 1, 2**40, 2**64 - 1])
        yield struct.pack("<Q", length) + text + data


# --- what must hold ---


@pytest.mark.parametrize(
    "make, files, suffix",
    [
        (network, json_files, ".json"),
        (trained, json_files, ".json"),
        (schedule, json_files, ".json"),
        (network, safetensors_files, ".safetensors"),
    ],
)
def test_a_damaged_file_is_a_short_documented_error_that_changes_nothing_or_is_loaded(
    tmp_path, monkeypatch, make, files, suffix
):
    if suffix == ".safetensors":
        pytest.importorskip("safetensors")
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)  # thousands of them take minutes
    rng, count = seed_and_count(1000)
    thing, path = make(), tmp_path / f"model{suffix}"
    made = files(rng, thing, tmp_path / f"valid{suffix}")
    loaded = refused = 0
    for case in range(count):
        content = next(made)
        path.write_bytes(content)
        before = repr(thing.state_dict())
        try:
            autograd.load(thing, path)
        except (ValueError, OSError) as error:
            assert type(error) is ValueError, (case, type(error))
            assert len(str(error)) < 4000 and str(error).encode(), (case, str(error)[:200])
            assert repr(thing.state_dict()) == before, case
            refused += 1
        else:
            use(thing, path)
            loaded += 1
            thing = make()
    assert refused > count / 2 and loaded > 0


def use(thing, path):
    """What was loaded works, and is saved and loaded again."""
    if isinstance(thing, nn.Module):
        for model in (thing.eval(), thing.train()):
            model([[1.0, 2.0], [3.0, 5.0]])
    elif isinstance(thing, optim.Optimizer):
        thing.step()
        data = [p.data for group in thing.param_groups for p in group["params"]]
        assert all(type(x) is float for x in data)
    else:
        thing.optimizer.step()
        with contextlib.suppress(ValueError):  # the cycle is over
            thing.step()
    autograd.save(thing, path)
    autograd.load(thing, path)
