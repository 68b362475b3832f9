# Thin targets; README.md has the same in plain pip lines.
PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin

.PHONY: demo studio test fuzz lint types docs unpacked studio-types bench bench-docs kernels clean

demo: $(VENV)/.cpu  ## color an example and say where the picture is
	$(BIN)/pts demo -o demo.png

studio: $(VENV)/.serve  ## open the studio in the browser
	$(BIN)/pts studio

test: $(VENV)/.dev  ## run the tests, a file of them in each of up to 8 processes
	$(BIN)/pytest -n logical --maxprocesses 8 --dist loadfile

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: unpacked  ## mypy on the built wheel, as its users see it, and on what the tests share
	cd build && MYPYPATH=site:../tests ../$(BIN)/mypy --config-file ../pyproject.toml -p paintstorch_sdk -p support

docs: unpacked  ## the site, into build/docs
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

unpacked: $(VENV)/.dev  # the wheel's files in build/site: the top level's folders in their places
	rm -rf build
	$(BIN)/pip wheel -q --no-deps -w build/wheel .
	$(BIN)/python -m zipfile -e build/wheel/*.whl build/site

studio-types:  ## the studio's JSDoc, by the TypeScript compiler (needs npm)
	npx --yes -p typescript@5 tsc -p paintstorch_sdk/serve/studio/tsconfig.json

fuzz: $(VENV)/.dev  ## throw damaged and odd input at everything for SECONDS
	FUZZ_SECONDS=$(or $(SECONDS),600) $(BIN)/pytest tests/fuzz -q -x

bench: $(VENV)/.dev  ## the suites of tests/speed/, stored as JSON
	mkdir -p build
	$(BIN)/pytest tests/speed --benchmark-only --benchmark-json=build/benchmark.json

bench-docs: $(VENV)/.dev  ## measure this machine and write docs/performance.md
	$(BIN)/python -m paintstorch_sdk.bench.experiments.performance

kernels: $(VENV)/.dev  ## PTX of the CUDA kernels, from their sources (needs nvcc)
	$(BIN)/python -m paintstorch_sdk.kernels.build

$(VENV)/bin/pip:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.cpu: $(VENV)/bin/pip pyproject.toml
	$(BIN)/pip install -q -e ".[cpu]"
	touch $@

$(VENV)/.serve: $(VENV)/bin/pip pyproject.toml
	$(BIN)/pip install -q -e ".[cpu,serve]"
	touch $@

$(VENV)/.dev: $(VENV)/bin/pip pyproject.toml
	$(BIN)/pip install -q -e ".[dev]"
	touch $@

clean:
	rm -rf $(VENV) build dist *.egg-info
