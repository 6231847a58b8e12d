# %% [markdown]
# # A GPT of scalars: it reads names and invents new ones
#
# The last step of the tutorial leads into the present. A GPT does one thing: it
# reads the beginning of a text and says how likely each next token is. It is
# trained by the forward pass, the loss, backward and the step of all demos
# before. Here a token is a letter, and the texts are 713 names of chemical
# elements, constellations, rivers and cities.
#
# It needs no other package and no arrays: every number is a Value. The network,
# its training and the drawing of new names are about 100 lines, and the graph of
# each can be looked into as before.

# %% [markdown] lang="zh"
# # 标量的 GPT：读名字，造新名字
#
# 教程的最后一步走进今天。GPT 只做一件事：读一段文字的开头，
# 说出下一个词元（token）各有多大可能。训练它，用的就是前面所有演示里的
# 正向传播、损失、反向传播和更新。这里的词元是字母，文字是 713 个名字：
# 化学元素、星座、河流和城市。
#
# 不需要别的包，也没有数组：每个数都是一个 Value。
# 网络、训练和造名字加起来大约 100 行代码，算出的图照样可以看进去。

# %% 713 names, 27 tokens | zh: 713 个名字，27 个词元
import math
import random
from collections import Counter
from pathlib import Path

from autograd import (
    dot,
    draw,
    explain,
    nn,
    no_grad,
    optim,
    softmax,
    watch,
    why,
)
from autograd.cells import find_script
from autograd.language import say
from autograd.view import RenderError
from autograd.view.curves import curves

LETTERS = "abcdefghijklmnopqrstuvwxyz"
EDGE = 26  # the token before a name and after it

path = find_script("microgpt").with_name("names.txt")
names = path.read_text(encoding="ascii").split()
random.Random(0).shuffle(names)
unseen, seen = names[:60], names[60:]


def tokens_of(name):
    """The numbers of its letters, between two edges."""
    return [EDGE, *map(LETTERS.index, name), EDGE]


some = " ".join(seen[:6])
print(len(seen), len(unseen), some)
print(tokens_of("tin"))

assert tokens_of("tin") == [26, 19, 8, 13, 26]
assert len(names) == 713 and max(map(len, names)) == 14

# %% [markdown]
# # What there is to beat
#
# The loss of a prediction is −log of the probability that it gave to the letter
# that came. Somebody who knows nothing gives 1/27 to each, so the loss is
# log 27 = 3.30. Counting is better: how often does each letter follow each other
# one? With such a table of pairs, the loss is 2.58 on the 60 names that are
# kept apart.
#
# (Each count begins at 0.2, so that no pair is impossible; of several numbers
# that were tried this is about the best for the table.)

# %% [markdown] lang="zh"
# # 要超过什么
#
# 一次预测的损失，是它给真正出现的那个字母的概率取 −log。
# 一无所知的人给每个词元 1/27，损失就是 log 27 = 3.30。
# 数一数就好一些：每个字母后面，各个字母出现过多少次？
# 用这样一张字母对的表，在留出来的 60 个名字上，损失是 2.58。
#
# （每个计数从 0.2 开始，这样就没有不可能的字母对；
# 试过几个数，对这张表来说它差不多是最好的。）

# %% a table of pairs | zh: 字母对的表
counts = Counter()
for name in seen:
    tokens = tokens_of(name)
    counts.update(zip(tokens, tokens[1:]))


def pair_scores(tokens):
    """For each next token, the log of its probability after the last one."""
    row = [counts[tokens[-1], k] + 0.2 for k in range(27)]
    return [math.log(count / sum(row)) for count in row]


def pair_loss(name):
    """The mean of −log of the probabilities that the table gives."""
    tokens = tokens_of(name)
    found = [pair_scores([a])[b] for a, b in zip(tokens, tokens[1:])]
    return -sum(found) / len(found)


def mean_loss(loss_of, names):
    """The mean over all letters of the names, and the edges after them."""
    sizes = [len(name) + 1 for name in names]
    losses = [loss_of(name) * n for name, n in zip(names, sizes)]
    return sum(losses) / sum(sizes)


of_pairs = mean_loss(pair_loss, unseen)
print(f"{math.log(27):.2f} → {of_pairs:.2f}")

assert abs(of_pairs - 2.58) < 0.01

