"""Camera paths said in words: ``"arc-left(30deg) @ease-in-out, then dolly-in(1.5m) over 20f, hold 10f"``.

The text becomes words (``words``), a tree (``tree``, made by ``parser``), a schedule of moves and frames
(``schedule``) and then views (``evaluation``); ``explain`` says the same in sentences. The grammar is at the
top of ``parser``.
"""

from recam.camera.expression.evaluation import Evaluation, evaluate
from recam.camera.expression.explain import explain, explain_steps, notes
from recam.camera.expression.parser import parse
from recam.camera.expression.tree import Node, canonical

__all__ = ["Evaluation", "Node", "canonical", "evaluate", "explain", "explain_steps", "notes", "parse"]
