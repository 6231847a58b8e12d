"""Schedules give PyTorch's learning rates, can be saved and go on, and refuse what is wrong."""

import inspect
import json
import math
import warnings

import pytest

from autograd import Value, optim
from autograd.optim import lr_scheduler
from tests.fuzzing import seed_and_count
from tests.oracles.make_torch_optim import agree, name, reference, schedule, stored

CASES = stored("schedules")

MADE = {
    "LambdaLR": lambda o: lr_scheduler.LambdaLR(o, lambda step: 1 / (1 + step)),
    "StepLR": lambda o: lr_scheduler.StepLR(o, step_size=3),
    "MultiStepLR": lambda o: lr_scheduler.MultiStepLR(o, milestones=[2, 5]),
    "ExponentialLR": lambda o: lr_scheduler.ExponentialLR(o, gamma=0.9),
    "LinearLR": lambda o: lr_scheduler.LinearLR(o, start_factor=0.1),
    "CosineAnnealingLR": lambda o: lr_scheduler.CosineAnnealingLR(o, T_max=5, eta_min=0.01),
    "OneCycleLR": lambda o: lr_scheduler.OneCycleLR(o, max_lr=0.5, total_steps=20),
    "ReduceLROnPlateau": lambda o: lr_scheduler.ReduceLROnPlateau(o, patience=1, factor=0.5),
    "SequentialLR": lambda o: lr_scheduler.SequentialLR(
        o, [lr_scheduler.LinearLR(o, start_factor=0.1), lr_scheduler.ExponentialLR(o, gamma=0.9)], milestones=[3]
    ),
}
every_schedule = pytest.mark.parametrize("kind", MADE)


def optimizer():
    return optim.SGD([{"params": [Value(1.0)]}, {"params": [Value(1.0)], "lr": 0.02}], lr=0.1, momentum=0.9)


def advance(opt, scheduler, steps):
    lrs = []
    for step in range(steps):
        opt.step()
        if isinstance(scheduler, lr_scheduler.ReduceLROnPlateau):
            scheduler.step(1.0 + step % 3)
        else:
            scheduler.step()
        lrs.append(scheduler.get_last_lr())
    return lrs


# --- as PyTorch ---


@pytest.mark.parametrize("case", CASES, ids=name)
def test_forty_learning_rates_are_pytorchs(case):
    assert agree(schedule(case, optim, Value)["lrs"], case["lrs"])


@pytest.mark.parametrize("case", [case for case in CASES if case["momenta"]], ids=name)
def test_forty_momenta_of_the_one_cycle_are_pytorchs(case):
    assert agree(schedule(case, optim, Value)["momenta"], case["momenta"])


def test_they_are_also_those_of_the_pytorch_that_is_installed():
    pytest.importorskip("torch")
    for case in reference()["schedules"]:
        found = schedule(case, optim, Value)
        assert agree(found["lrs"], case["lrs"]), case
        assert case["momenta"] is None or agree(found["momenta"], case["momenta"]), case


# --- against their own formulas ---


def test_the_cosine_goes_down_and_up_again():
    opt = optim.SGD([Value(1.0)], lr=1.0)
    lrs = [1.0] + [lr for (lr,) in advance(opt, lr_scheduler.CosineAnnealingLR(opt, T_max=8), 16)]
    assert lrs == pytest.approx([(1 + math.cos(math.pi * step / 8)) / 2 for step in range(17)], abs=1e-14)


def test_a_warm_up_ends_at_the_optimizers_learning_rate_and_stays_there():
    opt = optim.SGD([Value(1.0)], lr=0.4)
    scheduler = lr_scheduler.LinearLR(opt, start_factor=0.25, total_iters=3)
    assert scheduler.get_last_lr() == pytest.approx([0.1])
    assert sum(advance(opt, scheduler, 5), []) == pytest.approx([0.2, 0.3, 0.4, 0.4, 0.4])


def test_one_cycle_has_a_beginning_a_top_and_an_end_and_nothing_after_it():
    opt = optim.Adam([Value(1.0)], lr=123.0)
    scheduler = lr_scheduler.OneCycleLR(opt, max_lr=1.0, total_steps=11, pct_start=4 / 11)
    lrs = [*scheduler.get_last_lr(), *sum(advance(opt, scheduler, 10), [])]
    assert (lrs[0], lrs[3], lrs[10]) == pytest.approx((1 / 25, 1.0, 1 / 25 / 1e4))
    assert max(lrs) == lrs[3]
    assert opt.param_groups[0]["betas"] == pytest.approx((0.95, 0.999))
    advance(opt, scheduler, 1)  # PyTorch allows one more
    with pytest.raises(ValueError, match="11 steps and is over"):
        advance(opt, scheduler, 1)


