"""What views say in Chinese: sentences by section and key."""

__all__ = ["TERMS", "WORDS"]

# Words of these sentences and of the demos: a line is not broken inside them.
TERMS = """
一个 一些 一侧 一半 一层 一条 一样 一次 一步 一点 一致 一起 一遍 一项 三个 上限 下坡 下降 下面 不会 不再 不变 不同
不断 不是 不是数 不用 不等 不能 不要 不过 东西 两个 两次 两种 严重 为什么 为零 之前 之后 之间 乘以 乘积 二进制 于是
产生 什么 代替 代码 以上 以及 以后 任何 优化 传不到 传到 传播 传递 但是 例如 例子 依赖 保持 保留住 修改 倍数 偏小 偏差
偏置 停滞 偶数 全部 公式 其中 其他 其余 内容 写成 准确 准确率 减去 减小 几乎 出发 出来 出现 函数 分界线 分辨 分量 列表
初值 初始 初始化 判断 刻度 前面 剩下 办法 加上 加入 千米 升高 参数 反向 反向传播 发生 取决于 变化 变化率 变成 变量
只是 只有 只能 只要 可以 可是 可用 可能 叶子 各条 各项 合理 合计 同样 名字 后面 向量 周期 命名 哪个 哪里 唯一 四舍五入
回答 因为 因子 图片 地方 坐标 坡度 增大 增长 处于 多少 多次 大于 大多数 大小 大约 太小 奇数 奇点 如果 如此 存在 学习
学习率 学会 学到 它们 完全 定义域 对应 对数 导数 小于 小数 小数点 小时 就是 尽管 局部 层数 山谷 差别 已知 已经 常数
平均 平方 平衡 并且 序列 应该 建议 开始 弄清 式子 引用 弥补 归一化 形式 形状 影响 往回 得不到 得出 得到 循环 微积分
怎么 怎样 总和 情况 意味着 我们 或者 截断 所以 所有 打开 批量 批量归一化 找出 抵消 指出 指向 损失 损失函数 换成 接近
提高 操作数 改写 改动 改用 改进 放大 效果 数值 数字 整数 文件 斜率 方向 方差 无关 无害 无梯度 无穷大 时候 时间 是否
普通 更新 更新比 更新门 最低点 最后 最大 最大值 最好 最小 最小值 最近 有效数字 有限 未能 本身 权值 权重 来源 来说 查明
标准差 标签 样本 梯度 梯度下降 梯度消失 梯度爆炸 检查 概率 正向 正向传播 正常 正弦 正数 正确 此后 步子 步长 步骤 死亡
死神经元 残差 残差连接 每个 每层 每次 每步 比较 气温 水平 水平线 水果 永远 求导 汇合 没有 沿着 注明 测试 浏览器 浮点数
消失 深度 清零 演示 激活 激活函数 然后 爆炸 特征 状态 猛增 现在 用于 用到 由于 目标 直接 直线 相乘 相互 相加 相反 相同
看作 看看 看起来 真实 知道 神经元 神经网络 符号 等于 等高线 答案 箭头 精确 累加 经过 结果 结论 给出 给定 继续 缩小
缩放 缩短 网络 而且 而是 自己 自身 舍入 节点 范围 范数 表示 衰减 裁剪 规律 角度 计算 训练 记下 记录 许多 识别 诊断
误差 调用 贡献 超出 超过 路径 跳变 输入 输入层 输出 输出层 达到 过来 运算 还是 这个 这些 这样 这里 连乘 连接 选中 选取
通往 遗忘 遗忘门 避开 那么 那里 重复 重要 钩子 链式法则 链条 长度 问题 阶梯 阻止 限制 除以 除数 随机 隐藏 隐藏层 顺序
预测 频率 颜色 饱和 首次 驻点
"""

