"""The report of a run: JSON for programs, Markdown for a repository, a page for people.

``report.json`` is the summary, ``clips.jsonl`` holds a line for each clip, ``report.md`` the tables and
``index.html`` tables, plots and the worst clips, whose pictures lie in ``pictures/``. Nothing in them depends
on the time, the machine or the number of workers.
"""

from recam.evaluation.report.write import write_report

__all__ = ["write_report"]
