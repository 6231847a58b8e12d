# %% [markdown]
# # Reading handwritten digits
#
# Everything so far comes together: a network of 2 778 parameters learns to read
# digits that people wrote by hand. Forward, loss, backward, step, a few hundred
# times, and on the way we watch its gradients, as a doctor would.
#
# The pictures are real ones, 8 × 8 pixels, and come with scikit-learn. To keep
# this demo short, the network sees 500 of them, six times each. The benchmark
# `benchmarks/digits.py` trains on all and reads more than 95 % of new ones.

# %% [markdown] lang="zh"
# # 识别手写数字
#
# 前面讲过的一切在这里合到一起：一个有 2 778 个参数的网络，
# 学习识别人们手写的数字。正向传播、损失、反向传播、更新，重复几百次；
# 一路上我们像医生一样，看着它的梯度。
#
# 图片是真实的手写数字，8 × 8 像素，随 scikit-learn 一起提供。
# 为了让演示短一些，网络只看其中 500 张，每张看六遍。
# 基准程序 benchmarks/digits.py 用全部图片训练，
# 没见过的数字能认出 95% 以上。

# %% pictures to fall back on | zh: 备用的图片
import random
from pathlib import Path

import autograd
from autograd import (
    DataLoader,
    GradientMonitor,
    diagnose,
    fit,
    nn,
    no_grad,
    optim,
)
from autograd.language import say
from autograd.view.curves import curves

rng = random.Random(0)


def printed_digits(n=1000):
    """Digits of 3 x 5 points, moved and blurred, for want of real ones."""
    points = (0o75557, 0o26227, 0o71747, 0o71717, 0o55711)
    points += (0o74717, 0o74757, 0o71111, 0o75757, 0o75717)
    pictures, labels = [], [i % 10 for i in range(n)]
    for label in labels:
        left, top = rng.randint(0, 1), 1
        picture = [rng.uniform(0.0, 0.3) for _ in range(64)]
        for i in range(30):  # 5 rows of 3 points, each of them 2 pixels wide
            y, x = divmod(i, 6)
            ink = points[label] >> (14 - i // 2) & 1
            picture[8 * (top + y) + left + x] += 0.7 * ink
        pictures.append(picture)
    return pictures, labels


# %% the pictures | zh: 图片
try:
    from sklearn.datasets import load_digits
except ImportError:
    print("pip install scikit-learn")
    pictures, labels = printed_digits()
else:
    data = load_digits()
    pictures = (data.data / 16).tolist()
    labels = data.target.tolist()

shuffled = list(range(len(pictures)))
rng.shuffle(shuffled)
train, test = shuffled[:500], shuffled[500:900]
print(len(pictures), len(train), len(test))


# %% what they look like | zh: 它们的样子
def shade(pixel):
    """A character as dark as the pixel."""
    return " .:-=+*%@"[int(8 * min(pixel, 1.0))]


def show(indices):
    """Print pictures next to one another, and below what they should be."""
    for y in range(8):
        lines = [pictures[i][8 * y : 8 * y + 8] for i in indices]
        print("  ".join("".join(map(shade, line)) for line in lines).rstrip())
    print("  ".join(f"{labels[i]:^8}" for i in indices).rstrip())


show(train[:7])

# %% [markdown]
# # The network
#
#     64 pixels ──→ 32 ReLU ──→ 16 ReLU ──→ 10 scores, one for each digit
#
# The largest score is the answer. cross_entropy is the loss for such scores: it
# turns them into probabilities (softmax) and takes −log of the one that belongs
# to the right digit. Before training that is about log 10 = 2.3, and one answer
# out of ten is right, by luck.

# %% [markdown] lang="zh"
# # 网络
#
#     64 个像素 ──→ 32 个 ReLU ──→ 16 个 ReLU ──→ 10 个得分，每个数字一个
#
# 得分最高的就是答案。cross_entropy 是与这种得分相配的损失：
# 先用 softmax 把得分变成概率，再取正确数字的概率的 −log。
# 训练之前它约为 log 10 = 2.3，十个里能碰巧对一个。

# %% 64-32-16-10, before training | zh: 64-32-16-10，训练之前
model = nn.MLP(64, [32, 16, 10], seed=1)
loss_of = nn.CrossEntropyLoss()


def answers(model, indices):
    """What the model reads in the pictures."""
    with no_grad():
        outputs = model([pictures[i] for i in indices])
    return [
        max(range(10), key=lambda k: scores[k].data) for scores in outputs
    ]


def accuracy(model, indices):
    """The share of the pictures that the model reads right."""
    found = answers(model, indices)
    return sum(a == labels[i] for a, i in zip(found, indices)) / len(indices)


print(model)
print(f"{accuracy(model, test):.1%}")

assert accuracy(model, test) < 0.3

# %% [markdown]
# # First, a check-up
#
# One batch forward, and diagnose() looks at the gradients before any training:
# does the first layer get any? Are neurons dead? With ReLU and three layers all
# should be well.

# %% [markdown] lang="zh"
# # 先做个体检
#
# 正向传播一个批次，在训练之前就让 diagnose() 看看梯度：
# 第一层有没有梯度？有没有死神经元？只有三层，又用了 ReLU，应该一切正常。

# %% diagnose
batch = train[:32]
loss = loss_of(
    model([pictures[i] for i in batch]), [labels[i] for i in batch]
)
report = diagnose(model, loss)
print(report)

assert report.verdict == "healthy"
assert 2.0 < loss.data < 2.7

# %% [markdown]
# # Training
#
# Batches of 20, so 25 steps go through all the pictures once. Before each step
# the monitor notes the gradient of every layer, and a gradient that is too long
# is clipped. After each round, the accuracy on 400 pictures that are kept apart
# for the test; the network never learns from those.

# %% [markdown] lang="zh"
# # 训练
#
# 每批 20 张，25 步把所有图片过一遍，就是一轮。每次更新之前，
# 监视器记下每层的梯度，范数太大的梯度会被裁剪。
# 每轮之后，在留作测试的 400 张图片上看看准确率；
# 网络从来不用这些图片学习。

# %% what to note on the way | zh: 一路上记下什么
optimizer = optim.AdamW(model.parameters(), lr=0.01, weight_decay=0.1)
monitor = GradientMonitor(model)
norms = []


def before_step():
    """Note the gradients, then clip them."""
    monitor.record()
    norms.append(optim.clip_grad_norm_(model.parameters(), max_norm=1.0))


def each_epoch(epoch, loss):
    """Print how it goes."""
    right = accuracy(model, test)
    print(f"{epoch + 1:2}   L = {loss:.4f}   {right:.1%}", flush=True)
    return right


# %% fit
history = fit(
    model,
    DataLoader(
        [pictures[i] for i in train],
        [labels[i] for i in train],
        batch_size=20,
        shuffle=True,
        seed=0,
    ),
    loss_of,
    optimizer,
    epochs=6,
    scheduler=optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=6),
    before_step=before_step,
    each_epoch=each_epoch,
    progress=False,
)