# %% [markdown]
# # Letters become vectors
#
# A table of pairs sees one letter; the network will see all letters so far.
# First, each token has a vector of 16 numbers, and so has each place in a name:
# nn.Embedding looks them up in a table. The sum of the two is the input of the
# network. Nobody chooses these numbers: they are parameters, and training finds
# them. Letters that are used alike become similar.
#
# norm divides a vector by the root of its mean square (RMSNorm), so that its
# numbers have a size of about 1. That keeps the numbers, and with them the
# gradients, from vanishing or exploding.

# %% [markdown] lang="zh"
# # 字母变成向量
#
# 字母对的表只看一个字母，网络要看到前面所有的字母。首先，
# 每个词元有一个 16 个数的向量，名字里的每个位置也有一个，
# 由 nn.Embedding 在表里查出来。两者的和就是网络的输入。
# 这些数没有人去选：它们是参数，由训练来找。
# 用法相近的字母，向量也会变得相近。
#
# norm 把向量除以它的均方根（RMSNorm），让其中的数都在 1 左右。
# 这样数不会消失或爆炸，梯度也就不会。

# %% embedding and norm | zh: 嵌入和归一化
WIDTH, HEADS, PLACES = 16, 4, 15
rng = random.Random(1)


def table(rows):
    """Vectors of WIDTH parameters that start small."""
    found = nn.Embedding(rows, WIDTH)
    nn.init.normal_(found.weight, std=0.1, generator=rng)
    return found


def linear(inputs, outputs):
    return nn.Linear(inputs, outputs, bias=False, seed=rng)


def added(xs, ys):
    """The sums of vectors, for each place."""
    return [[a + b for a, b in zip(x, y)] for x, y in zip(xs, ys)]


def norm(xs):
    """Each vector over the root of its mean square."""
    scales = [(dot(x, x) / WIDTH + 1e-5) ** -0.5 for x in xs]
    return [[a * scale for a in x] for x, scale in zip(xs, scales)]


class TokensAndPlaces(nn.Module):
    def __init__(self):
        self.token, self.place = table(27), table(PLACES)

    def forward(self, tokens):
        places = range(len(tokens))
        return added(self.token(tokens), self.place(places))


# %% [markdown]
# # Attention: looking back
#
# Through attention, places learn about each other. From its vector, each place
# computes three new ones: a query (what am I looking for?), a key (what am I?),
# and a value (what do I tell?). A query is compared with the keys of all places
# up to its own, never with later ones. The score is their dot product, divided by
# the root of their length; it is large if the two agree. softmax turns the scores
# into shares that add up to 1. The place gets the sum of the values, each times
# its share.
#
# There are four heads, with vectors of 4 numbers, so a place can look for four
# things at once. mix combines what they found.

# %% [markdown] lang="zh"
# # 注意力：回头看
#
# 各个位置靠注意力互通消息。每个位置由自己的向量算出三个新的向量：
# 查询（query，我在找什么？）、键（key，我是什么？）和值（value，我要说什么？）。
# 查询与到自己为止的各个位置的键比较，绝不看后面的。
# 得分是两者的点积，再除以长度的平方根；两者越合拍，得分越高。
# softmax 把得分变成份额，加起来等于 1。
# 各个位置的值乘以份额再相加，就是这个位置得到的东西。
#
# 一共有四个头，各用 4 个数的向量，所以一个位置可以同时找四样东西。
# mix 再把它们找到的东西合在一起。


# %% attention with four heads | zh: 四个头的注意力
def shares_of(query, keys):
    """How much of its attention a place gives to each place it can see."""
    return softmax([dot(query, key) / math.sqrt(len(query)) for key in keys])


