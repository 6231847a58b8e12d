// Float functions with the results of autograd/ieee.py: what the operators and the Math of JavaScript lack.
const ieee = {
  copysign: (x, sign) => (sign < 0 || Object.is(sign, -0) ? -Math.abs(x) : Math.abs(x)),

  // C has 1 where JavaScript has NaN
  pow: (x, n) => (x === 1 || (x === -1 && Math.abs(n) === Infinity) ? 1 : Math.pow(x, n)),

  // Python's a % b has the sign of b
  mod(a, b) {
    if (b === 0 || Math.abs(a) === Infinity) return NaN;
    const rest = a % b;
    if (rest === 0) return ieee.copysign(0, b);
    return b < 0 !== rest < 0 ? rest + b : rest;
  },

  floorDivide(a, b) {
    if (b === 0) return a / b;
    const rest = a % b;
    let quotient = (a - rest) / b;
    if (rest !== 0 && b < 0 !== rest < 0) quotient -= 1;
    if (quotient === 0) return ieee.copysign(0, a / b);
    const whole = Math.floor(quotient);
    return quotient - whole > 0.5 ? whole + 1 : whole;
  },

  // exp(-x*x), the square in two parts
  bell(x) {
    if (!(Math.abs(x) < 40)) return Math.exp(-x * x);
    const high = Math.fround(x);
    return Math.exp(-high * high) * Math.exp((high - x) * (high + x));
  },

  erf(x) {
    if (!(Math.abs(x) < 2)) return x < 0 ? ieee.erfc(-x) - 1 : 1 - ieee.erfc(x);
    let sum = 1;
    for (let term = 1, n = 1; term > 1e-17 * sum; n++) {
      term *= (2 * x * x) / (2 * n + 1);
      sum += term;
    }
    return x * (2 / Math.sqrt(Math.PI)) * ieee.bell(x) * sum;
  },

  erfc(x) {
    if (x < 2) return 1 - ieee.erf(x);
    if (x > 40) return 0;
    let fraction = 0;
    for (let n = 150; n > 0; n--) fraction = n / 2 / (x + fraction);
    return ieee.bell(x) / Math.sqrt(Math.PI) / (x + fraction);
  },
};