def test_a_phase_without_steps_is_over_at_once():
    opt = optimizer()
    scheduler = lr_scheduler.OneCycleLR(opt, max_lr=1.0, total_steps=10, pct_start=0.1)
    assert scheduler.get_last_lr() == [1.0, 1.0]


def test_a_plateau_is_left_when_the_loss_falls_again():
    opt = optim.SGD([Value(1.0)], lr=1.0)
    scheduler = lr_scheduler.ReduceLROnPlateau(opt, factor=0.5, patience=1)
    for loss, lr in [(1.0, 1.0), (1.0, 1.0), (1.0, 0.5), (0.5, 0.5), (0.5, 0.5), (math.nan, 0.25)]:
        scheduler.step(Value(loss))
        assert scheduler.get_last_lr() == [lr]


# --- use ---


@every_schedule
def test_a_schedule_changes_the_learning_rate_that_the_next_step_uses(kind):
    opt = optimizer()
    scheduler = MADE[kind](opt)
    lrs = advance(opt, scheduler, 12)
    assert [group["lr"] for group in opt.param_groups] == scheduler.get_last_lr() == lrs[-1]
    assert len({first for first, _ in lrs}) > 1


@every_schedule
def test_a_schedule_goes_on_from_its_state_as_if_it_had_never_stopped(kind):
    opt = optimizer()
    scheduler = MADE[kind](opt)
    advance(opt, scheduler, 7)
    saved = json.loads(json.dumps([opt.state_dict(), scheduler.state_dict()]))
    other = optimizer()
    loaded = MADE[kind](other)
    other.load_state_dict(saved[0])
    loaded.load_state_dict(saved[1])
    assert advance(other, loaded, 6) == advance(opt, scheduler, 6)


@every_schedule
def test_a_state_of_something_else_is_refused_and_changes_nothing(kind):
    opt = optimizer()
    scheduler = MADE[kind](opt)
    advance(opt, scheduler, 2)
    before = json.dumps(scheduler.state_dict())
    for bad in ({}, scheduler.state_dict() | {"T_mul": 2}, {"last_epoch": 3}):
        with pytest.raises(ValueError, match=f"the state of {kind} has"):
            scheduler.load_state_dict(bad)
    assert json.dumps(scheduler.state_dict()) == before


def test_a_sequence_loads_all_of_its_schedules_or_none():
    opt = optimizer()
    scheduler = MADE["SequentialLR"](opt)
    before, state = json.dumps(scheduler.state_dict()), scheduler.state_dict()
    state["_schedulers"][1] = {"gamma": 0.5}
    with pytest.raises(ValueError, match="the state of ExponentialLR"):
        scheduler.load_state_dict(state)
    state["_schedulers"] = state["_schedulers"][:1]
    with pytest.raises(ValueError, match="there are 2 schedules, but the loaded state has 1"):
        scheduler.load_state_dict(state)
    assert json.dumps(scheduler.state_dict()) == before


def random_schedule(rng, opt):
    """A schedule with random arguments, the hardest ones among them, and how many steps to take."""
    factor = rng.choice([0.0, 1.0, 1 / 3, 0.1, rng.random()])
    total = rng.choice([1, 2, 3, 4, 7, 30])
    simple = [
        lambda: lr_scheduler.LambdaLR(opt, lambda step: math.cos(step) * factor),
        lambda: lr_scheduler.StepLR(opt, total, rng.choice([factor, -0.5])),
        lambda: lr_scheduler.MultiStepLR(opt, [rng.randrange(9) for _ in range(3)], factor),
        lambda: lr_scheduler.ExponentialLR(opt, factor),
        lambda: lr_scheduler.LinearLR(opt, factor or 1e-3, rng.choice([0.0, 1.0, rng.random()]), total),
        lambda: lr_scheduler.CosineAnnealingLR(opt, total, rng.choice([0.0, 0.01, -0.01])),
    ]
    kind = rng.choice(["simple", "simple", "chained", "cycle", "plateau", "sequential"])
    if kind == "cycle":
        arguments = {"anneal_strategy": rng.choice(["cos", "linear"]), "three_phase": rng.random() < 0.5}
        extreme = rng.choice([{}, {"final_div_factor": 1e30}, {"div_factor": 1.0}])
        steps = rng.choice([2, 5, 12])
        return [lr_scheduler.OneCycleLR(opt, rng.random(), steps, pct_start=factor, **arguments, **extreme)], steps - 1
    if kind == "plateau":
        return [lr_scheduler.ReduceLROnPlateau(opt, factor=min(factor, 0.9), patience=rng.randrange(3))], 12
    if kind == "sequential":
        return [lr_scheduler.SequentialLR(opt, [rng.choice(simple)(), rng.choice(simple)()], [total])], 12
    return [rng.choice(simple)() for _ in range(1 + (kind == "chained"))], 12


