"""What the stepper says besides the script: its commands, why a step may have failed, and how to go on after Ctrl-C."""

from __future__ import annotations

import linecache
import os
from collections.abc import Mapping
from types import TracebackType
from typing import Any

from .language import Language, say, speaking
from .learn import check, quiz
from .text import printable, shown
from .value import Value
from .view import diagnose, draw, explain, play, why
from .view.terminal import clipped, table, wrapped

__all__ = ["COMMANDS", "LEAVE", "TOOLS", "help_text", "invocation", "replaced", "stopped"]

COMMANDS = {  # methods of a Stepper, and what they do, in English and in Chinese
    "back": ("goes back by one step", "退回一步"),
    "again": ("runs the last step once more, with what you changed", "再运行一次上一步，使用修改后的值"),
    "go": ("goes to step 7", "转到第 7 步"),
    "steps": ("lists the steps, with a mark at the next one", "列出所有步骤，并标出下一步"),
    "reset": ("undoes what you changed, and stays at this step", "撤销你的修改，停在当前这一步"),
    "help": ("shows this list", "显示这个列表"),
}
TOOLS = {tool.__name__: tool for tool in (explain, why, draw, play, diagnose, check, quiz)}  # at hand at the prompt

LEAVE = "Ctrl-Z, Enter" if os.name == "nt" else "Ctrl-D"  # the end of the input, at a prompt


def invocation(name: str, argument: object = "", prompt: bool = True) -> str:
    """Return how a command is typed at the prompt, or called in Python.

    >>> invocation("go", 7), invocation("go", 7, prompt=False)
    (':go 7', 'step.go(7)')
    """
    return f":{name} {argument}".rstrip() if prompt else f"step.{name}({argument})"


def help_text(lang: Language, prompt: bool, columns: int) -> str:
    """Return what can be typed at the prompt, or called in Python: an aligned list and a few sentences."""
    with speaking(lang):
        rows = {say("Enter", "回车键") if prompt else "step()": say("runs the next step", "运行下一步")}
        rows |= {invocation(name, 7 if name == "go" else "", prompt): say(*does) for name, does in COMMANDS.items()}
        rows |= {LEAVE: say("leaves", "退出")} if prompt else {}
        lines = table([(f"  {name}", does) for name, does in rows.items()], gap="   ", room=columns)
        told = say(
            "Going back runs the steps before again, from the first on, without showing it. "
            "Variables of your own stay, unless the script has them too. Ctrl-C stops a step.",
            "后退时会从第一步起重新运行前面的步骤，不显示输出。"
            "你自己的变量会保留，除非脚本里也有同名变量。按 Ctrl-C 可以中断一步。",
        )
        lines += wrapped(told, columns)
        if prompt:
            tools = ", ".join(TOOLS)
            at_hand = say(f"Anything else is Python; {tools} are at hand.",
                          f"其他输入都作为 Python 执行；可以直接使用 {tools}。")  # fmt: skip
            lines += wrapped(at_hand, columns)
        return "\n".join(lines)


def replaced(values: Mapping[str, Any], lang: Language, prompt: bool) -> list[str]:
    """Return a line for each variable that had a Value until the user gave it something else.

    Args:
        values: what they have now, by name. Other Values are mentioned only if nothing else is among them.
        lang: the language.
        prompt: whether commands are typed at the prompt.
    """
    others = {name: value for name, value in values.items() if not isinstance(value, Value)}
    lines, reset = [], invocation("reset", prompt=prompt)
    with speaking(lang):
        for name, value in (others or values).items():
            kind = type(value).__name__
            a_kind = "another Value" if not others else f"an {kind}" if kind[0] in "aeiou" else f"a {kind}"
            number = value.data if isinstance(value, Value) else value
            change = f"{name}.data = {shown(number) if isinstance(number, (int, float)) else '...'}"
            lines.append(
                say(
                    f"{name} is {a_kind} now; {reset} brings the {'Value' if others else 'old one'} back, "
                    f"then use {change}",
                    f"{name} 现在是{'' if others else '另一个'} {kind}；"
                    f"先用 {reset} 恢复原来的 Value，再用 {change} 修改",
                )
            )
    return lines


def stopped(step: int, frames: TracebackType | None, lang: Language, prompt: bool) -> str:
    """Return what is to be said when Ctrl-C stopped a step: where, what is unfinished, and how to go on.

    Args:
        step: the number of the step.
        frames: the traceback from the script's own first frame on, if it had begun.
        lang: the language.
        prompt: whether commands are typed at the prompt.
    """
    reset = invocation("reset", prompt=prompt)
    with speaking(lang):
        where = say("Stopped.", "已停止。")
        if frames is not None:
            line, path = frames.tb_lineno, frames.tb_frame.f_code.co_filename
            source = clipped(printable(linecache.getline(path, line).strip()), 60)
            where = say(f"Stopped in line {line}: {source}", f"停在第 {line} 行：{source}")
        again = say("Enter", "按回车键") if prompt else "step() "
        going_on = say(
            f"Step {step} is unfinished: what it did up to this line stays done.\n"
            f"{again.strip()} runs it again from its beginning; {reset} first undoes what it did.",
            f"第 {step} 步没有运行完：到这一行为止所做的改动都还在。\n"
            f"{again}从头运行这一步；要先撤销它的改动，用 {reset}。",
        )
        return f"{where}\n{going_on}"
