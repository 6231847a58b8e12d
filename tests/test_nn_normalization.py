"""BatchNorm1d and LayerNorm: mean 0, variance 1, and the running statistics."""

import math

import pytest

from autograd import Value, nn

BATCH = [[1.0, -5.0], [2.0, 0.0], [6.0, 11.0], [-3.0, 4.0]]


def columns(rows):
    return list(zip(*[[getattr(x, "data", x) for x in row] for row in rows], strict=True))


def moments(xs):
    m = math.fsum(xs) / len(xs)
    return m, math.fsum((x - m) ** 2 for x in xs) / len(xs)


def test_a_normalized_batch_has_mean_0_and_variance_1_in_every_feature():
    for column in columns(nn.BatchNorm1d(2, eps=0.0)(BATCH)):
        m, v = moments(column)
        assert abs(m) < 1e-15 and math.isclose(v, 1.0, rel_tol=1e-15)


def test_weight_and_bias_start_at_1_and_0_and_scale_and_shift():
    norm = nn.BatchNorm1d(2)
    plain = columns(norm(BATCH))
    norm.weight[0].data, norm.bias[0].data = 2.0, 5.0
    scaled = columns(norm(BATCH))
    assert scaled[1] == plain[1]
    assert scaled[0] == pytest.approx([2.0 * y + 5.0 for y in plain[0]], rel=1e-15)


def test_running_statistics_move_by_the_momentum_the_variance_as_its_unbiased_estimate():
    norm = nn.BatchNorm1d(2, momentum=0.25)
    norm(BATCH)
    m, v = moments([row[0] for row in BATCH])
    assert norm.running_mean[0] == 0.25 * m
    assert norm.running_var[0] == pytest.approx(0.75 + 0.25 * v * 4 / 3, rel=1e-15)
    assert norm.num_batches_tracked == 1


def test_without_momentum_the_running_mean_is_that_of_all_batches():
    norm = nn.BatchNorm1d(1, momentum=None)
    for start in (0.0, 10.0, 20.0):
        norm([[start], [start + 2.0]])
    assert norm.running_mean == [pytest.approx(11.0, rel=1e-15)] and norm.num_batches_tracked == 3


def test_evaluation_uses_the_running_statistics_and_leaves_them_alone():
    norm = nn.BatchNorm1d(2, eps=0.0).eval()
    norm.load_state_dict(norm.state_dict() | {"running_mean": [1.0, 2.0], "running_var": [4.0, 9.0]})
    assert columns([norm([5.0, 8.0])]) == [(2.0,), (2.0,)] == columns(norm([[5.0, 8.0]]))
    assert (norm.running_mean, norm.num_batches_tracked) == ([1.0, 2.0], 0)


def test_without_tracking_the_batch_counts_in_evaluation_too_and_nothing_is_saved():
    norm = nn.BatchNorm1d(2, track_running_stats=False, affine=False)
    assert norm.state_dict() == {} and norm.parameters() == []
    assert norm(BATCH) == norm.eval()(BATCH)


def test_statistics_are_part_of_the_gradient_so_a_shift_of_the_whole_batch_has_none():
    batch = [[Value(x) for x in row] for row in BATCH]
    nn.BatchNorm1d(2)(batch)[2][0].backward()
    gradients = [row[0].grad for row in batch]
    assert abs(sum(gradients)) < 1e-15 and max(map(abs, gradients)) > 0.01


@pytest.mark.parametrize("one", [[1.0, 2.0], [[1.0, 2.0]]])
def test_a_batch_of_one_in_training_is_refused_and_changes_nothing(one):
    untracked = nn.BatchNorm1d(2, track_running_stats=False)
    for norm, message in (
        (nn.BatchNorm1d(2), "more than 1 value per channel when training, .*or call eval"),
        (untracked, "more than 1 value per channel without running statistics, .*or make it with track_running_stats"),
        (untracked.eval(), "per channel without running statistics, .*or make it with track_running_stats=True$"),
    ):
        before = norm.state_dict()
        with pytest.raises(ValueError, match=message):
            norm(one)
        assert norm.state_dict() == before