def test_at_every_step_of_every_schedule_both_accept_their_own_state_and_go_on_the_same():
    rng, count = seed_and_count(300)
    for case in range(count):
        kind = rng.choice([optim.SGD, optim.Adam, optim.AdamW, optim.RMSprop])
        options = {"momentum": 0.9} if kind in (optim.SGD, optim.RMSprop) else {}
        start, runs = rng.getstate(), []
        for reload in (False, True):
            rng.setstate(start)
            opt = kind([Value(1.0)], lr=rng.choice([0.1, 1.0, 1e-300]), **options)
            schedules, steps = random_schedule(rng, opt)
            lrs = []
            for step in range(steps):
                for one in schedules:
                    if reload:
                        opt.load_state_dict(json.loads(json.dumps(opt.state_dict())))
                        one.load_state_dict(json.loads(json.dumps(one.state_dict())))
                    opt.param_groups[0]["params"][0].grad = math.sin(step)
                    opt.step()
                    one.step(*([math.sin(step)] if isinstance(one, lr_scheduler.ReduceLROnPlateau) else []))
                lrs.append((opt.param_groups[0]["lr"], opt.param_groups[0]["params"][0].data))
            runs.append(lrs)
        assert repr(runs[0]) == repr(runs[1]), case  # repr: a nan is the same nan


def test_a_warm_down_to_zero_ends_at_zero_or_above():
    opt = optim.SGD([Value(1.0)], lr=0.1)
    scheduler = lr_scheduler.LinearLR(opt, 1 / 3, 0.0, total_iters=4)
    assert 0.0 <= advance(opt, scheduler, 4)[-1][0] < 1e-17  # -1.85e-18 by PyTorch's formula
    opt.load_state_dict(opt.state_dict())