WORDS: dict[str, dict[str, str]] = {
    "verdicts": {
        "zero": "为零", "vanished": "消失", "small": "偏小", "healthy": "正常", "exploded": "爆炸",
        "inf": "无穷大（inf）", "nan": "不是数（nan）", "not connected": "无关",
    },
    "draw": {
        "chip": "梯度", "legend": "梯度：", "local": "局部导数 {}", "gradient": "梯度 {!r}",
        "no gradient": "还没有梯度", "value": "{value}，{gradient}", "neuron": "神经元", "output": "输出",
        "one Value": "{:,} 个 Value", "Values": "{:,} 个 Value", "one parameter": "{:,} 个参数",
        "parameters": "{:,} 个参数",
        "one more sample": "另有 1 个样本与此相同", "more samples": "另有 {:,} 个样本与此相同",
        "first sample": "图中是第一个样本；\n参数的梯度来自全部样本",
        "samples": '样本的各个框显示第一个样本的数值和梯度。samples="all" 会画出全部样本。',
    },
    "glance": {
        "data": "数值", "local": "局部导数", "grad": "梯度", "more": "…… 另有 {:,} 个",
        "module": "模块", "parameters": "参数", "epoch": "轮次", "loss": "损失",
    },
    "notebook": {
        "trust": "这是最后一步的图：运行此单元格，或信任此笔记本，即可播放。",
    },
    "explain": {
        "given": "已知", "forward": "正向传播", "local": "局部导数", "chain": "链式法则", "path": "路径",
        "because": "因为 {}", "and": " 且 ", "direct": "仅直接影响", "unconnected": "{} 与它无关",
        "exact": "精确值 {}，偏差 {}", "found": "backward() 得到 {}",
        "hook": "backward() 得到 {}，因为 {} 上有钩子（hook）",
        "blocked": "未被选取的一侧得不到任何梯度",
        "agrees": "与 backward() 的结果一致。",
        "differs": "除{}之处外，与 backward() 的结果一致。", "or": "、",
        "by hook": "钩子（hook）改动了梯度",
        "by inf": "出现 inf 或 nan ", "by rounding": "有舍入误差", "by line": "已注明",
        "rounding": "每个数都先四舍五入到小数点后 {} 位，再用于计算。",
        "unnamed": "有 1 个没有名字的 Value 直接写成了数：可用 names=globals() 或标签为它命名。",
        "many unnamed": "有 {} 个没有名字的 Value 直接写成了数：可用 names=globals() 或标签为它们命名。",
        "whole": "每个数都先四舍五入到整数，再用于计算。",
        "remarks": "；",
        "remark": "（{}）",
    },
    "why": {
        "others": "{n} 个{kind}中最严重的一个；另有 {alike} 个诊断结论相同。",
        "no others": "{n} 个{kind}中最严重的一个，也是唯一得到这个诊断结论的。",
        "parameters": "参数", "inputs": "输入", "values": "量",
        "unnamed": "未命名的 Value {x}", "it": "它的输入", "layer": "层 {path}", "row": "第 {n} 步",
        "in name": "在 {name} 中", "in neuron": "{path} 的神经元 {neuron} 中", "in layer": "{path} 中",
        "after layer": "{path} 之后", "in step": "第 {n} 步中", "one of several": "{here}（第 {n} 步）",
        "op here": "{here}的 {op}", "op in name": "{name} 中的 {op}", "op of name": "{name} 的 {op}",
        "at name": "{by} 处的 ", "makes name": "{name} 中", "makes here": "{here}", "name is": "{name} = {y}",
        "unconnected": "{output} 不依赖 {wrt}：计算 {output} 时记录的运算都没有用到它。",
        "swapped": "{output} 不依赖 {wrt}，而是 {wrt} 依赖 {output}。应先写结果：why({wrt}, {output})。",
        "itself": "{output} 就是所问的量，它对自身的导数是 1。",
        "dead": "{at}{what} 是死神经元：输入 {x} {side} 0，导数为 0。",
        "saturated": "{at}{what} 已饱和：输入为 {x}，导数为 {slope}。",
        "spread": "{at}{what} 已饱和：操作数从 {least} 到 {most}，导数为 {slope}。",
        "made up for": "其他因子弥补了这一点。",
        "added up for": "各条路径合计后弥补了这一点。",
        "step": "{at}{what} 是阶梯函数：除跳变处外都是平的，导数为 0。",
        "choice": "{op} 选中了另一个操作数，梯度传不到 {by}。",
        "factor 0": "{here}，{by} 所乘的因子是 {factor}。",
        "factor small": "{here}，{by} 所乘的因子只有 {factor}。",
        "factor": "{here}，{by} 所乘的因子是 {factor}。",
        "factor inf": "{here}，{by} 所乘的因子是 {factor}。应使这个因子保持有限。",
        "flat": "{at}{what} 导数为 0：输入为 {x}。",
        "small": "{at}{what} 只让梯度乘上 {slope}。",
        "large": "{at}{what} 让梯度乘上 {slope}。",
        "cancel": "{count} 条路径在 {by} 汇合并相互抵消：其中最大的一项为 {largest}，总和却只有 {gradient}。",
        "add up": "{count} 条路径在 {by} 汇合：其中最大的一项为 {largest}，总和达到 {gradient}。",
        "all cancel": "不能只怪某一步：各条路径的贡献相互抵消。",
        "all add up": "不能只怪某一步：各条路径的贡献不断累加。",
        "hook": "{by} 上的钩子（hook）把梯度 {arriving} 换成了 {gradient}。",
        "underflow": "没有哪个因子是 0，但 {factors}（平均每个 {each}）的乘积小于任何浮点数。",
        "underflow here": "传到 {result} 的梯度 {arriving} 乘以 {op} 的导数 {slope}，小于任何浮点数。",
        "overflow": "没有哪个因子是无穷大，但 {factors}（平均每个 {each}）的乘积大于任何浮点数。应把这些因子缩小。",
        "overflow here": "传到 {result} 的梯度 {arriving} 乘以 {op} 的导数 {slope}，大于任何浮点数。应把数值缩小。",
        "shrink": "不能只怪某一步：{factors}（平均每个 {each}）连乘得 {product}。",
        "factors": "{n} 个因子", "factors and ones": "{n} 个因子（另有 {ones} 个是 1）",
        "split": "其中 {}。", "and": "，",
        "first group": "{what}（{n} 个）连乘得 {product}", "group": "{what}（{n} 个）连乘得 {product}",
        "slopes": "{op} 的导数", "other slopes": "其他运算的导数", "hooks": "钩子（hook）的改动",
        "weights": "权重等因子",
        "pole": "{at}{what} 导数为无穷大：输入为 {x}。应让 {it} 避开这一点，例如加上一个小的数。",
        "pole below": "{at}{what} 导数为无穷大：输入为 {x}。应使 {it} 小于它，例如减去一个小的数。",
        "log of 0": "对 0 取对数：{at}{what} 等于 {y}，求导时除以 0。应使 {it} 大于 0，例如加上一个小的数。",
        "division by 0": "{makes}出现除以 0：它对 {by} 的导数是 {slope}。应让除数避开 0。",
        "made inf": "{what} 由 {inputs} 得出 {made}，超出浮点数的范围。应把操作数缩小。",
        "made pole": "{what} 由 {inputs} 得出 {made}：这里是奇点。应让操作数避开它。",
        "made nan": "{what} 由 {inputs} 得出 {made}。应使操作数在 {op} 的定义域内。",
        "made": "{what} 由 {inputs} 得出 {made}。应使操作数保持有限。",
        "made inf - inf": "inf − inf：{what} 由 {inputs} 得出 {made}。应使操作数保持有限。",
        "0 × inf": "0 × inf：传到 {result} 的梯度是 {arriving}，而 {op} 的导数是 {slope}。应让 {it} 避开 {x}，"
                   "或把用到 {op} 的式子改写成不含它的形式。",
        "0 × inf factor": "0 × inf：传到 {result} 的梯度是 {arriving}，而 {by} 在那里所乘的因子是 {factor}。"
                          "应使这个因子保持有限。",
        "unchosen": "0 × {slope}：{choice} 没有选中 {branch}，传到那里的梯度是 0，但 {at}{what} 导数是 {slope}，"
                    "乘积为 nan。请在未选中时给 {op} 一个无害的输入。",
        "paths inf - inf": "inf − inf：符号相反的无穷大在 {by} 汇合。应把数值缩小，使各项保持有限。",
        "then 0": "之后它又乘上为 0 的导数，于是得到 nan。",
        "then inf - inf": "它又与相反的无穷大相加，于是得到 nan。",
        "then nan": "之后它变成了 nan。",
        "undefined": "{at}{what} 没有导数：输入为 {inputs} 时导数为 nan。应使操作数处的导数存在。",
        "undefined at 0": "0 × nan：{at}{what} 没有导数：输入为 {inputs} 时导数为 nan，"
                          "尽管传到 {result} 的梯度是 0。"
                          "应把用到 {op} 的式子改写成不含它的形式，例如把 hypot(x, y)**2 写成 x*x + y*y，"
                          "或让操作数避开这一点。",
        "given": "{result} 的给定值就是 {y}。应查明它的来源。",
        "fine": "每一步传递的梯度大小都合理。",
        "balanced": "各因子从 {smallest} 到 {greatest} 不等，但相互平衡。",
        "balanced by paths": "各因子从 {smallest} 到 {greatest} 不等，但各条路径合计后正常。",
        "yet": "但结果本身不是有限数：",
        "step column": "步骤", "slope column": "局部导数", "product column": "累乘", "by column": "运算",
        "at": "{op}，输入 {x}", "at alone": "输入 {x}", "hooked": "钩子：{before} → {after}",
        "omitted": "…… 另有 {n} 步 ……",
        "paths": "仅这条路径得 {product}；全部路径（{n} 条）合计得 {gradient}。", "many": "超过 {n}",
        "title": "{gradient}：{verdict}",
    },
    "steps": {
        "sum": "；加上之前的贡献 ", "hook": "，由钩子（hook）修改，原为 ", "stale": "（此后有叶子被赋了新值）",
    },
    "play": {
        "code": "zh-CN", "between": "",
        "title": "反向传播，一步一步看",
        "lead": "正向：每个值由它的操作数算出。反向：每个值的梯度，等于用到它的那个结果的梯度，乘以局部导数。",
        "noscript": "本页需要 JavaScript 才能播放，而这里的 JavaScript 已关闭。",
        "graph": "计算图；每一步发生的事都写在下方", "legend": "颜色", "valueKey": "值",
        "incomingKey": "传来的梯度", "localKey": "局部导数", "gradientKey": "得到的梯度", "controls": "播放器",
        "first": "第一步", "previous": "后退一步", "play": "播放", "pause": "暂停", "next": "前进一步",
        "last": "最后一步", "slider": "步骤", "speed": "速度",
        "keys": "按键：← → 走一步 · 空格播放 · Home End 首尾", "steps": "全部步骤", "digits": "全部数字",
        "digitsName": "名称", "digitsValue": "值", "digitsGradient": "梯度", "unknown": "尚未得到",
        "neuron": "神经元", "phaseStart": "开始", "phaseForward": "正向", "phaseBackward": "反向",
        "position": "第 {step} 步，共 {steps} 步", "gradient": "梯度 {number}",
        "sayStart": "图的起点上的数是给定的。点击播放，依次算出其余各数：先正向，再反向。",
        "saySeed": "现在反向。{output} 对自身的导数是 1：它变化多少，就变化多少。",
        "sayForward": "正向经过 {operation}：得到 {node} 的值。",
        "sayBackward": "反向经过 {operation}：{parent} 通过 {node} 影响 {output}。把 {output} 随 {node} "
                       "的变化率与 {node} 随 {parent} 的变化率相乘，就得到经 {node} 传给 {parent} 的梯度。",
        "sayDirect": "反向经过 {operation}：{output} 直接由 {parent} 算出。把起点的 1 与 {output} 随 {parent} "
                     "的变化率相乘，就得到传给 {parent} 的梯度。",
        "sayDirectHooked": "反向经过 {operation}：{output} 直接由 {parent} 算出。把钩子（hook）给 {output} "
                           "的梯度与 {output} 随 {parent} 的变化率相乘，就得到传给 {parent} 的梯度。",
        "sayRule": "这里的局部导数是 {rule}。", "sayHook": "钩子（hook）替换了 {node} 的梯度。",
        "sayNothing": "没有梯度传到 {node}，所以也没有什么可以往回传。",
        "sayBlocked": "局部导数为 0：梯度在这里被截断。",
        "sayAgain": "这是从 {parent} 到 {output} 的又一条路径：各条路径的贡献相加。",
        "sayComplete": "{parent} 的梯度已经完整。", "sayEnd": "这是最后一步：所有梯度都已得到。",
        "other": "English",
    },
    "doctor": {
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
        "diverging remedy": "优化器每一步对参数的改动比参数本身还大：减小学习率，或做梯度裁剪（clip_grad_norm_）",
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
    "grade": {
        "passed": "{name}：通过。共 {asked} 个小程序，所有结果都正确。",
        "one mistake": "{name}：有 1 个错误（共 {asked} 个小程序）。",
        "mistakes": "{name}：有 {n} 个错误（共 {asked} 个小程序）。",
        "limits": "导数都正确，但是：",
        "missing": "这个类没有以下运算，因此未检查：{}。",
        "in": "（{} 中）",
        "found": "应为 {}，得到 {}", "raised": "应为 {}，却引发 {}",
        "time": "应为 {0}，但运行太久", "crash": "应为 {0}，但进程被终止",
        "unexplained": "没有常见错误能解释这个结果{place}。",
        "no numbers": "Value(2.0) 或它的 backward() 出错，无法检查。",
        "sign of b": "{op} 对 b 的导数符号错了：应为负。",
        "sign of -a": "{op} 的导数符号错了：应为 -1。",
        "own factor": "{op} 中，每个操作数的导数用了自己的值；应该用另一个操作数的值。",
        "like a sum": "{op} 的导数当成了 1，那是加法的导数；应为另一个操作数的值。",
        "square of b": "{op} 对 b 的导数少了平方：应为 -a / b**2。",
        "like a product": "{op} 的导数用了乘法的导数：应为 1 / b 和 -a / b**2。",
        "exponent as a factor": "{op} 的导数漏了因子 n：应为 n * a ** (n - 1)。",
        "exponent minus one": "{op} 的导数没有把指数减 1：应为 n * a ** (n - 1)。",
        "relu at 0": "relu 在 0 处的导数取了 1：与 PyTorch 一样，应为 0。比较时用 >，不用 >=。",
        "no mask": "输入为负时，relu 仍然传递梯度：应乘以 (out.data > 0)。",
        "value for slope": "{op} 的导数用成了函数值。",
        "z for a": "{op} 的导数用了输入 z；公式里应该用输出 a。",
        "a for z": "{op} 的导数用了输出；应为输入的倒数。",
        "square of a": "{op} 的导数少了平方：应为 1 - out.data ** 2。",
        "1 - a alone": "{op} 的导数漏了一个因子：应为 a * (1 - a)。",
        "derivative of another function": "{op} 的导数用成了另一个函数的导数（tanh：1 - a**2，sigmoid：a * (1 - a)）。",
        "like a power": "{op} 的导数套用了幂函数的公式；exp 的导数就是它自己。",
        "overwritten": "梯度被覆盖，没有累加{place}：`self.grad = ...` 应写成 `self.grad += ...`。",
        "second overwritten": "第二个操作数的梯度被覆盖{place}：`other.grad = ...` 应写成 `other.grad += ...`。",
        "gradient forgotten": "局部导数没有乘以传来的梯度{place}：按链式法则应为 `... * out.grad`。",
        "second forgotten": "第二个操作数没有得到梯度{place}：`other.grad` 也要累加。",
        "slope forgotten": "梯度直接传了下去，没有乘以局部导数{place}。",
        "slope added": "局部导数与传来的梯度相加了{place}；按链式法则应该相乘。",
        "nothing passed": "操作数没有得到任何梯度{place}：是否漏了 `out._backward = _backward`？",
        "no seed": "所有梯度都是 0：backward() 一开始要设 `self.grad = 1.0`。",
        "clears": "backward() 先把叶子的梯度清零了，因此第二个结果的梯度没有累加上去。",
        "inner gradients": "再次调用 backward() 时，中间 Value 的旧梯度又传了一遍：应先把叶子以外的梯度清零。",
        "visits again": "用了两次的 Value 把梯度传了两遍：要用集合记下访问过的节点。",
        "wrong order": "有的 Value 还没收齐梯度就往下传了：要按拓扑序的逆序进行。",
        "stops at the operands": "反向传播到结果的操作数就停了：拓扑序是否忘了反转？",
        "equal numbers": "数值相等的 Value 被当成了同一个（`__eq__` 和 `__hash__`）：访问过的节点要按身份区分。",
        "no constants": "不接受普通的数作操作数：不是 Value 的要先包装成 Value。",
        "no whole numbers": "不接受整数作操作数：int 要像 float 一样包装。",
        "in place": "`b += 1` 改动了 Value 本身，也就改动了用到它的每个图：不要定义 `__iadd__`。",
        "no reflection": "{op} 出错，左边是普通的数：要定义反向运算符。",
        "reflected order": "计算 {op} 时，两个操作数颠倒了。",
        "recursion": "图很深时出错：拓扑序是用递归求的。请改用列表作栈。",
        "never freed": "不再使用的结果一直没有释放：有一个列表保存着所有 Value，或者操作数记着它们的结果。",
        "cycles": "图要靠垃圾回收才能释放：闭包里提到了结果，形成了循环引用。",
    },
}  # fmt: skip