class Head(nn.Module):
    def __init__(self):
        self.query, self.key, self.value = (
            linear(WIDTH, WIDTH // HEADS) for _ in range(3)
        )

    def shares(self, xs):
        queries, keys = self.query(xs), self.key(xs)
        return [shares_of(q, keys[: i + 1]) for i, q in enumerate(queries)]

    def forward(self, xs):
        values = self.value(xs)
        return [
            [dot(shares, column) for column in zip(*values[: len(shares)])]
            for shares in self.shares(xs)
        ]


class Attention(nn.Module):
    def __init__(self):
        self.heads = [Head() for _ in range(HEADS)]
        self.mix = linear(WIDTH, WIDTH)

    def forward(self, xs):
        found = zip(*[head(xs) for head in self.heads])
        return self.mix([sum(parts, []) for parts in found])


# %% [markdown]
# # The whole network
#
# After attention, each place is calculated on its own, by an MLP with 64 ReLU
# neurons, as in the demos before. Attention and MLP add their results to the
# vector. This is the residual connection of the demo `remedies`: along the sums,
# the gradient goes back undiminished.
#
# At the end, each place has 27 scores, one for each token that may come next.
# There are 4 176 parameters: 672 in the embedding, 1 024 in attention, 2 048 in
# the MLP, and 432 for the scores.

# %% [markdown] lang="zh"
# # 整个网络
#
# 注意力之后，每个位置各算各的：用一个有 64 个 ReLU 神经元的 MLP，
# 和前面演示里的一样。注意力和 MLP 都把结果加到向量上。
# 这就是演示 remedies 里的残差连接：沿着加法，梯度原样传回来。
#
# 最后，每个位置有 27 个得分，下一个词元的每种可能各一个。
# 一共 4 176 个参数：嵌入 672 个，注意力 1 024 个，MLP 2 048 个，
# 得分 432 个。


# %% GPT
class GPT(nn.Module):
    def __init__(self):
        self.embedding = TokensAndPlaces()
        self.attention = Attention()
        self.mlp = nn.Sequential(
            linear(WIDTH, 4 * WIDTH), nn.ReLU(), linear(4 * WIDTH, WIDTH)
        )
        self.scores = linear(WIDTH, 27)

    def forward(self, tokens):
        xs = self.embedding(tokens)
        xs = added(xs, self.attention(norm(xs)))
        xs = added(xs, self.mlp(norm(xs)))
        return self.scores(xs)


model = GPT()
sizes = {
    name: len(part.parameters()) for name, part in model.named_children()
}
print(sizes, sum(sizes.values()))

assert list(sizes.values()) == [672, 1024, 2048, 432]
assert sum(sizes.values()) == 4176

# %% [markdown]
# # The loss of a name
#
# One name is a whole exercise: from the edge predict the first letter, from the
# edge and the first letter the second, and so on to the edge at the end. All
# places are calculated at once, since none sees a later one. The loss is the mean
# of −log of the probabilities of the letters that came.
#
# The drawing shows the layers, with one name in them. Before training, the loss
# is close to log 27 = 3.30, that of somebody who knows nothing.

# %% [markdown] lang="zh"
# # 一个名字的损失
#
# 一个名字就是一整套练习：由边界预测第一个字母，
# 由边界和第一个字母预测第二个，一直到结尾的边界。
# 谁也看不到后面的位置，所以各个位置可以一次算完。
# 损失是真正出现的那些字母的概率取 −log 的平均值。
#
# 图上是各层，里面正算着一个名字。训练之前，损失接近 log 27 = 3.30，
# 也就是一无所知的人的损失。


# %% loss_of, demo_pictures/15_microgpt_layers.svg
def loss_of(name):
    tokens = tokens_of(name)
    return nn.CrossEntropyLoss()(model(tokens[:-1]), tokens[1:])


def loss_only(name):
    """Its number, without recording a graph."""
    with no_grad():
        return loss_of(name).data


def network_scores(tokens):
    """The scores of the token that comes next."""
    with no_grad():
        return [score.data for score in model(list(tokens))[-1]]


before = mean_loss(loss_only, unseen)
print(f"{before:.2f}")

pictures = Path("demo_pictures").resolve()
pictures.mkdir(exist_ok=True)
loss = loss_of("tin")
loss.backward()
layers = draw(loss, group=model)
try:
    print(layers.save(pictures / "15_microgpt_layers.svg"))
except RenderError as problem:  # no Graphviz: it says how to install one
    print(problem)
layers

# %% [markdown]
# # Training
#
# 1 000 steps with one name each: all 653 names come up, and 347 of them twice.
# Adam moves the parameters; its learning rate falls in a straight line from 0.01
# to 0, so that the last steps are small. This takes ten seconds or so with the
# compiled core, and half a minute or more with the pure one.
#
# On the left is the step, then the mean loss of the last 100 names. watch makes a
# page of the loss, with a slider. Each point is the mean of the last 50 names, as
# some names are easier than others.

# %% [markdown] lang="zh"
# # 训练
#
# 走 1 000 步，每步一个名字：653 个名字都会用到，其中 347 个用两次。
# 参数由 Adam 更新；学习率从 0.01 沿直线降到 0，所以最后的步子很小。
# 用编译的核心要十来秒，用纯 Python 的核心要半分钟或更久。
#
# 左边是步数，后面是最近 100 个名字的平均损失。
# watch 把损失做成一个带滑块的网页；每个点是最近 50 个名字的平均，
# 因为名字有难有易。

# %% 1 000 steps, demo_pictures/15_microgpt_loss.html | zh: 1 000 步，demo_pictures/15_microgpt_loss.html
STEPS = 1000
optimizer = optim.Adam(model.parameters(), lr=0.01, betas=(0.85, 0.99))
decay = optim.lr_scheduler.LinearLR(optimizer, 1.0, 0.0, STEPS)
film = watch(
    lambda tokens: network_scores(map(int, tokens)),
    [tokens_of(name)[:3] for name in unseen],  # more than two inputs, so
    [tokens_of(name)[3] for name in unseen],  # the page shows the loss alone
)
losses = []
for step in range(STEPS):
    loss = loss_of(seen[step % len(seen)])
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    decay.step()
    losses.append(loss.data)
    film.record(sum(losses[-50:]) / len(losses[-50:]))
    if len(losses) % 100 == 0:
        hundred = sum(losses[-100:]) / 100
        print(f"{len(losses):5}   L = {hundred:.3f}", flush=True)
print(film.save(pictures / "15_microgpt_loss.html"))

assert hundred < 2.5

# %% [markdown]
# # Is it better than counting?
#
# What counts is the loss on the 60 names that it has never seen. It was 3.31 and
# is 2.49 now; that of the table is 2.58. So the network has learned more than
# pairs. For the names of the training the losses are 2.40 and 2.50.
#
# One thing that pairs cannot tell: "heliu" and "helu" both end in u, so the table
# gives m the same probability after both, 33 %. The network also sees the i: it
# gives m 92 % after "heliu", and 10 % after "helu".

# %% [markdown] lang="zh"
# # 比数数好吗？
#
# 要看的是那 60 个它从没见过的名字上的损失：原来是 3.31，现在是 2.49；
# 字母对的表是 2.58。所以它学到的不止是字母对。
# 在训练用过的名字上，两者的损失分别是 2.40 和 2.50。
#
# 有件事是字母对不可能知道的：“heliu”和“helu”都以 u 结尾，
# 所以在两者之后，表给 m 的概率都是 33%。网络还看得见那个 i：
# 它在“heliu”之后给 m 92%，在“helu”之后给 10%。


# %% new names, names seen, m after heliu, m after helu | zh: 新名字，见过的名字，heliu 后的 m，helu 后的 m
def chance_of_m(scores_of, beginning):
    scores = scores_of(tokens_of(beginning)[:-1])
    return softmax(scores)[LETTERS.index("m")]


measured = {}
for title, loss_by, scores_by in [
    ("GPT", loss_only, network_scores),
    (say("pairs", "字母对"), pair_loss, pair_scores),
]:
    new, old = (mean_loss(loss_by, group) for group in (unseen, seen))
    heliu, helu = (chance_of_m(scores_by, part) for part in ("heliu", "helu"))
    measured[title] = new, old, heliu, helu
    print(f"{new:.2f}   {old:.2f}   {heliu:4.0%}   {helu:4.0%}   {title}")

assert measured["GPT"][0] < of_pairs - 0.05


# %% [markdown]
# # Where it looks
#
# How does it know about the i? Look at the shares of attention. There is a line
# for each head: the shares that the last letter, u, gives to each place, from the
# edge (·) on. One of the heads gives 0.96 to the i.
#
# Nobody told it to do so. Many names in the list end in -ium, so training found a
# head that looks for the i.

# %% [markdown] lang="zh"
# # 它在看哪里
#
# 它怎么知道有 i？看看注意力的份额就明白了。每个头一行：
# 最后一个字母 u 给各个位置的份额，从边界（·）开始。
# 有一个头把 0.96 给了 i。
#
# 没有人要它这样做。名单里有很多名字以 -ium 结尾，
# 所以训练找到了一个专门去看 i 的头。


# %% four heads, six places | zh: 四个头，六个位置
xs = norm(model.embedding(tokens_of("heliu")[:-1]))
print("".join(f"{letter:>6}" for letter in "·heliu"))
for head in model.attention.heads:
    print("".join(f"{share.data:6.2f}" for share in head.shares(xs)[-1]))

head = max(
    model.attention.heads, key=lambda head: head.shares(xs)[-1][4].data
)
assert head.shares(xs)[-1][4].data > 0.9

# %% [markdown]
# # One share, by hand
#
# explain calculates this share: q is the query of the u, k the key of the i, and
# s are the scores. The score of the i, 4.8, is far above the others.
#
# It also says how the share changes with the first number of the key. The slope
# of softmax is share × (1 − share), here 0.96 × 0.04 = 0.04. (1 − share is
# written as the exp of the other scores, divided by the sum of all.) So a head
# that is sure learns slowly, like a saturated sigmoid.

# %% [markdown] lang="zh"
# # 手算一个份额
#
# explain 把这个份额算一遍：q 是 u 的查询，k 是 i 的键，
# s 是各个得分。i 的得分是 4.8，远高于其他位置。
#
# 它还说明份额怎样随键的第一个数变化。softmax 的斜率是
# 份额 × (1 − 份额)，这里是 0.96 × 0.04 = 0.04。
# （1 − 份额写成了其他得分的 exp 除以全部得分的 exp 之和。）
# 所以一个很有把握的头学得慢，和饱和的 sigmoid 一样。

# %% explain
query, keys = head.query(xs)[-1], head.key(xs)
share = shares_of(query, keys)[4].named("share")
for i in range(len(query)):
    query[i].named(f"q{i}")
    keys[4][i].named(f"k{i}")
for letter, score in zip(["edge", *"heliu"], share.parents):
    score.named(f"s_{letter}")
print(explain(share, keys[4][0]))

slope = share.partials[4]
assert math.isclose(slope, share.data * (1 - share.data))
assert round(slope, 2) == 0.04

# %% [markdown]
# # Why the gradient is what it is
#
# why goes further back, to a weight of the layer that computes the keys. There
# are 6 paths, since the keys of all 6 places use this weight, and what they carry
# is added up. The table shows one of them, and below it is the sum of all. The
# way from the loss to a parameter is longer, but each step is of this kind.

# %% [markdown] lang="zh"
# # 梯度为什么是这样
#
# why 再往回走，走到计算键的那一层的一个权重。一共有 6 条路径，
# 因为 6 个位置的键都用到这个权重，各条路径传来的数要相加。
# 表中是其中一条，表下是全部路径之和。
# 从损失到参数的路更长，但每一步都是这样的。

# %% why
print(why(share, head.key.weight[0][0]))

# %% [markdown]
# # New names
#
# Begin with the edge, draw a token by its probability, append it, and go on until
# the edge is drawn. Before that, the scores are divided by 0.6, the temperature,
# which makes likely letters more likely still. First there are 20 names by the
# network, then 20 by the table, and then how many of each are in the list: none.
#
# The network's have syllables and endings; mind the three in -ium. Those of the
# table are often one or two letters long, as it does not know how far it is.

# %% [markdown] lang="zh"
# # 新名字
#
# 从边界开始，按概率抽一个词元，接在后面，一直到抽中边界为止。
# 抽之前先把得分除以 0.6，也就是温度，让可能的字母更加可能。
# 先是网络造的 20 个名字，再是字母对的表造的 20 个，
# 最后是各有多少个本来就在名单里：一个也没有。
#
# 网络造的名字有音节，有词尾，注意那三个以 -ium 结尾的。
# 表造的常常只有一两个字母，因为它不知道名字已经有多长。


# %% 20 names, and 20 by pairs | zh: 20 个名字，以及由字母对得到的 20 个
def invented(scores_of, rng):
    """A name, letter by letter; at most as long as there are places."""
    tokens = [EDGE]
    while len(tokens) <= PLACES:
        weights = [math.exp(score / 0.6) for score in scores_of(tokens)]
        [token] = rng.choices(range(27), weights)
        if token == EDGE:
            break
        tokens.append(token)
    return "".join(LETTERS[token] for token in tokens[1:])


def twenty(scores_of):
    rng = random.Random(1)
    return [invented(scores_of, rng) for _ in range(20)]


by_network, by_pairs = both = twenty(network_scores), twenty(pair_scores)
told = "\n".join(" ".join(new[i : i + 10]) for new in both for i in (0, 10))
print(told)
print(*[len(set(new) & set(names)) for new in both])

assert not set(by_network) & set(names)

# %% [markdown]
# # The loss, over the steps
#
# The same curve as a picture. The loss falls fast at first, when the network
# learns which letters are common, and then slowly, when it learns what follows
# what. The straight line is the table of pairs, on the new names.
#
# What would more steps give? With 3 000 of them, the loss on the names of the
# training falls to 2.30, but on new names only from 2.49 to 2.48: 653 names are
# few, and the network begins to learn them by heart.

# %% [markdown] lang="zh"
# # 损失随步数的变化
#
# 同一条曲线，画成图片。损失开始降得快，这时网络在学哪些字母常见；
# 后来降得慢，这时它在学什么后面跟什么。
# 直线是字母对的表在新名字上的损失。
#
# 多走几步会怎样？走 3 000 步，训练用过的名字上的损失降到 2.30，
# 可是新名字上只从 2.49 降到 2.48：653 个名字太少，
# 网络开始把它们背下来了。

# %% demo_pictures/15_microgpt_loss.svg
line = [of_pairs] * len(film.losses)
series = {"GPT": film.losses, say("pairs", "字母对"): line}
svg = curves(series, say("step", "步"), say("loss", "损失"))
picture = pictures / "15_microgpt_loss.svg"
picture.write_text(svg, encoding="utf-8")
print(picture)

# %% [markdown]
# # From here to the large ones
#
# Large models are built from the same parts. The smallest GPT-2 has 12 blocks of
# attention and MLP in a row, each with 12 heads, and 768 numbers for a place; its
# tokens are about 50 000 pieces of words. Larger ones have more of each, and more
# text, and they calculate with arrays. But the loss is this one, and the
# gradients come from the chain rule, applied once from the end to the beginning.

# %% [markdown] lang="zh"
# # 从这里到大模型
#
# 大模型也是由同样的部件搭成的。最小的 GPT-2 有 12 个这样的块，
# 每块是注意力加 MLP，有 12 个头，每个位置 768 个数；
# 它的词元是大约 50 000 个词的片段。更大的模型样样都更多，
# 文字也更多，而且用数组来计算。但损失就是这个损失，
# 梯度也来自链式法则：从结尾到开头走一遍。

# %% [markdown]
# # Your turn
#
# Everything is still here. How likely does it think your own name is?
#
#     loss_only("maria"), loss_only("xqzjk")
#
# Which letter does it expect after a beginning of yours?
#
#     scores = network_scores(tokens_of("san")[:-1])
#     LETTERS[max(range(26), key=scores.__getitem__)]
#
# Which letters have become most similar to a?
#
#     vectors = [[p.data for p in row] for row in model.embedding.token.weight]
#     sorted(LETTERS, key=lambda c: math.dist(
#         vectors[LETTERS.index(c)], vectors[LETTERS.index("a")]))[:5]
#
# Train it for longer. training_step does the forward pass, backward and the
# update, and compiles them once for each length of a name. That takes some
# seconds; from then on, a step takes less than a thousandth of a second.
#
#     from autograd import training_step
#     optimizer = optim.Adam(model.parameters(), lr=0.001)
#     step = training_step(model, nn.CrossEntropyLoss(), optimizer)
#     for name in seen:
#         tokens = tokens_of(name)
#         loss = step(tokens[:-1], tokens[1:])
#     print(step.stats())

# %% [markdown] lang="zh"
# # 轮到你了
#
# 所有变量都还在。它觉得你的名字有多大可能？
#
#     loss_only("maria"), loss_only("xqzjk")
#
# 你写一个开头，它觉得后面是什么字母？
#
#     scores = network_scores(tokens_of("san")[:-1])
#     LETTERS[max(range(26), key=scores.__getitem__)]
#
# 哪些字母变得和 a 最相近？
#
#     vectors = [[p.data for p in row] for row in model.embedding.token.weight]
#     sorted(LETTERS, key=lambda c: math.dist(
#         vectors[LETTERS.index(c)], vectors[LETTERS.index("a")]))[:5]
#
# 训练得更久一些。training_step 做正向传播、反向传播和更新，
# 名字的每种长度编译一次，要几秒钟；之后每一步不到千分之一秒。
#
#     from autograd import training_step
#     optimizer = optim.Adam(model.parameters(), lr=0.001)
#     step = training_step(model, nn.CrossEntropyLoss(), optimizer)
#     for name in seen:
#         tokens = tokens_of(name)
#         loss = step(tokens[:-1], tokens[1:])
#     print(step.stats())
