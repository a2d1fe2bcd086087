"""What every command shares: errors become exit codes, results become text or JSON, work shows progress."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import signal
import sys
import traceback
import warnings
from collections.abc import Callable, Iterator, Sequence
from types import FrameType
from typing import Annotated, Any

import typer
from typer.models import CommandInfo

import recam
from recam.errors import ExpressionError, RecamError

DONE, FAULT, USER_INPUT, INTERRUPTED, TERMINATED = 0, 1, 2, 130, 143

JsonFlag = Annotated[
    bool, typer.Option("--json", help="Print one JSON object on standard output, and nothing else there.")
]

# Newer typers carry their own copy of click; in both, the class of usage errors is the base of this one.
_UsageError: type[Exception] = typer.BadParameter.__bases__[0]
_EXTRAS = {
    "mujoco": "worlds",
    "pycolmap": "sfm",
    "viser": "studio",
    "skimage": "evaluation",
    "kornia": "evaluation",
}  # as in pyproject.toml
_DISK_SAYS_NO = (
    *(errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EACCES, errno.EPERM),
    *(errno.ENAMETOOLONG, errno.ELOOP),
)


def run(app: typer.Typer, arguments: Sequence[str]) -> int:
    """Run one command and return its exit code; every failure ends here.

    0 done; 2 the user's input (one line on standard error); 1 a fault of recam (traceback kept); 130 Ctrl-C.
    """
    name = _command_name(app, arguments)
    with _terminate_like_an_exception():
        try:
            with _short_warnings():
                code = app(list(arguments), standalone_mode=False, prog_name="recam")
        except _UsageError as error:
            return _say(name, f"{_one_line(error.format_message()).rstrip('.')} (see {name} --help)")  # type: ignore[attr-defined]
        except RecamError as error:
            code = _say(name, _one_line(str(error)))
            if isinstance(error, ExpressionError) and sys.stderr.isatty():
                print(error.excerpt(), file=sys.stderr, flush=True)
            return code
        except (KeyboardInterrupt, typer.Abort):
            code = INTERRUPTED
        except Exception as error:
            return _say(name, remedy) if (remedy := _machine_limit(error)) else _report_fault(name)
    if code == INTERRUPTED:
        return _say(name, "interrupted; no unfinished file was left behind", INTERRUPTED)
    return code if isinstance(code, int) else DONE


def show_help(context: typer.Context) -> None:
    """Body of a group's callback: a bare ``recam`` or ``recam camera`` shows what there is."""
    if context.invoked_subcommand is None:
        print(context.get_help())


class Output:
    """Where a command's result goes: lines for people, or with ``--json`` one object on standard output.

    Inside the ``with`` block standard output is redirected to standard error, so that nothing a library
    prints can mix with the result.
    """

    def __init__(self, as_json: bool) -> None:
        self.as_json = as_json
        self._stdout = sys.stdout
        self._redirect = contextlib.redirect_stdout(sys.stderr)

    def __enter__(self) -> Output:
        self._redirect.__enter__()
        return self

    def __exit__(self, *exception: object) -> None:
        self._redirect.__exit__(None, None, None)

    def result(self, data: dict[str, Any], *lines: str) -> None:
        """Print ``data`` (with ``--json``) or ``lines``."""
        text = json.dumps(data, allow_nan=False, default=str) if self.as_json else "\n".join(lines)
        try:
            print(text, file=self._stdout, flush=True)
        except BrokenPipeError:  # the reader went away, as in `recam camera list | head -1`: the work is done
            os.dup2(os.open(os.devnull, os.O_WRONLY), self._stdout.fileno())

    @property
    def shows_progress(self) -> bool:
        """Whether there is a terminal to draw bars on."""
        return sys.stderr.isatty()

    def stage(self, label: str) -> None:
        """Say on a terminal what takes a while now and has no steps to count."""
        if self.shows_progress:
            print(f"{label} ...", file=sys.stderr, flush=True)

    @contextlib.contextmanager
    def progress(self, label: str, total: int | None = None) -> Iterator[Callable[[int, int | None], None]]:
        """Yield ``update(done, total)``, shown as a bar on standard error when that is a terminal."""
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        console = Console(stderr=True)
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
            task = bar.add_task(label, total=total)

            def update(done: int, total: int | None = None) -> None:
                bar.update(task, completed=done) if total is None else bar.update(
                    task, completed=done, total=total
                )

            yield update


