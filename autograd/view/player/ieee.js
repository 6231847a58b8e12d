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

  // --- of any number of operands ---

  // Rounded once: Shewchuk's exact sum, as math.fsum has it
  sum(...xs) {
    if (!xs.every(Number.isFinite)) return xs.reduce((a, b) => a + b, 0);
    const parts = [];
    for (let x of xs) {
      let kept = 0;
      for (let y of parts) {
        if (Math.abs(x) < Math.abs(y)) [x, y] = [y, x];
        const high = x + y, low = y - (high - x);
        if (!Number.isFinite(high)) return ieee.sum(...xs.map((each) => each * 2 ** -64)) * 2 ** 64; // on the way
        if (low) parts[kept++] = low;
        x = high;
      }
      parts.length = kept;
      if (x) parts.push(x);
    }
    let total = parts.pop() ?? 0;
    while (parts.length) {
      const x = total, y = parts.pop();
      total = x + y;
      const low = y - (total - x);
      if (!low) continue;
      const next = parts.at(-1) ?? 0, twice = 2 * low; // half-way cases are decided by what follows
      if ((low < 0 && next < 0) || (low > 0 && next > 0)) {
        const further = total + twice;
        if (further - total === twice) total = further;
      }
      break;
    }
    return total;
  },

  mean(...xs) {
    const total = ieee.sum(...xs);
    return Math.abs(total) === Infinity ? ieee.sum(...xs.map((x) => x / xs.length)) : total / xs.length;
  },

  prod: (...xs) => xs.reduce((a, b) => a * b, 1),

  dot(...operands) {
    const n = Math.floor(operands.length / 2);
    const products = operands.slice(0, n).map((x, i) => x * operands[n + i]);
    return ieee.sum(...products, ...operands.slice(2 * n));
  },

  max: (...xs) => (xs.some(Number.isNaN) ? NaN : xs.reduce((a, b) => (b > a ? b : a))),
  min: (...xs) => (xs.some(Number.isNaN) ? NaN : xs.reduce((a, b) => (b < a ? b : a))),
  norm: (...xs) => (xs.some(Number.isNaN) ? NaN : Math.hypot(...xs)),

  take: (index, ...xs) => xs.at(index) ?? NaN,

  logsumexp(...xs) {
    const m = ieee.max(...xs);
    if (!Number.isFinite(m)) return m;
    return m + Math.log1p(ieee.sum(...ieee.without(xs, m).map((x) => Math.exp(x - m))));
  },

  softmax(index, ...xs) {
    if (xs.length === 1) return xs[0] === xs[0] ? 1 : NaN;
    const weights = ieee.weights(xs);
    return weights[index] / ieee.sum(...weights);
  },

  logSoftmax(index, ...xs) {
    const x = xs[index], m = ieee.max(...xs);
    if (x === m && (Number.isFinite(m) || xs.length === 1)) {
      const weights = ieee.weights(xs);
      weights.splice(xs.indexOf(m), 1);
      return 0 - Math.log1p(ieee.sum(...weights));
    }
    return x - m - Math.log(ieee.sum(...xs.map((each) => Math.exp(each - m))));
  },

  // exp(x - largest) of each x, with what the difference rounds away
  weights(xs) {
    const m = ieee.max(...xs);
    return xs.map((x) => {
      const d = x - m, y = Math.exp(d), t = d - x;
      return d > -800 ? y + y * (x - (d - t) - (m + t)) : y;
    });
  },

  without: (xs, x) => xs.toSpliced(xs.indexOf(x), 1),
};
