# The book's commands; `make` alone lists them.
#
#   PYTHON=python3.12   the interpreter that the environment is made with
#   JOBS=1              how many tests may run at once; as many as there are cores, and 6 at most
#   FORCE=1             run what has passed or is fresh again
#   STORE=1             keep what `make bench` measures, for the book's page on performance
#   AIGA_DATA=folder    where the real data sets are; without it the notebooks run on stand-ins and say so
#   CONSTRAINTS=        install the newest versions instead of the pinned ones

PYTHON ?= python3
VENV ?= .venv
CONSTRAINTS ?= constraints.txt
JOBS ?=
PORT ?= 8000

BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
BOOK := $(BIN)/python -m aiga.book
ASSIGNMENTS := $(BIN)/python -m aiga.assignments

# learn2learn 0.2.0 asks for gym and torchvision, of which we import nothing, hence --no-deps; its own C files are too old
# for Python 3.11, so Cython makes them again; and we run nothing of them, hence -O0, which builds in a third of the time.
PEER := CFLAGS=-O0 $(BIN)/python -m pip install $(addprefix -c ,$(CONSTRAINTS)) \
  --no-deps --use-pep517 --config-settings=--build-option=build_ext

# As many tests at once as this process may use cores, but memory is finite too.
CORES = $$($(BIN)/python -c "import joblib; print(min(6, joblib.cpu_count()))")
SIDE_BY_SIDE = -n $(or $(JOBS),$(CORES))

# One thread a process: the parallelism is in the number of processes.
export OMP_NUM_THREADS ?= 1
export FORCE

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help install book notebooks assignments mutants html test test-gpu lint unit twins smoke nbval browse bench links serve clean

# $(call stage,name,command): run a command and say how long it took.
stage = @echo "== $(1)"; start=$$(date +%s); $(2) || exit 1; echo "== $(1): $$(($$(date +%s) - start)) s"

help: ## this list
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

book: notebooks html ## the book as web pages: install, run what is not fresh, build
	@echo "Open file://$(abspath _build/html/index.html)"

test: lint unit twins smoke nbval html browse ## check everything that the book claims
	@echo "All checks passed."

test-gpu: $(INSTALLED) ## what needs a GPU, and fails where there is none
	AIGA_REQUIRE="$(AIGA_REQUIRE) gpu" $(BIN)/pytest tests -m needs_gpu

notebooks: $(INSTALLED) ## run the notebooks that are not fresh (FORCE=1: all of them)
	$(call stage,notebooks,$(BOOK) refresh && $(BOOK) cards)

assignments: $(INSTALLED) ## student notebooks, keys and autograder bundles (_build/assignments)
	$(call stage,assignments,$(ASSIGNMENTS) build && $(ASSIGNMENTS) check)

mutants: $(INSTALLED) ## try the assignments' tests on wrong answers, one line each
	$(call stage,mutants,$(ASSIGNMENTS) mutants)

bench: $(INSTALLED) ## how fast the chapters are (CHAPTERS=gtn, STORE=1: keep it in data/bench)
	$(BIN)/python -m aiga.benchmarks $(CHAPTERS) $(if $(STORE),--store)

links: $(INSTALLED) ## follow every link of every page
	$(call stage,links,$(BOOK) pages && $(BIN)/jupyter-book build . --builder linkcheck)

serve: html ## look at the built book at localhost:8000 (PORT=...)
	$(BIN)/python -m http.server --directory _build/html --bind 127.0.0.1 $(PORT)

clean: ## remove what was built; the environment stays
	rm -rf _build book/_generated build .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis

install: $(INSTALLED) ## the environment alone

$(INSTALLED): pyproject.toml $(wildcard $(CONSTRAINTS))
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "The book needs Python 3.11 or newer, and $(PYTHON) is not: try make PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' || \
	  { echo "$(PYTHON) has no venv module: on Debian and Ubuntu, apt install python3-venv"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install $(addprefix -c ,$(CONSTRAINTS)) -e ".[book,test]"
	@echo "Building learn2learn, which tests compare our meta-gradients with"
	@$(PEER) learn2learn >$(VENV)/learn2learn.log 2>&1 || \
	  echo "learn2learn was not built (it wants a C compiler; see $(VENV)/learn2learn.log): its tests will be skipped"
	@touch $@

lint: $(INSTALLED)
	$(call stage,lint,$(BIN)/ruff check && $(BIN)/ruff format --check && $(BIN)/mypy && $(BIN)/lint-imports)

unit: $(INSTALLED)
	$(call stage,tests,$(BIN)/pytest tests --ignore=tests/book $(SIDE_BY_SIDE) --dist loadgroup --durations 15)

twins: $(INSTALLED)
	$(call stage,twins and freshness,$(BOOK) check)

smoke: $(INSTALLED)
	$(call stage,smoke,$(BOOK) smoke)

nbval: $(INSTALLED)
	$(call stage,nbval,$(BOOK) nbval)

# Stored outputs are published: the build executes nothing.
html: $(INSTALLED)
	$(call stage,pages,$(BOOK) pages && $(ASSIGNMENTS) pages && $(BIN)/jupyter-book build . -W --keep-going)

browse: html
	$(call stage,pages in a browser,$(BIN)/pytest tests/book $(SIDE_BY_SIDE))