HUGE = 10**400  # beyond all floats
IMPOSSIBLE = [
    ("StepLR", {"step_size": 0}, "step_size must be a whole number of at least 1, but got 0"),
    ("StepLR", {"step_size": True}, "step_size must be a number, but got True"),
    ("StepLR", {"gamma": math.nan}, "gamma must be a finite number, but got nan"),
    ("StepLR", {"gamma": "0.1"}, "gamma must be a real number"),
    ("StepLR", {"last_epoch": -2}, "last_epoch must be a whole number of at least -1, but got -2"),
    ("StepLR", {"last_epoch": 1.0}, "last_epoch must be a whole number"),
    ("StepLR", {"_step_count": -1}, "_step_count must be a whole number of at least 0"),
    ("StepLR", {"base_lrs": 0.1}, "base_lrs must be a list, but got 0.1"),
    ("StepLR", {"base_lrs": [0.1]}, "has 2 parameter groups, but the loaded state has 1 values of base_lrs"),
    ("StepLR", {"_last_lr": [0.1, None]}, "_last_lr must be a real number"),
    ("MultiStepLR", {"milestones": 3}, "milestones must be a list"),
    ("MultiStepLR", {"milestones": [1, 2.5]}, "milestones must be whole numbers, but got 2.5"),
    ("ExponentialLR", {"gamma": None}, "gamma must be a real number"),
    ("LinearLR", {"start_factor": 0.0}, "start_factor must be above 0 and at most 1, but got 0.0"),
    ("LinearLR", {"end_factor": 1.5}, "end_factor must be from 0 to 1, but got 1.5"),
    ("LinearLR", {"total_iters": 0}, "total_iters must be a whole number of at least 1"),
    ("CosineAnnealingLR", {"T_max": 0}, "T_max must be a whole number of at least 1"),
    ("CosineAnnealingLR", {"eta_min": math.inf}, "eta_min must be a finite number"),
    ("OneCycleLR", {"total_steps": 0}, "total_steps must be a whole number of at least 1"),
    ("OneCycleLR", {"pct_start": 2.0}, "pct_start must be from 0 to 1, but got 2.0"),
    ("OneCycleLR", {"anneal_strategy": "sin"}, "anneal_strategy must be 'cos' or 'linear', but got 'sin'"),
    ("OneCycleLR", {"anneal_strategy": ["cos"]}, "anneal_strategy must be 'cos' or 'linear'"),
    ("OneCycleLR", {"cycle_momentum": "yes"}, "cycle_momentum must be True or False, but got 'yes'"),
    ("ReduceLROnPlateau", {"factor": 1.0}, "factor must be from 0 up to but not including 1, but got 1.0"),
    ("ReduceLROnPlateau", {"patience": -1}, "patience must be a whole number of at least 0, but got -1"),
    ("ReduceLROnPlateau", {"min_lrs": [0.0]}, "has 2 parameter groups, but the loaded state has 1 values of min_lrs"),
    ("ReduceLROnPlateau", {"mode": "most"}, "mode must be 'min' or 'max', but got 'most'"),
    ("ReduceLROnPlateau", {"best": "1"}, "best must be a real number"),
    ("SequentialLR", {"_milestones": ["3"]}, "_milestones must be a real number"),
    ("SequentialLR", {"_milestones": [3, 4]}, "there are 1 milestones, but the loaded state has 2"),
    ("SequentialLR", {"_schedulers": {}}, "_schedulers must be a list, but got {}"),
    ("SequentialLR", {"_schedulers": [1, 2]}, "the state of LinearLR has .*, but got no dict"),
    ("StepLR", {"step_size": 2**63}, r"step_size must be at most 2\*\*63 - 1, but got 9223372036854775808"),
    ("StepLR", {"last_epoch": HUGE}, "last_epoch must be at most"),
    ("MultiStepLR", {"milestones": [HUGE]}, r"milestones must be at most 2\*\*63 - 1, but got a whole number of"),
    ("MultiStepLR", {"milestones": [1e300]}, r"milestones must be at most 2\*\*63 - 1, but got 1e\+300"),
    ("ExponentialLR", {"_step_count": HUGE}, "_step_count must be at most"),
    ("LinearLR", {"total_iters": HUGE}, "total_iters must be at most"),
    ("CosineAnnealingLR", {"T_max": HUGE}, "T_max must be at most"),
    ("OneCycleLR", {"total_steps": HUGE}, "total_steps must be at most"),
    ("ReduceLROnPlateau", {"patience": HUGE}, "patience must be at most"),
    ("SequentialLR", {"last_epoch": HUGE}, "last_epoch must be at most"),
]


@pytest.mark.parametrize(("kind", "entry", "message"), IMPOSSIBLE)
def test_a_state_that_cannot_be_is_refused_as_such_an_argument_is_and_changes_nothing(kind, entry, message):
    opt = optimizer()
    scheduler = MADE[kind](opt)
    advance(opt, scheduler, 2)
    before = json.dumps(scheduler.state_dict())
    with pytest.raises(ValueError, match=message) as error:
        scheduler.load_state_dict(scheduler.state_dict() | entry)
    assert json.dumps(scheduler.state_dict()) == before and len(str(error.value)) < 1000
    ((name, x),) = entry.items()
    kind = getattr(lr_scheduler, kind)
    if name in inspect.signature(kind).parameters and x is not True:
        needed = {"max_lr": 0.5, "total_steps": 9} if name != "total_steps" else {"max_lr": 0.5}
        needed = needed if kind is lr_scheduler.OneCycleLR else {"step_size": 3, "milestones": [1], "T_max": 5}
        given = {n: y for n, y in needed.items() if n in inspect.signature(kind).parameters} | entry
        with pytest.raises((ValueError, TypeError), match=message.removesuffix(", but got 0.1")):
            kind(optimizer(), **given)


