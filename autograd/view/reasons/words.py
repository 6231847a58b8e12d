"""What `why` says, in English and in Chinese."""

__all__ = ["WORDS"]

WORDS: dict[str, dict[str, str]] = {
    "en": {
        "others": "The worst of {n} inputs; with the same verdict: {alike} more.",
        "no others": "The worst of {n} inputs, and the only one with this verdict.",
        "unconnected": "{output} does not depend on {wrt}: no operation recorded on the way to {output} uses it.",
        "swapped": "{output} does not depend on {wrt}; {wrt} depends on {output}. The result comes first: "
                   "why({wrt}, {output}).",
        "itself": "{output} is what was asked about, and its derivative by itself is 1.",
        "dead": "{op} is dead at {by}: its input is {x} {side} 0, so its slope is 0.",
        "saturated": "{op} is saturated at {by}: its input is {x}, where its slope is {slope}.",
        "spread": "{op} is saturated at {by}: its operands reach from {least} to {most}, its slope there is {slope}.",
        "made up for": " Other factors make up for it.",
        "added up for": " What all paths carry adds up to more.",
        "step": "{op} at {by} is a step function: flat except where it jumps, so its slope is 0.",
        "choice": "{op} chose another of its operands, so nothing flows to {by}.",
        "factor 0": "{by} is multiplied by {factor} in {result}.",
        "factor small": "{by} is multiplied by only {factor} in {result}.",
        "factor": "{by} is multiplied by {factor} in {result}.",
        "factor inf": "{by} is multiplied by {factor} in {result}. Keep that factor finite.",
        "flat": "{op} at {by} has the slope 0 there: its input is {x}.",
        "small": "{op} at {by} multiplies the gradient by only {slope}.",
        "large": "{op} at {by} multiplies the gradient by {slope}.",
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
        "pole": "{op} at {by} has an infinite slope: its input is {x}. "
                "Keep {by} away from there, for example by adding a small number.",
        "pole below": "{op} at {by} has an infinite slope: its input is {x}. "
                      "Keep {by} below that, for example by subtracting a small number.",
        "log of 0": "the log of 0: {op} at {by} is {y}, and its slope divides by 0. "
                    "Keep {by} above 0, for example by adding a small number.",
        "division by 0": "a division by 0 makes {result}: its derivative by {by} is {slope}. "
                         "Keep the divisor away from 0.",
        "made inf": "{op} makes {result} = {y}, of {inputs}: too large for a float. Scale its operands down.",
        "made pole": "{op} makes {result} = {y}, of {inputs}: a singularity. Keep its operands away from it.",
        "made nan": "{op} makes {result} = {y}, of {inputs}. Keep its operands where {op} is defined.",
        "made": "{op} makes {result} = {y}, of {inputs}. Keep its operands finite.",
        "made inf - inf": "inf − inf: {op} makes {result} = nan, of {inputs}. Keep its operands finite.",
        "0 × inf": "0 × inf: the gradient that arrives at {result} is {arriving}, the slope of {op} is {slope}. "
                   "Keep {by} away from {x}, or write what {op} is used in without it.",
        "0 × inf factor": "0 × inf: the gradient that arrives at {result} is {arriving}, and {by} is multiplied by "
                          "{factor} there. Keep that factor finite.",
        "unchosen": "0 × {slope}: {choice} did not choose {branch}, so the gradient 0 arrives there, but {op} at {by} "
                    "has the slope {slope}, and the product is nan. "
                    "Give {op} a harmless operand where it is not chosen.",
        "paths inf - inf": "inf − inf: paths of opposite infinite parts meet at {by}. "
                           "Scale the numbers down, so that the parts stay finite.",
        "then 0": " Further on it meets a slope of 0, and that makes nan.",
        "then inf - inf": " It meets its own opposite, and that makes nan.",
        "then nan": " Further on it becomes nan.",
        "undefined": "{op} at {by} has no derivative there: of {inputs} its slope is nan. Keep its operands where it "
                     "has one.",
        "undefined at 0": "0 × nan: {op} at {by} has no derivative there: of {inputs} its slope is nan, although the "
                          "gradient that arrives at {result} is 0. Write what {op} is used in without it, as x*x + y*y "
                          "for hypot(x, y)**2, or keep its operands away from there.",
        "given": "{result}, which was given, is {y}. Look where it comes from.",
        "fine": "Every step passes the gradient on at a reasonable size.",
        "balanced": "Its factors reach from {smallest} to {greatest}, but they balance.",
        "balanced by paths": "Its factors reach from {smallest} to {greatest}, but what all paths carry adds up.",
        "yet": " But the result is not finite: ",
        "step column": "step", "slope column": "slope", "product column": "so far", "by column": "by",
        "at": "{op} at {x}", "hooked": "hook: {before} → {after}", "omitted": "... {n} more steps ...",
        "paths": "This path alone gives {product}; with all paths ({n}) it is {gradient}.", "many": "more than {n}",
    },
    "zh": {
        "others": "{n} 个输入中最严重的一个；另有 {alike} 个判断相同。",
        "no others": "{n} 个输入中最严重的一个，也是唯一得到这个判断的。",
        "unconnected": "{output} 不依赖 {wrt}：计算 {output} 时记录的运算都没有用到它。",
        "swapped": "{output} 不依赖 {wrt}，而是 {wrt} 依赖 {output}。应先写结果：why({wrt}, {output})。",
        "itself": "{output} 就是所问的量，它对自身的导数是 1。",
        "dead": "{by} 处的 {op} 处于死区：输入 {x} {side} 0，导数为 0。",
        "saturated": "{by} 处的 {op} 已饱和：输入为 {x}，导数为 {slope}。",
        "spread": "{by} 处的 {op} 已饱和：操作数从 {least} 到 {most}，导数为 {slope}。",
        "made up for": "其他因子弥补了这一点。",
        "added up for": "各条路径合计后弥补了这一点。",
        "step": "{by} 处的 {op} 是阶梯函数：除跳变处外都是平的，导数为 0。",
        "choice": "{op} 选中了另一个操作数，梯度传不到 {by}。",
        "factor 0": "在 {result} 中，{by} 所乘的因子是 {factor}。",
        "factor small": "在 {result} 中，{by} 所乘的因子只有 {factor}。",
        "factor": "在 {result} 中，{by} 所乘的因子是 {factor}。",
        "factor inf": "在 {result} 中，{by} 所乘的因子是 {factor}。应使这个因子保持有限。",
        "flat": "{by} 处的 {op} 导数为 0：输入为 {x}。",
        "small": "{by} 处的 {op} 只让梯度乘上 {slope}。",
        "large": "{by} 处的 {op} 让梯度乘上 {slope}。",
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
        "pole": "{by} 处的 {op} 导数为无穷大：输入为 {x}。应让 {by} 避开这一点，例如加上一个小的数。",
        "pole below": "{by} 处的 {op} 导数为无穷大：输入为 {x}。应使 {by} 小于它，例如减去一个小的数。",
        "log of 0": "对 0 取对数：{by} 处的 {op} 等于 {y}，求导时除以 0。应使 {by} 大于 0，例如加上一个小的数。",
        "division by 0": "{result} 中出现除以 0：它对 {by} 的导数是 {slope}。应让除数避开 0。",
        "made inf": "{op} 由 {inputs} 得出 {result} = {y}，超出浮点数的范围。应把操作数缩小。",
        "made pole": "{op} 由 {inputs} 得出 {result} = {y}：这里是奇点。应让操作数避开它。",
        "made nan": "{op} 由 {inputs} 得出 {result} = {y}。应使操作数在 {op} 的定义域内。",
        "made": "{op} 由 {inputs} 得出 {result} = {y}。应使操作数保持有限。",
        "made inf - inf": "inf − inf：{op} 由 {inputs} 得出 {result} = nan。应使操作数保持有限。",
        "0 × inf": "0 × inf：传到 {result} 的梯度是 {arriving}，而 {op} 的导数是 {slope}。应让 {by} 避开 {x}，"
                   "或把用到 {op} 的式子改写成不含它的形式。",
        "0 × inf factor": "0 × inf：传到 {result} 的梯度是 {arriving}，而 {by} 在那里所乘的因子是 {factor}。"
                          "应使这个因子保持有限。",
        "unchosen": "0 × {slope}：{choice} 没有选中 {branch}，传到那里的梯度是 0，但 {by} 处的 {op} 导数是 {slope}，"
                    "乘积为 nan。请在未选中时给 {op} 一个无害的输入。",
        "paths inf - inf": "inf − inf：符号相反的无穷大在 {by} 汇合。应把数值缩小，使各项保持有限。",
        "then 0": "之后它又乘上为 0 的导数，于是得到 nan。",
        "then inf - inf": "它又与相反的无穷大相加，于是得到 nan。",
        "then nan": "之后它变成了 nan。",
        "undefined": "{by} 处的 {op} 没有导数：输入为 {inputs} 时导数为 nan。应使操作数处的导数存在。",
        "undefined at 0": "0 × nan：{by} 处的 {op} 没有导数：输入为 {inputs} 时导数为 nan，"
                          "尽管传到 {result} 的梯度是 0。"
                          "应把用到 {op} 的式子改写成不含它的形式，例如把 hypot(x, y)**2 写成 x*x + y*y，"
                          "或让操作数避开这一点。",
        "given": "{result} 的给定值就是 {y}。应查明它的来源。",
        "fine": "每一步传递的梯度大小都合理。",
        "balanced": "各因子从 {smallest} 到 {greatest} 不等，但相互平衡。",
        "balanced by paths": "各因子从 {smallest} 到 {greatest} 不等，但各条路径合计后正常。",
        "yet": "但结果本身不是有限数：",
        "step column": "步骤", "slope column": "局部导数", "product column": "累乘", "by column": "运算",
        "at": "{op}，输入 {x}", "hooked": "钩子：{before} → {after}", "omitted": "…… 另有 {n} 步 ……",
        "paths": "仅这条路径得 {product}；全部路径（{n} 条）合计得 {gradient}。", "many": "超过 {n}",
    },
}  # fmt: skip
