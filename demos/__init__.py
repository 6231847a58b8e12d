"""Demos: plain scripts with `# %%` cells. `python -m autograd demos` lists them and steps through one."""
