"""The frame around every command: exit codes, one line a mistake, JSON alone on standard output."""

from __future__ import annotations

import errno
import json
import os
import re
import resource
import subprocess
import sys
from pathlib import Path

import pytest
import typer

from recam.apps.cli.frame import Output, run
from recam.errors import InputError, OutputError


def _app_that(fail: Exception | None = None, chatter: str = "") -> typer.Typer:
    app = typer.Typer()

    @app.callback()
    def root() -> None:
        """A group, as recam is."""

    @app.command()
    def work(as_json: bool = typer.Option(False, "--json")) -> None:
        with Output(as_json) as out:
            if chatter:
                print(chatter)
            if fail is not None:
                raise fail
            out.result({"answer": 42}, "the answer is 42")

    return app


def test_a_result_is_text_or_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(_app_that(chatter="a library talks"), ["work"]) == 0
    out, err = capsys.readouterr()
    assert out == "the answer is 42\n"
    assert err == "a library talks\n"
    assert run(_app_that(chatter="a library talks"), ["work", "--json"]) == 0
    out, _ = capsys.readouterr()
    assert json.loads(out) == {"answer": 42}


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (InputError("strength must be\n a finite number"), "recam work: strength must be a finite number"),
        (OutputError("a.mp4", "is a folder"), "recam work: a.mp4: is a folder"),
        (
            OSError(errno.ENOSPC, "No space left on device", "a.mp4"),
            "recam work: a.mp4: no space left on device",
        ),
        (
            MemoryError(),
            "recam work: out of memory; try a smaller --height and --width or fewer --num-frames",
        ),
    ],
)
def test_what_a_user_or_the_machine_causes_is_one_line_and_exit_2(
    error: Exception, line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(_app_that(error), ["work"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err == line + "\n"


def test_a_fault_of_ours_keeps_its_traceback_and_asks_for_a_report(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(_app_that(KeyError("latents")), ["work", "--json"]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert "Traceback" in err
    assert "KeyError: 'latents'" in err
    assert "please report it" in err.splitlines()[-1]


def test_ctrl_c_exits_130_with_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    class Interrupt(KeyboardInterrupt, Exception):
        """KeyboardInterrupt where an Exception is asked for."""

    assert run(_app_that(Interrupt()), ["work"]) == 130
    assert capsys.readouterr().err == "recam work: interrupted; no unfinished file was left behind\n"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["lisst"], ["recam: ", "lisst"]),
        (["camera", "shwo"], ["recam camera: ", "shwo"]),
        (["camera", "show"], ["recam camera show: ", "CAMERA", "recam camera show --help"]),
        (
            ["camera", "show", "arc-left", "--strenth", "1"],
            ["recam camera show: ", "--strenth", "--strength"],
        ),
        (["camera", "show", "arc-left", "--strength", "much"], ["recam camera show: ", "--strength"]),
        (["camera", "show", "arc-left", "--num-frames", "0"], ["recam camera show: ", "--num-frames"]),
    ],
)
def test_a_slip_of_the_keyboard_is_one_line(recam, words: list[str], said: list[str]) -> None:
    recam(*words).refused(*said)


def _commands(group: typer.Typer, prefix: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    found = [(*prefix, command.name or "") for command in group.registered_commands]
    for child in group.registered_groups:
        assert child.typer_instance is not None
        found += _commands(child.typer_instance, (*prefix, child.name or ""))
    return found


def _all_commands() -> list[tuple[str, ...]]:
    from recam.apps.cli.main import app

    return _commands(app)


@pytest.mark.parametrize("command", _all_commands(), ids=" ".join)
def test_every_command_has_a_name_examples_and_json(recam, command: tuple[str, ...]) -> None:
    ran = recam(*command, "--help")
    assert ran.code == 0
    assert "--json" in ran.out
    after_options = ran.out.rsplit("╯", 1)[-1]
    assert re.search(rf"^ ?recam {' '.join(command)}\b", after_options, re.MULTILINE), ran.out


@pytest.mark.parametrize("words", [(), ("--help",), ("camera",), ("camera", "--help")])
def test_a_bare_group_shows_its_help(recam, words: tuple[str, ...]) -> None:
    ran = recam(*words)
    assert ran.code == 0
    assert "Usage: recam" in ran.out
    assert ran.err == ""


def test_help_and_version_are_fast_and_load_nothing_heavy() -> None:
    program = (
        "import sys; from recam.apps.cli.main import app; from recam.apps.cli.frame import run; "
        "code = run(app, sys.argv[1:]); "
        "heavy = {'torch', 'numpy', 'scipy', 'av', 'diffusers', 'matplotlib'} & set(sys.modules); "
        "sys.exit(f'imports {heavy}' if heavy else code)"
    )
    for words in (["--help"], ["--version"], ["camera", "--help"]):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = subprocess.run(
            [sys.executable, "-c", program, *words], capture_output=True, text=True, timeout=600
        )
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        assert done.returncode == 0, done.stderr
        # Processor time, which a busy machine does not stretch; about 0.3 s.
        assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 2


def test_version_is_the_package_s(recam_process) -> None:
    from importlib.metadata import version

    assert recam_process("--version").out == f"recam {version('recam')}\n"


def test_the_reader_of_our_output_may_go_away(tmp_path: Path) -> None:
    read, write = os.pipe()
    os.close(read)
    errors = tmp_path / "errors"
    with errors.open("w") as sink:
        code = subprocess.call(
            [sys.executable, "-m", "recam.apps.cli.main", "camera", "list"],
            stdout=write,
            stderr=sink,
            timeout=300,
        )
    os.close(write)
    assert code == 0
    assert errors.read_text() == ""