@pytest.mark.parametrize("state", [None, [], 3, {1: 2}, {f"name {i}": 0 for i in range(100_000)}])
@every_schedule
def test_what_is_not_a_state_at_all_is_a_short_value_error(kind, state):
    with pytest.raises(ValueError, match=f"the state of {kind} has") as error:
        MADE[kind](optimizer()).load_state_dict(state)
    assert len(str(error.value)) < 1000


def test_a_cycle_of_the_momentum_is_not_loaded_into_a_schedule_without_one():
    opt = optimizer()
    scheduler = lr_scheduler.OneCycleLR(opt, 0.5, 9, cycle_momentum=False)
    with pytest.raises(ValueError, match="has cycle_momentum=False"):
        scheduler.load_state_dict(scheduler.state_dict() | {"cycle_momentum": True})


def test_a_learning_rate_or_momentum_that_the_optimizer_refuses_is_not_set():
    opt = optimizer()
    scheduler = lr_scheduler.LambdaLR(opt, lambda step: math.nan if step == 2 else 1.0)
    advance(opt, scheduler, 1)
    before = json.dumps([opt.state_dict(), scheduler.state_dict()])
    for _ in range(2):
        with pytest.raises(ValueError, match="lr must be a finite number, but got nan"):
            advance(opt, scheduler, 1)
        assert json.dumps([opt.state_dict(), scheduler.state_dict()]) == before
    adam = optim.Adam([Value(1.0)])
    with pytest.raises(ValueError, match=r"betas\[0\] is 1.5"):
        lr_scheduler.OneCycleLR(adam, 0.1, 9, max_momentum=1.5)
    assert "max_lr" not in adam.param_groups[0]


@pytest.mark.parametrize("kind", [kind for kind in MADE if kind not in ("ReduceLROnPlateau", "SequentialLR")])
def test_a_schedule_before_the_optimizer_gets_a_warning(kind):
    scheduler = MADE[kind](optimizer())
    with pytest.warns(UserWarning, match="call optimizer.step"):
        scheduler.step()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        scheduler.step()


def test_a_schedule_of_ones_own_needs_only_its_learning_rates():
    class SquareRootLR(lr_scheduler.LRScheduler):
        def get_lr(self):
            return [lr / math.sqrt(self.last_epoch + 1) for lr in self.base_lrs]

    opt = optim.SGD([Value(1.0)], lr=1.0)
    assert sum(advance(opt, SquareRootLR(opt), 3), []) == pytest.approx([2**-0.5, 3**-0.5, 0.5])


# --- what is refused ---