assert history.stopped == ""
assert history.losses[-1] < 0.3 * history.losses[0]
assert history.metrics[-1] > 0.85

# %% [markdown]
# # What the monitor saw
#
# For each layer the first, the last, the smallest and the largest norm of its
# gradient, the norm of its parameters, and by which part of that a step changes
# them. The gradients are of one size in all layers: nothing vanishes on the way
# back. They differ much from batch to batch, as a batch is only 20 pictures;
# clipping at 1 cut off the peaks.

# %% [markdown] lang="zh"
# # 监视器看到了什么
#
# 每层梯度范数的首次、最近、最小和最大值，参数的范数，
# 以及更新比：一步更新改变了参数的几分之几。各层的梯度大小相近：
# 往回传的路上没有出现梯度消失。不同批次之间差别不小，因为一批只有 20 张；
# 把范数裁剪到 1，削掉了尖峰。

# %% GradientMonitor
print(monitor)
print(f"{sum(norm > 1 for norm in norms)}/{len(norms)}")

mean_norms = [sum(norms) / len(norms) for norms in monitor.history.values()]
assert not any("nan" in alarm or "inf" in alarm for alarm in monitor.alarms)
assert max(mean_norms) < 10 * min(mean_norms)

# %% [markdown]
# # What it still gets wrong
#
# The right digit is below each picture, then what the network read. Would you
# have read them all?

# %% [markdown] lang="zh"
# # 还有哪些认错了
#
# 每张图片下面先是正确的数字，再是网络的回答。换了你，都能认对吗？

# %% the mistakes | zh: 认错的数字
found = dict(zip(test, answers(model, test)))
wrong = [i for i in test if found[i] != labels[i]]
show(wrong[:7])
print("  ".join(f"{found[i]:^8}" for i in wrong[:7]).rstrip())
print(f"{len(wrong)}/{len(test)}")

assert 1 - len(wrong) / len(test) == history.metrics[-1]

# %% [markdown]
# # Keep it, and look at the curves
#
# The network goes into a JSON file, and another one with random weights gets
# all that this one has learned, by reading the file.
#
# The first picture has the gradient of each layer at every step, the second the
# loss and the error rate of the test after each round.

# %% [markdown] lang="zh"
# # 存下来，再看看曲线
#
# 把网络存成一个 JSON 文件；另一个权重随机的网络读入这个文件，
# 就得到了它学到的全部本领。
#
# 第一张图是每一步各层的梯度，第二张是每轮之后的损失和测试错误率。

# %% demo_pictures/11_digits.*
folder = Path("demo_pictures").resolve()
folder.mkdir(exist_ok=True)

autograd.save(model, folder / "11_digits.json")
same = nn.MLP(64, [32, 16, 10], seed=2)
autograd.load(same, folder / "11_digits.json")
assert answers(same, test) == answers(model, test)

errors = [1 - right for right in history.metrics]
loss_name, error_name = say("loss", "损失"), say("test error", "测试错误率")
series = {loss_name: history.losses, error_name: errors}
labels_of_axes = say("epoch", "轮次"), say("loss, error", "损失、错误率")
for name, svg in [
    ("11_digits_gradients", monitor.svg),
    ("11_digits_training", curves(series, *labels_of_axes)),
]:
    picture = folder / f"{name}.svg"
    picture.write_text(svg, encoding="utf-8")
    print(picture)

# %% [markdown]
# # Your turn
#
# Everything is still here. What if all layers were sigmoid? And ten of them?
#
#     deep = nn.MLP(64, [16] * 10 + [10], "sigmoid", seed=1)
#     print(diagnose(deep, loss_of(deep(pictures[:8]), labels[:8])))
#
# Does the network know a digit that is upside down?
#
#     i = test[0]; show([i])
#     max(range(10), key=lambda k: model(pictures[i][::-1])[k].data)

# %% [markdown] lang="zh"
# # 轮到你了
#
# 所有变量都还在。要是每层都用 sigmoid 呢？要是有十层呢？
#
#     deep = nn.MLP(64, [16] * 10 + [10], "sigmoid", seed=1)
#     print(diagnose(deep, loss_of(deep(pictures[:8]), labels[:8])))
#
# 把数字倒过来，网络还认得吗？
#
#     i = test[0]; show([i])
#     max(range(10), key=lambda k: model(pictures[i][::-1])[k].data)
