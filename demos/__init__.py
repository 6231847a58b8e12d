"""Demos: plain scripts with `# %%` cells. `python -m demos` lists them and steps through one."""
