"""What `diagnose` and `GradientMonitor` say, in English and in Chinese."""

__all__ = ["WORDS"]

WORDS: dict[str, dict[str, str]] = {
    "en": {
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
    "zh": {
        "layer": "层", "gradient": "|梯度|", "parameters": "|参数|", "ratio": "|梯度|/|参数|",
        "dead column": "死亡", "saturated": "饱和", "verdict": "诊断",
        "x weights": "×权重", "x rest": "×其余", "x activation": "×激活", "x step": "×时间步",
        "weights' part": "权重", "rest": "其余", "activation's part": "激活",
        "average": "往回传时，平均每层把梯度乘以 {}：{}",
        "healthy": "正常", "vanishing": "梯度消失", "exploding": "梯度爆炸", "dead": "死神经元", "nan": "nan 或 inf",
        "vanishing remedy": "梯度消失：用 ReLU 代替 sigmoid 或 tanh，加入残差连接或批量归一化，或使初始权重不要太小"
                            "（Xavier/He 初始化）",
        "forgetting remedy": "梯度沿时间往回传时消失：改用 LSTM 或 GRU",
        "forgetting gates remedy": "梯度沿时间往回传时消失，门未能阻止这一点：把遗忘门或更新门的初始偏置取大一些，"
                                   "使门保留住状态，或缩短序列",
        "exploding remedy": "梯度爆炸：做梯度裁剪（clip_grad_norm_），减小初始权重（Xavier/He 初始化），或减小学习率",
        "diverging remedy": "优化器的步子对参数的改动超过参数本身：减小学习率，或做梯度裁剪（clip_grad_norm_）",
        "no gradient": "无梯度",
        "no gradient remedy": "某层完全得不到梯度：损失没有用到它，或者通往它的路被死神经元、为 0 的因子"
                              "或小于任何浮点数的乘积截断；why(loss, parameter) 会指出断在哪里",
        "minimum remedy": "完全没有梯度：损失处于驻点（例如已在最小值处），或者最后一层之后的路被截断；"
                          "why(loss) 会指出断在哪里",
        "dead remedy": "某层的大多数或全部神经元对这里所有样本的导数都是 0，从中学不到东西："
                       "改用 Leaky ReLU 或 ELU，并减小学习率",
        "nan remedy": "梯度中出现 nan 或 inf：用 detect_anomaly() 找出是哪个运算产生的；做梯度裁剪（clip_grad_norm_），"
                      "或减小学习率",
        "stalled": "停滞",
        "stalled remedy": "某层有梯度，参数却几乎不动：检查优化器中是否有它的参数，或提高学习率",
        "first": "|梯度| 首次", "last": "最近", "smallest": "最小", "largest": "最大", "update": "更新比",
        "step": "步", "and": "、",
        "no record": "还没有记录：每次 backward() 之后调用 record()",
        "not finite alarm": "第 {step} 步：层 {layers} 的梯度是 {numbers}",
        "leap alarm": "第 {step} 步：层 {layers} 的梯度猛增：{numbers}",
        "no gradient alarm": "第 {step} 步：没有任何一层得到梯度：应在 backward() 之后、zero_grad() 之前调用 record()；"
                             "如果已经如此，那么损失处于驻点，或者用 diagnose(model, loss) 看梯度断在哪里",
    },
}  # fmt: skip