def quiet_libraries() -> None:
    """Keep the model libraries' own bars and warnings off the terminal; what matters we say ourselves.

    Downloads keep their bars, where there is a terminal to show them. Imports the libraries.
    """
    import diffusers.utils.logging as diffusers_logging
    import huggingface_hub.utils as hub
    import transformers.utils.logging as transformers_logging

    for logging in (diffusers_logging, transformers_logging):
        logging.set_verbosity_error()
        logging.disable_progress_bar()
    if not sys.stderr.isatty():
        hub.disable_progress_bars()


def _command_name(app: typer.Typer, arguments: Sequence[str]) -> str:
    """``recam camera show`` for the arguments ``camera show arc-left``; what an error line starts with."""
    words = ["recam"]
    groups = {group.name: group.typer_instance for group in app.registered_groups}
    for argument in arguments:
        if argument in groups and len(words) == 1:
            words.append(argument)
            app = groups[argument] or app
        elif argument in {_name(command) for command in app.registered_commands}:
            return " ".join([*words, argument])
        else:
            break
    return " ".join(words)


def _name(command: CommandInfo) -> str:
    return command.name or getattr(command.callback, "__name__", "")


def _say(name: str, message: str, code: int = USER_INPUT) -> int:
    print(f"{name}: {message}", file=sys.stderr, flush=True)
    return code


def _one_line(message: str) -> str:
    return " ".join(message.split())


def _machine_limit(error: Exception) -> str | None:
    """One line for a failure that is the machine's (memory, disk, permission), None for a fault of ours."""
    if (
        isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError"
    ):  # torch's, without its import
        return "out of memory; try a smaller --height and --width or fewer --num-frames"
    if isinstance(error, ModuleNotFoundError) and error.name in _EXTRAS:
        return f"needs the package {error.name}; install it with: pip install 'recam[{_EXTRAS[error.name]}]'"
    if isinstance(error, OSError) and error.errno in _DISK_SAYS_NO:
        where = f"{error.filename}: " if error.filename else ""
        return f"{where}{(error.strerror or str(error)).lower()}"
    return None


def _report_fault(name: str) -> int:
    traceback.print_exc(file=sys.stderr)
    version = recam.__version__
    return _say(
        name,
        f"this is a fault of recam {version}, not of your input; please report it with the lines above",
        FAULT,
    )


@contextlib.contextmanager
def _terminate_like_an_exception() -> Iterator[None]:
    """Let SIGTERM unwind the stack as Ctrl-C does, so that half-written files are removed."""

    def stop(_signal: int, _frame: FrameType | None) -> None:
        sys.exit(TERMINATED)

    try:
        previous = signal.signal(signal.SIGTERM, stop)
    except ValueError:  # not in the main thread: someone else owns the signals
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, previous)


@contextlib.contextmanager
def _short_warnings() -> Iterator[None]:
    """Show what is said to the user as one plain line each; hide what libraries say to programmers."""

    def show(message: Warning | str, category: type[Warning], *_: Any, **__: Any) -> None:
        print(f"note: {_one_line(str(message))}", file=sys.stderr)

    with warnings.catch_warnings():
        if not sys.warnoptions:
            for category in (DeprecationWarning, FutureWarning, PendingDeprecationWarning, ImportWarning):
                warnings.simplefilter("ignore", category)
        warnings.showwarning = show
        yield
