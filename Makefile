# The two commands for a newcomer: `make demo` and `make test`. Everything lives in .venv; nothing else is touched
# (but `make test` adds Debian's headless OpenGL packages when it runs as root and they are missing).

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

VENV ?= .venv
BIN := $(VENV)/bin
# The Python to make it with; empty means the first fit one found. Override with `make demo PYTHON=/path/to/python3`.
PYTHON ?=
# The pin lives in one place; torch is installed first so that no other package chooses its build.
TORCH := $(shell sed -n '/^torch==/p' constraints.txt)
# Extra pip arguments for torch alone, e.g. TORCH_PIP_ARGS="--index-url https://download.pytorch.org/whl/cpu".
TORCH_PIP_ARGS ?=
# Downloads show their progress on a terminal and keep quiet in a log.
QUIET := $(shell [ -t 2 ] || echo --quiet)
PIP := $(BIN)/python -m pip install --disable-pip-version-check $(QUIET) --constraint constraints.txt
PYTEST_ARGS ?=

SAMPLE ?= $(firstword $(wildcard assets/sample/*.mp4))
CAMERA ?= dolly-in
PROMPT ?= $(shell cat "$(basename $(SAMPLE)).txt" 2>/dev/null)

.PHONY: help demo test blender lint format types imports wheel gl check clean clean-all

help: ## show this list
	@sed -n 's/^\([a-z][a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 20

demo: export PROMPT := $(PROMPT)
demo: $(VENV)/.recam-installed ## install, re-shoot the bundled sample with the bundled model, write demo/
	@if [ -z "$(SAMPLE)" ]; then echo "make demo: assets/sample holds no .mp4" >&2; exit 2; fi
	@mkdir -p demo
	$(BIN)/recam render "$(SAMPLE)" --model tiny --camera "$(CAMERA)" --prompt "$$PROMPT" --seed 0 \
	  --output demo/result.mp4 --side-by-side demo/side_by_side.mp4 --contact-sheet demo/contact_sheet.png
	@printf '\nThe sample, re-shot along %s:\n' "$(CAMERA)"
	@printf '  %s\n' "$(CURDIR)/demo/result.mp4        the new video" \
	  "$(CURDIR)/demo/side_by_side.mp4  source and result, side by side" \
	  "$(CURDIR)/demo/contact_sheet.png the same as one picture"

test: $(VENV)/.recam-dev gl blender ## install what tests need, then run them
	$(BIN)/python -m pytest --numprocesses auto --dist loadfile $(PYTEST_ARGS)

lint: $(VENV)/.recam-dev ## ruff: rules and format
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

format: $(VENV)/.recam-dev ## let ruff rewrite what it can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

types: $(VENV)/.recam-dev ## pyright
	$(BIN)/pyright

imports: $(VENV)/.recam-dev ## import-linter: rooms import downwards only
	$(BIN)/lint-imports

wheel: $(VENV)/.recam-dev ## build the wheel into dist/ and check what it holds
	rm -rf dist
	$(BIN)/python -m build --wheel --outdir dist .
	$(BIN)/python tools/check_wheel.py dist/*.whl

check: lint types imports test wheel ## everything that CI runs

gl: $(VENV)/.recam-dev
	@tools/headless_gl.sh $(BIN)/python

blender: .venv-blender/.installed ## put Blender into .venv-blender, for photoreal worlds (optional)

clean: ## remove what was built; keep .venv
	rm -rf demo dist build .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	find src tests examples tools benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +

clean-all: clean ## remove .venv as well
	rm -rf $(VENV) .venv-blender

# Stamps: an install step runs again only when what it depends on has changed.
$(VENV)/bin/python:
	@python="$(PYTHON)"; \
	[ -n "$$python" ] || python="$$(tools/find_python.sh)"; \
	[ -n "$$python" ] || { tools/find_python.sh --explain; exit 2; }; \
	echo "making $(VENV) with $$python"; \
	"$$python" -m venv "$(VENV)" || { rm -rf "$(VENV)"; exit 2; }

$(VENV)/.recam-torch: constraints.txt | $(VENV)/bin/python
	@echo 'installing $(TORCH) and what recam needs (minutes, once)'
	$(PIP) $(TORCH_PIP_ARGS) "$(TORCH)"
	@touch $@

$(VENV)/.recam-installed: pyproject.toml $(VENV)/.recam-torch
	$(PIP) --editable .
	@touch $@

$(VENV)/.recam-dev: pyproject.toml $(VENV)/.recam-torch
	$(PIP) --editable '.[dev]'
	@touch $@ $(VENV)/.recam-installed

# Optional, so it never fails; where it could not be made the next `make test` tries again.
.venv-blender/.installed: tools/blender_venv.sh
	@tools/blender_venv.sh .venv-blender
	@[ ! -d .venv-blender ] || touch $@
