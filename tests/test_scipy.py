"""SciPy's optimizers take our derivatives: fits to real data, whose answers others have published or computed."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from sybil import Document
from sybil.parsers.markdown import PythonCodeBlockParser

import autograd
from autograd import hessian, hvp, softplus, value_and_grad

optimize = pytest.importorskip("scipy.optimize")

Objective = Callable[[Sequence[Any]], Any]

# the rates of an enzyme treated with puromycin: Bates and Watts 1988, "Nonlinear regression analysis and its
# applications", appendix A1.3; their fit, as R's example(Puromycin) prints it: Vm = 212.7, K = 0.06412, residual
# standard error 10.93 on 10 degrees of freedom
CONCENTRATIONS = [0.02, 0.02, 0.06, 0.06, 0.11, 0.11, 0.22, 0.22, 0.56, 0.56, 1.10, 1.10]
RATES = [76.0, 47.0, 97.0, 107.0, 123.0, 139.0, 159.0, 152.0, 191.0, 201.0, 207.0, 200.0]


def michaelis_menten(p: Sequence[Any]) -> Any:
    v, k = p[0] * 100, p[1] / 10
    return autograd.sum([(rate - v * c / (k + c)) ** 2 for c, rate in zip(CONCENTRATIONS, RATES, strict=True)])


def is_published(fit: Any) -> bool:
    v, k, standard_error = fit.x[0] * 100, fit.x[1] / 10, math.sqrt(fit.fun / 10)
    return (f"{v:.1f}", f"{k:.5f}", f"{standard_error:.2f}") == ("212.7", "0.06412", "10.93")


@pytest.mark.parametrize("method", ["BFGS", "L-BFGS-B", "CG", "SLSQP", "TNC"])
def test_a_dose_response_curve_is_fitted_with_our_gradient(method: str) -> None:
    fit = optimize.minimize(value_and_grad(michaelis_menten), [1.0, 1.0], jac=True, method=method)
    assert is_published(fit)


@pytest.mark.parametrize("method", ["trust-exact", "trust-ncg", "dogleg"])
def test_a_dose_response_curve_is_fitted_with_our_hessian(method: str) -> None:
    start = [2.0, 0.7]  # where the Hessian is positive definite, as dogleg needs it
    fit = optimize.minimize(
        value_and_grad(michaelis_menten), start, jac=True, hess=hessian(michaelis_menten), method=method
    )
    assert is_published(fit)


@pytest.mark.parametrize("method", ["Newton-CG", "trust-krylov"])
def test_a_dose_response_curve_is_fitted_with_hessian_vector_products(method: str) -> None:
    fit = optimize.minimize(
        value_and_grad(michaelis_menten),
        [2.0, 0.7],
        jac=True,
        hessp=lambda p, v: hvp(michaelis_menten, p, v),
        method=method,
    )
    assert is_published(fit)


@pytest.fixture(scope="module")
def tumours() -> tuple[list[list[float]], list[int]]:
    """Size and concavity of 80 tumours of the Wisconsin data, standardized, and whether each is benign."""
    datasets = pytest.importorskip("sklearn.datasets")
    data = datasets.load_breast_cancer()
    table = data.data[:80, [0, 1, 27]]
    table = (table - table.mean(0)) / table.std(0)
    return table.tolist(), data.target[:80].tolist()


def penalized_loss(tumours: tuple[list[list[float]], list[int]]) -> Objective:
    """The objective of scikit-learn's LogisticRegression with C = 1: the sum of the losses plus |w|**2 / 2."""
    rows, labels = tumours

    def loss(p: Sequence[Any]) -> Any:
        weights, bias = list(p[:-1]), p[-1]
        scores = [autograd.dot(weights, row, bias) for row in rows]
        losses = [softplus(-z if label else z) for z, label in zip(scores, labels, strict=True)]
        return autograd.sum(losses) + autograd.dot(weights, weights) / 2

    return loss


@pytest.mark.parametrize("method", ["BFGS", "trust-exact"])
def test_a_logistic_regression_has_the_coefficients_of_scikit_learn(tumours: Any, method: str) -> None:
    linear_model = pytest.importorskip("sklearn.linear_model")
    theirs = linear_model.LogisticRegression(C=1.0, solver="newton-cholesky", tol=1e-12).fit(*tumours)
    loss = penalized_loss(tumours)
    fit = optimize.minimize(
        value_and_grad(loss),
        [0.0] * 4,
        jac=True,
        hess=hessian(loss) if method == "trust-exact" else None,
        method=method,
        options={"gtol": 1e-8},
    )
    assert list(fit.x) == pytest.approx([*theirs.coef_[0], theirs.intercept_[0]], rel=1e-6)


def test_newtons_method_takes_few_steps_with_the_exact_hessian(tumours: Any) -> None:
    loss = penalized_loss(tumours)
    fit = optimize.minimize(value_and_grad(loss), [0.0] * 4, jac=True, hess=hessian(loss), method="trust-exact")
    assert fit.success and fit.nit <= 10


def test_scipys_own_check_of_the_gradient_agrees(tumours: Any) -> None:
    loss = penalized_loss(tumours)
    both = value_and_grad(loss)
    error = optimize.check_grad(lambda p: both(list(p))[0], lambda p: both(list(p))[1], [0.3, -0.2, 0.5, 0.1])
    assert error < 1e-5


def test_the_example_in_the_documentation_runs_as_shown() -> None:
    page = Path(__file__).parent.parent / "docs" / "scipy.md"
    examples = list(Document.parse(str(page), PythonCodeBlockParser()).examples())
    assert examples
    for example in examples:
        example.evaluate()