def test_a_wrong_batch_is_refused_and_changes_nothing():
    norm = nn.BatchNorm1d(2)
    before = norm.state_dict()
    for wrong, message in (
        ([[1.0, 2.0], [3.0]], "BatchNorm1d takes 2 inputs, but got 1"),
        ([], "a batch of samples of 2 numbers, but got an empty one"),
        ([BATCH, BATCH], "a batch of samples of 2 numbers, but got a batch of batches"),
    ):
        with pytest.raises(ValueError, match=message):
            norm(wrong)
    with pytest.raises(TypeError, match="an input of BatchNorm1d must be a real number"):
        norm([[1.0, 2.0], [3.0, "4"]])
    assert norm.state_dict() == before


def test_layer_norm_normalizes_every_sample_by_itself():
    norm = nn.LayerNorm(3, eps=0.0)
    batch = norm([[1.0, 2.0, 6.0], [5.0, -5.0, 0.0]])
    for row in batch:
        m, v = moments([y.data for y in row])
        assert abs(m) < 1e-15 and math.isclose(v, 1.0, rel_tol=1e-15)
    assert [y.data for y in norm([1.0, 2.0, 6.0])] == [y.data for y in batch[0]]
    assert norm([1, 2, 6])[0].data == batch[0][0].data


def test_layer_norm_takes_one_dimension_written_as_pytorch_writes_it():
    assert nn.LayerNorm((3,)).normalized_shape == nn.LayerNorm(3).normalized_shape == (3,)
    assert list(nn.LayerNorm(3, bias=False).state_dict()) == ["weight"]
    with pytest.raises(ValueError, match=r"the last dimension alone, an int, but got \(2, 3\)"):
        nn.LayerNorm((2, 3))
    for make in (nn.LayerNorm, nn.BatchNorm1d):
        with pytest.raises(ValueError, match="eps must be at least 0"):
            make(2, eps=-1.0)


@pytest.mark.parametrize(
    "entry, message",
    [
        ({"running_var": [1.0, -1.0]}, "a variance must be at least 0, but got -1.0"),
        ({"num_batches_tracked": -3}, "a whole number of at least 0, but got -3"),
        ({"num_batches_tracked": 1.5}, "a whole number of at least 0, but got 1.5"),
        ({"num_batches_tracked": float("nan")}, "a whole number of at least 0, but got nan"),
        ({"num_batches_tracked": 10**400}, "within the range of floats"),
    ],
)
def test_statistics_that_cannot_be_are_not_loaded(entry, message):
    norm = nn.BatchNorm1d(2)
    before = norm.state_dict()
    with pytest.raises(ValueError, match=message):
        norm.load_state_dict(before | entry)
    assert norm.state_dict() == before


def test_statistics_of_a_run_that_diverged_and_counts_that_are_floats_are_loaded():
    norm = nn.BatchNorm1d(2)
    state = norm.state_dict() | {"running_var": [float("inf"), 2.0], "num_batches_tracked": 3.0}
    norm.load_state_dict(state)
    assert norm.state_dict() == state and type(norm.num_batches_tracked) is int
    norm([[float("nan"), 1.0], [1.0, 2.0]])
    norm.load_state_dict(norm.state_dict())


@pytest.mark.parametrize("entry", [{"num_batches_tracked": True}, {"running_mean": [0.5, False]}])
def test_statistics_are_not_loaded_from_true_and_false(entry):
    norm = nn.BatchNorm1d(2)
    before = norm.state_dict()
    with pytest.raises(ValueError, match="must be a number, but got (True|False): give 1.0 or 0.0"):
        norm.load_state_dict(before | entry)
    assert norm.state_dict() == before and type(norm.num_batches_tracked) is int
