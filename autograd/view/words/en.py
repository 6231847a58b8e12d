"""What views say in English: sentences by section and key."""

__all__ = ["WORDS"]

WORDS: dict[str, dict[str, str]] = {
    "verdicts": {
        "zero": "zero", "vanished": "vanished", "small": "small", "healthy": "healthy", "exploded": "exploded",
        "inf": "inf", "nan": "nan", "not connected": "not connected",
    },
    "draw": {
        "chip": "grad", "legend": "gradient: ", "local": "local derivative {}", "gradient": "gradient {!r}",
        "no gradient": "no gradient yet", "value": "{value}, {gradient}", "neuron": "neuron",
        "output": "output", "one Value": "{:,} Value", "Values": "{:,} Values",
        "one parameter": "{:,} parameter", "parameters": "{:,} parameters",
        "one more sample": "the same for 1 more sample", "more samples": "the same for {:,} more samples",
        "first sample": "shown: the first one;\nparameters have the gradient of all",
        "samples": 'Each box of a sample shows the value and the gradient of the first one. samples="all" draws all.',
    },
    "glance": {
        "data": "data", "local": "local derivative", "grad": "grad", "more": "… and {:,} more",
        "module": "module", "parameters": "parameters", "epoch": "epoch", "loss": "loss",
    },
    "notebook": {
        "trust": "This is a picture of the last step: run this cell, or trust the notebook, to play it.",
    },
    "explain": {
        "given": "Given", "forward": "Forward", "local": "Local derivatives", "chain": "Chain rule", "path": "path",
        "because": "since {}", "and": " and ", "direct": "the direct way alone", "unconnected": "{} does not use it",
        "exact": "exact {}, off by {}", "found": "backward() finds {}", "hook": "backward() finds {}, by a hook on {}",
        "blocked": "the side that was not taken gets nothing",
        "agrees": "backward() finds the same.",
        "differs": "backward() finds the same, except where {}.", "or": ", and where ",
        "by hook": "a hook changes a gradient on its way", "by inf": "inf or nan is at work",
        "by rounding": "rounding is at work", "by line": "a line says otherwise",
        "rounding": "Every number is rounded to {} decimal{s} before it is used.",
        "unnamed": "1 Value without a name is shown as a number: names=globals() or a label names it.",
        "many unnamed": "{} Values without a name are shown as numbers: names=globals() or labels name them.",
        "whole": "Every number is rounded to a whole number before it is used.",
        "remarks": "; ",
        "remark": "  ({})",
    },
    "why": {
        "others": "The worst of {n} {kind}; with the same verdict: {alike} more.",
        "no others": "The worst of {n} {kind}, and the only one with this verdict.",
        "parameters": "parameters", "inputs": "inputs", "values": "Values",
        "unnamed": "the unnamed Value {x}", "it": "its input", "layer": "layer {path}", "row": "step {n}",
        "in name": "in {name}", "in neuron": "in {path}, neuron {neuron}", "in layer": "in {path}",
        "after layer": "after {path}", "in step": "in step {n}", "one of several": "{here}, step {n}",
        "op here": "{op} {here}", "op in name": "{op} in {name}", "op of name": "{op} of {name}", "at name": " at {by}",
        "makes name": " makes {name}", "makes here": " {here}", "name is": "{name} = {y}",
        "unconnected": "{output} does not depend on {wrt}: no operation recorded on the way to {output} uses it.",
        "swapped": "{output} does not depend on {wrt}; {wrt} depends on {output}. The result comes first: "
                   "why({wrt}, {output}).",
        "itself": "{output} is what was asked about, and its derivative by itself is 1.",
        "dead": "{what} is dead{at}: its input is {x} {side} 0, so its slope is 0.",
        "saturated": "{what} is saturated{at}: its input is {x}, where its slope is {slope}.",
        "spread": "{what} is saturated{at}: its operands reach from {least} to {most}, its slope there is {slope}.",
        "made up for": " Other factors make up for it.",
        "added up for": " What all paths carry adds up to more.",
        "step": "{what}{at} is a step function: flat except where it jumps, so its slope is 0.",
        "choice": "{op} chose another of its operands, so nothing flows to {by}.",
        "factor 0": "{by} is multiplied by {factor} {here}.",
        "factor small": "{by} is multiplied by only {factor} {here}.",
        "factor": "{by} is multiplied by {factor} {here}.",
        "factor inf": "{by} is multiplied by {factor} {here}. Keep that factor finite.",
        "flat": "{what}{at} has the slope 0 there: its input is {x}.",
        "small": "{what}{at} multiplies the gradient by only {slope}.",
        "large": "{what}{at} multiplies the gradient by {slope}.",
        "cancel": "{count} paths meet at {by} and cancel: parts as large as {largest} add up to {gradient}.",
        "add up": "{count} paths meet at {by} and add up to {gradient}: the largest part is {largest}.",
        "all cancel": "No single step is to blame: what the paths carry cancels.",
        "all add up": "No single step is to blame: what the paths carry adds up.",
        "hook": "A hook on {by} replaced the gradient {arriving} by {gradient}.",
        "underflow": "No factor is 0, but the product of {factors}, {each} each on average, is below all floats.",
        "underflow here": "The gradient {arriving} that arrives at {result}, times the slope {slope} of {op}, is below "
                          "all floats.",
        "overflow": "No factor is infinite, but the product of {factors}, {each} each on average, is above all floats. "
                    "Scale them down.",
        "overflow here": "The gradient {arriving} that arrives at {result}, times the slope {slope} of {op}, is above "
                         "all floats. Scale the numbers down.",
        "shrink": "No single step is to blame: {factors}, {each} each on average, multiply to {product}.",
        "factors": "{n} factors", "factors and ones": "{n} factors (and {ones} of 1)",
        "split": " Of these, {}.", "and": ", ",
        "first group": "{what} ({n}) multiply to {product}", "group": "{what} ({n}) to {product}",
        "slopes": "the slopes of {op}", "other slopes": "the slopes of other operations",
        "hooks": "the changes by hooks", "weights": "weights and other factors",
        "pole": "{what}{at} has an infinite slope: its input is {x}. "
                "Keep {it} away from there, for example by adding a small number.",
        "pole below": "{what}{at} has an infinite slope: its input is {x}. "
                      "Keep {it} below that, for example by subtracting a small number.",
        "log of 0": "the log of 0: {what}{at} is {y}, and its slope divides by 0. "
                    "Keep {it} above 0, for example by adding a small number.",
        "division by 0": "a division by 0{makes}: its derivative by {by} is {slope}. "
                         "Keep the divisor away from 0.",
        "made inf": "{what} makes {made}, of {inputs}: too large for a float. Scale its operands down.",
        "made pole": "{what} makes {made}, of {inputs}: a singularity. Keep its operands away from it.",
        "made nan": "{what} makes {made}, of {inputs}. Keep its operands where {op} is defined.",
        "made": "{what} makes {made}, of {inputs}. Keep its operands finite.",
        "made inf - inf": "inf − inf: {what} makes {made}, of {inputs}. Keep its operands finite.",
        "0 × inf": "0 × inf: the gradient that arrives at {result} is {arriving}, the slope of {op} is {slope}. "
                   "Keep {it} away from {x}, or write what {op} is used in without it.",
        "0 × inf factor": "0 × inf: the gradient that arrives at {result} is {arriving}, and {by} is multiplied by "
                          "{factor} there. Keep that factor finite.",
        "unchosen": "0 × {slope}: {choice} did not choose {branch}, so the gradient 0 arrives there, but {what}{at} "
                    "has the slope {slope}, and the product is nan. "
                    "Give {op} a harmless operand where it is not chosen.",
        "paths inf - inf": "inf − inf: paths of opposite infinite parts meet at {by}. "
                           "Scale the numbers down, so that the parts stay finite.",
        "then 0": " Further on it meets a slope of 0, and that makes nan.",
        "then inf - inf": " It meets its own opposite, and that makes nan.",
        "then nan": " Further on it becomes nan.",
        "undefined": "{what}{at} has no derivative there: of {inputs} its slope is nan. Keep its operands where it "
                     "has one.",
        "undefined at 0": "0 × nan: {what}{at} has no derivative there: of {inputs} its slope is nan, although the "
                          "gradient that arrives at {result} is 0. Write what {op} is used in without it, as x*x + y*y "
                          "for hypot(x, y)**2, or keep its operands away from there.",
        "given": "{result}, which was given, is {y}. Look where it comes from.",
        "fine": "Every step passes the gradient on at a reasonable size.",
        "balanced": "Its factors reach from {smallest} to {greatest}, but they balance.",
        "balanced by paths": "Its factors reach from {smallest} to {greatest}, but what all paths carry adds up.",
        "yet": " But the result is not finite: ",
        "step column": "step", "slope column": "slope", "product column": "so far", "by column": "by",
        "at": "{op} at {x}", "at alone": "at {x}", "hooked": "hook: {before} → {after}",
        "omitted": "... {n} more steps ...",
        "paths": "This path alone gives {product}; with all paths ({n}) it is {gradient}.", "many": "more than {n}",
        "title": "{gradient}: {verdict}",
    },
    "steps": {
        "sum": "; with what came before ", "hook": " after a hook, before it ",
        "stale": " (recorded before a leaf got new data)",
    },
    "play": {
        "code": "en", "between": " ",
        "title": "Backpropagation, step by step",
        "lead": "Forward, every value is computed from its operands. Backward, every gradient is the gradient of "
                "what uses it, times a local derivative.",
        "noscript": "This page plays with JavaScript, which is switched off here.",
        "graph": "Computation graph; what happens in it is written below, step by step", "legend": "Colours",
        "valueKey": "value", "incomingKey": "gradient that arrives", "localKey": "local derivative",
        "gradientKey": "gradient that results", "controls": "Player", "first": "First step",
        "previous": "Step back", "play": "Play", "pause": "Pause", "next": "Step forward", "last": "Last step",
        "slider": "Step", "speed": "Speed",
        "keys": "Keys: ← → one step · Space plays · Home End first and last", "steps": "Every step",
        "digits": "All digits", "digitsName": "name", "digitsValue": "value", "digitsGradient": "gradient",
        "unknown": "not yet", "neuron": "neuron", "phaseStart": "Start", "phaseForward": "Forward",
        "phaseBackward": "Backward", "position": "{step} of {steps}", "gradient": "gradient {number}",
        "sayStart": "The numbers at the beginning of the graph are given. Play computes the rest, forward and "
                    "then backward.",
        "saySeed": "Now backward. The derivative of {output} by itself is 1: it changes by as much as it changes.",
        "sayForward": "Forward through {operation}: {node} gets its value.",
        "sayBackward": "Backward through {operation}: {parent} changes {output} by way of {node}. Multiply how "
                       "{output} changes with {node} by how {node} changes with {parent}.",
        "sayDirect": "Backward through {operation}: {output} is computed from {parent} directly. Multiply the 1 "
                     "that {output} begins with by how {output} changes with {parent}.",
        "sayDirectHooked": "Backward through {operation}: {output} is computed from {parent} directly. Multiply "
                           "the gradient that a hook gave to {output} by how {output} changes with {parent}.",
        "sayRule": "That local derivative is {rule}.", "sayHook": "A hook replaces the gradient of {node}.",
        "sayNothing": "No gradient arrives at {node}, so none is passed on.",
        "sayBlocked": "The local derivative is 0: nothing gets through here.",
        "sayAgain": "This is one more path from {parent} to {output}: paths add up.",
        "sayComplete": "The gradient of {parent} is complete.",
        "sayEnd": "That was the last step: every gradient is known.", "other": "中文",
    },
    "doctor": {
        "layer": "layer", "gradient": "|grad|", "parameters": "|param|", "ratio": "|grad|/|param|",
        "dead column": "dead", "saturated": "flat", "verdict": "verdict",
        "x weights": "x weights", "x rest": "x rest", "x activation": "x activation", "x step": "x time",
        "weights' part": "weights", "rest": "rest", "activation's part": "activation",
        "average": "on the way back a layer multiplies the gradient by {} on average: {}",
        "healthy": "healthy", "vanishing": "vanishing", "exploding": "exploding", "dead": "dead", "nan": "nan or inf",
        "vanishing remedy": "the gradient vanishes: use ReLU instead of sigmoid or tanh, residual connections, batch "
                            "normalization, or weights that do not start too small (Xavier/He initialization)",
        "forgetting remedy": "the gradient vanishes on its way back through time: use LSTM or GRU",
        "forgetting gates remedy": "the gradient vanishes on its way back through time, in spite of the gates: "
                                   "start with a larger bias of the forget or update gate, so that they keep the "
                                   "state, or use shorter sequences",
        "exploding remedy": "the gradient explodes: clip it (clip_grad_norm_), start with smaller weights (Xavier/He "
                            "initialization), or lower the learning rate",
        "diverging remedy": "the steps of the optimizer change parameters by more than all that they are: lower the "
                            "learning rate, or clip the gradient (clip_grad_norm_)",
        "no gradient": "no gradient",
        "no gradient remedy": "no gradient at all comes to a layer: the loss does not use it, or the way to it is cut, "
                              "as by dead units, a factor 0 or a product below all floats; why(loss, parameter) says "
                              "where",
        "minimum remedy": "no gradient at all: the loss is stationary, as at its minimum, or behind the last layer the "
                          "way is cut; why(loss) says where",
        "dead remedy": "most or all units of a layer have the slope 0 for every sample here and learn nothing from "
                       "them: use leaky ReLU or ELU, and a smaller learning rate",
        "nan remedy": "a gradient is nan or inf: detect_anomaly() names the operation that made it; clip the gradient "
                      "(clip_grad_norm_), or lower the learning rate",
        "stalled": "stalled",
        "stalled remedy": "a layer with a gradient hardly moves: see that the optimizer has its parameters, or raise "
                          "the learning rate",
        "first": "|grad| first", "last": "last", "smallest": "smallest", "largest": "largest", "update": "update",
        "step": "step", "and": ", ",
        "no record": "nothing is recorded yet: call record() after every backward()",
        "not finite alarm": "step {step}: the gradient of {layers} is {numbers}",
        "leap alarm": "step {step}: the gradient of {layers} leapt: {numbers}",
        "no gradient alarm": "step {step}: no layer has a gradient: call record() after backward() and before "
                             "zero_grad(); if that is so, the loss is stationary, or diagnose(model, loss) shows "
                             "where the gradient ends",
    },
    "grade": {
        "passed": "{name}: passed, {asked} programs, all numbers right.",
        "one mistake": "{name}: one mistake, found with {asked} programs.",
        "mistakes": "{name}: {n} mistakes, found with {asked} programs.",
        "limits": "The derivatives are right, but:",
        "missing": "Not examined, since the class does not have them: {}.",
        "in": " (in {})",
        "found": "should be {}, but is {}", "raised": "should be {}, but raises {}",
        "time": "should be {0}, but takes too long", "crash": "should be {0}, but ends the process",
        "unexplained": "No classic mistake explains this answer{place}.",
        "no numbers": "Value(2.0) or its backward() fails, so nothing could be examined.",
        "sign of b": "The derivative of {op} by b has the wrong sign: it is negative.",
        "sign of -a": "The derivative of {op} has the wrong sign: it is -1.",
        "own factor": "In {op}, each operand gets its own number as derivative; it is the number of the other one.",
        "like a sum": "The derivatives of {op} are those of a sum, 1; each is the number of the other operand.",
        "square of b": "The derivative of {op} by b lacks a square: it is -a / b**2.",
        "like a product": "The derivatives of {op} are those of a product: they are 1 / b and -a / b**2.",
        "exponent as a factor": "The derivative of {op} lacks the exponent as a factor: it is n * a ** (n - 1).",
        "exponent minus one": "The derivative of {op} keeps the exponent: it is n * a ** (n - 1).",
        "relu at 0": "relu has the derivative 1 at 0: it is 0 there, as in PyTorch. Compare with > rather than >=.",
        "no mask": "relu passes the gradient for negative inputs too: multiply it by (out.data > 0).",
        "value for slope": "The derivative of {op} is taken to be its value.",
        "z for a": "The derivative of {op} is calculated from the operand (z); its formula wants the result (a).",
        "a for z": "The derivative of {op} is calculated from the result; it is 1 over the operand.",
        "square of a": "The derivative of {op} lacks a square: it is 1 - out.data ** 2.",
        "1 - a alone": "The derivative of {op} lacks a factor: it is a * (1 - a).",
        "derivative of another function": "The derivative of {op} is that of another function "
                                          "(tanh: 1 - a**2, sigmoid: a * (1 - a)).",
        "like a power": "The derivative of {op} follows the power rule; exp is its own derivative.",
        "overwritten": "Gradients are overwritten rather than added{place}: `self.grad = ...` should be "
                       "`self.grad += ...`.",
        "second overwritten": "The gradient of the second operand is overwritten rather than added{place}: "
                              "`other.grad = ...` should be `other.grad += ...`.",
        "gradient forgotten": "The local derivative is not multiplied by the gradient that arrives{place}: "
                              "the chain rule wants `... * out.grad`.",
        "second forgotten": "The second operand gets no gradient{place}: add to `other.grad` too.",
        "slope forgotten": "The gradient is passed on without the local derivative{place}.",
        "slope added": "The local derivative is added to the gradient that arrives{place}; the chain rule multiplies.",
        "nothing passed": "No gradient arrives at the operands{place}: is `out._backward = _backward` missing?",
        "no seed": "All gradients are 0: backward() must begin with `self.grad = 1.0`.",
        "clears": "backward() sets the gradients of leaves to 0 first, so a second result does not add to them.",
        "inner gradients": "A second backward() on the same graph passes old gradients of inner Values on again: "
                           "set the gradients of all but the leaves to 0 first.",
        "visits again": "A Value that is used twice passes its gradient on twice: keep a set of the visited ones.",
        "wrong order": "A Value passes its gradient on before it has received all of it: "
                       "go through the graph in reverse topological order.",
        "stops at the operands": "The sweep ends at the operands of the result: is the topological order reversed?",
        "equal numbers": "Values with equal numbers are treated as one, by `__eq__` and `__hash__` or as keys: "
                         "keep the visited ones by identity.",
        "no constants": "Plain numbers are refused as operands: wrap what is not a Value.",
        "no whole numbers": "Whole numbers are refused as operands: wrap an int like a float.",
        "in place": "`b += 1` changes the Value itself, and with it every graph that it is part of: "
                    "leave `__iadd__` out.",
        "no reflection": "{op} fails, where a plain number is on the left: define the reflected operator.",
        "reflected order": "{op} is calculated as if the operands had changed places.",
        "recursion": "A deep graph fails: the topological order is found by recursion. Keep a list as the stack.",
        "never freed": "A result that nobody has any more is never freed: something keeps a list of all Values, "
                       "or operands know their results.",
        "cycles": "A graph is freed only by the garbage collector: a closure that mentions the result is a cycle.",
    },
}  # fmt: skip
