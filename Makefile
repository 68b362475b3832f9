# Thin targets; README.md has the same in plain pip lines.
PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin

.PHONY: demo test lint types studio-types bench bench-docs kernels clean

demo: $(VENV)/.cpu  ## color an example and say where the picture is
	$(BIN)/pts demo -o demo.png

test: $(VENV)/.dev  ## run the tests
	$(BIN)/pytest

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.dev  ## mypy on the built wheel, as its users see it
	rm -rf build
	$(BIN)/pip wheel -q --no-deps -w build/types .
	$(BIN)/python -m zipfile -e build/types/*.whl build/types/site
	cd build/types && MYPYPATH=site ../../$(BIN)/mypy --config-file ../../pyproject.toml -p paintstorch_sdk

studio-types:  ## the studio's JSDoc, by the TypeScript compiler (needs npm)
	npx --yes -p typescript@5 tsc -p paintstorch_sdk/serve/studio/tsconfig.json

bench: $(VENV)/.dev  ## the suites of tests/speed/, stored as JSON
	mkdir -p build
	$(BIN)/pytest tests/speed --benchmark-only --benchmark-json=build/benchmark.json

bench-docs: $(VENV)/.dev  ## measure this machine and write docs/performance.md
	$(BIN)/python -m paintstorch_sdk.bench.performance

kernels: $(VENV)/.dev  ## PTX of the CUDA kernels, from their sources (needs nvcc)
	$(BIN)/python -m paintstorch_sdk.kernels.build

$(VENV)/bin/pip:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.cpu: $(VENV)/bin/pip pyproject.toml
	$(BIN)/pip install -q -e ".[cpu]"
	touch $@

$(VENV)/.dev: $(VENV)/bin/pip pyproject.toml
	$(BIN)/pip install -q -e ".[dev]"
	touch $@

clean:
	rm -rf $(VENV) build dist *.egg-info