@every_schedule
def test_a_schedule_of_what_is_not_an_optimizer_is_refused(kind):
    with pytest.raises(TypeError, match="takes an optimizer"):
        MADE[kind]([Value(1.0)])


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda o: lr_scheduler.StepLR(o, step_size=0), "step_size must be a whole number of at least 1"),
        (lambda o: lr_scheduler.StepLR(o, step_size=2.5), "step_size must be a whole number"),
        (lambda o: lr_scheduler.CosineAnnealingLR(o, T_max=-1), "T_max must be"),
        (lambda o: lr_scheduler.LinearLR(o, start_factor=0.0), "start_factor must be above 0"),
        (lambda o: lr_scheduler.LinearLR(o, end_factor=1.5), "end_factor must be from 0 to 1"),
        (lambda o: lr_scheduler.LinearLR(o, total_iters=0), "total_iters must be"),
        (lambda o: lr_scheduler.ExponentialLR(o, gamma="0.9"), "gamma must be a real number"),
        (lambda o: lr_scheduler.ExponentialLR(o, gamma=0.9, last_epoch=3), "needs its 'initial_lr'"),
        (lambda o: lr_scheduler.LambdaLR(o, 0.5), "must be a function"),
        (lambda o: lr_scheduler.LambdaLR(o, [abs]), "2 parameter groups, but got 1 values of lr_lambda"),
        (lambda o: lr_scheduler.LambdaLR(o, lambda step: None), "what lr_lambda returns must be a real number"),
        (lambda o: lr_scheduler.OneCycleLR(o, max_lr=1.0), "needs total_steps"),
        (lambda o: lr_scheduler.OneCycleLR(o, max_lr=1.0, total_steps=0), "total_steps must be"),
        (lambda o: lr_scheduler.OneCycleLR(o, max_lr=[1.0], total_steps=9), "got 1 values of max_lr"),
        (lambda o: lr_scheduler.OneCycleLR(o, max_lr=1.0, total_steps=9, pct_start=1.5), "pct_start must be"),
        (lambda o: lr_scheduler.OneCycleLR(o, 1.0, total_steps=9, anneal_strategy="square"), "'cos' or 'linear'"),
        (lambda o: lr_scheduler.OneCycleLR(o, 1.0, total_steps=9, div_factor=0.0), "above 0"),
        (lambda o: lr_scheduler.ReduceLROnPlateau(o, factor=1.0), "factor must be"),
        (lambda o: lr_scheduler.ReduceLROnPlateau(o, mode="least"), "'min' or 'max'"),
        (lambda o: lr_scheduler.ReduceLROnPlateau(o, threshold_mode="rest"), "'rel' or 'abs'"),
        (lambda o: lr_scheduler.ReduceLROnPlateau(o, patience=-1), "patience must be"),
        (lambda o: lr_scheduler.ReduceLROnPlateau(o, min_lr=[0.1]), "got 1 values of min_lr"),
        (lambda o: lr_scheduler.SequentialLR(o, [MADE["StepLR"](o)], [3]), "got 1 schedules and 1 milestones"),
        (lambda o: lr_scheduler.SequentialLR(o, [MADE["ReduceLROnPlateau"](o)], []), "needs only the step"),
        (lambda o: lr_scheduler.SequentialLR(o, [MADE["StepLR"](optimizer())], []), "another optimizer"),
        (lambda o: lr_scheduler.SequentialLR(o, [MADE["StepLR"](o) for _ in "abc"], [5, 2]), "milestones must rise"),
    ],
)
def test_arguments_out_of_range_are_refused_and_change_no_learning_rate(make, message):
    opt = optimizer()
    with pytest.raises((TypeError, ValueError), match=message):
        make(opt)
    assert [group["lr"] for group in opt.param_groups] == [0.1, 0.02]


def test_one_cycle_without_a_momentum_to_cycle_is_refused():
    opt = optim.Adagrad([Value(1.0)], lr=0.1)
    with pytest.raises(ValueError, match="Adagrad has neither momentum nor betas"):
        lr_scheduler.OneCycleLR(opt, max_lr=1.0, total_steps=9)
    scheduler = lr_scheduler.OneCycleLR(opt, max_lr=1.0, total_steps=9, cycle_momentum=False)
    assert scheduler.get_last_lr() == pytest.approx([0.04])


@pytest.mark.parametrize(
    ("kind", "entry"),
    [("StepLR", {"gamma": -1.0}), ("ExponentialLR", {"gamma": -0.5}), ("CosineAnnealingLR", {"eta_min": -1.0})],
)
def test_a_loaded_factor_or_limit_below_0_is_accepted_as_the_constructor_and_pytorch_accept_it(kind, entry):
    needed = {"StepLR": {"step_size": 1}, "ExponentialLR": {"gamma": 0.9}, "CosineAnnealingLR": {"T_max": 3}}[kind]
    made, loaded = (getattr(lr_scheduler, kind)(optimizer(), **(needed | given)) for given in (entry, {}))
    loaded.load_state_dict(loaded.state_dict() | entry)
    assert advance(made.optimizer, made, 5) == advance(loaded.optimizer, loaded, 5)


@pytest.mark.parametrize("T_max", [10**8, 10**9, 2**63 - 1])
def test_a_cosine_so_long_that_neighbours_of_its_lowest_point_round_to_it_goes_on(T_max):
    opt = optimizer()
    scheduler = lr_scheduler.CosineAnnealingLR(opt, T_max, eta_min=0.001)
    scheduler.load_state_dict(scheduler.state_dict() | {"last_epoch": T_max - 3, "_step_count": 2})
    assert all(0.001 <= lr <= 0.1 for lrs in advance(opt, scheduler, 6) for lr in lrs)


def test_a_factor_that_overflows_is_refused_as_a_learning_rate_that_is_not_finite():
    opt = optimizer()
    scheduler = lr_scheduler.MultiStepLR(opt, [1, 1], gamma=1e300)
    opt.step()
    with pytest.raises(ValueError, match="lr must be a finite number, but got inf"):
        scheduler.step()
    lr_scheduler.OneCycleLR(opt, 0.5, total_steps=9, div_factor=HUGE)
