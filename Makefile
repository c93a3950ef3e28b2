PYTHON ?= python3
BASE ?= python:3.11-slim-bookworm
VENV := .venv
BIN := $(VENV)/bin

# onnxruntime and onnxruntime-gpu install the same module, so .venv has one of them: onnxruntime-gpu if there is a GPU.
ENGINE := $(shell nvidia-smi >/dev/null 2>&1 && echo gpu || echo cpu)
OTHER := $(filter-out $(ENGINE),cpu gpu)
RUNTIME_cpu := onnxruntime
RUNTIME_gpu := onnxruntime-gpu

.PHONY: help install serve test test-lowest test-ray lint audit fuzz soak proof bench bench-datasets bench-train image

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-14s %s\n", $$1, $$2 }' Makefile

install: $(VENV)/installed-service-$(ENGINE) ## Create .venv and install the service's dependencies

serve: install ## Serve the bundled models on 127.0.0.1:8000; configure with ARGS="--port 9000" or INKCODE_* variables
	$(BIN)/python -m service serve $(ARGS)

test: $(VENV)/installed-all-$(ENGINE) ## Install everything, run the tests and print the branch coverage
	$(BIN)/pytest --cov $(ARGS)

# Not what reads data sets with other packages, which have lowest versions of their own.
test-lowest: ## Test the service with the lowest versions that pyproject.toml declares, in a separate environment
	test -x build/lowest/bin/python || $(PYTHON) -m venv build/lowest
	mkdir -p build && $(PYTHON) tests/lowest.py cpu datasets grpc >build/lowest.txt
	build/lowest/bin/pip install -q --constraint build/lowest.txt --editable '.[cpu,datasets,grpc]' \
		grpcio-tools httpx hypothesis onnx pytest pyyaml 'tritonclient[grpc,http]' webdataset
	build/lowest/bin/pytest -W default -m "not pinned" tests/latent tests/service --ignore tests/service/cluster \
		--ignore tests/service/datasets/formats -k "not hugging_face" $(ARGS)

test-ray: ## Test the service and its data sets on a Ray cluster that loses a node, in a separate environment
	test -x build/ray/bin/python || $(PYTHON) -m venv build/ray
	build/ray/bin/pip install -q --constraint constraints.txt --editable '.[cpu,ray]' httpx onnx pytest
	build/ray/bin/pytest -W default tests/service/cluster/test_ray_serve.py tests/service/cluster/test_ray_executor.py $(ARGS)

lint: $(VENV)/installed-all-$(ENGINE) ## Check style, format and types
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

audit: $(VENV)/installed-all-$(ENGINE) ## Check the installed packages for known vulnerabilities
	$(BIN)/pip-audit --skip-editable $(ARGS)

fuzz: $(VENV)/installed-all-$(ENGINE) ## Property-based tests against the OpenAPI document; ARGS="--cases 100" for fewer
	$(BIN)/python -m benchmarks.fuzz $(ARGS)

soak: $(VENV)/installed-all-$(ENGINE) ## Overload, disconnects, reloads, shutdowns under load, a million images; takes a while
	$(BIN)/python -m benchmarks.soak $(ARGS)

proof: $(VENV)/installed-all-$(ENGINE) ## Measure label errors, GAN-train and memory of streamed data sets; takes hours; ARGS=--quick for a trial
	$(BIN)/python -m benchmarks.proof $(ARGS)

bench: $(VENV)/installed-all-$(ENGINE) ## Compare the service with its peers, each installed in build/peers; ARGS=--quick for a trial
	$(BIN)/python -m benchmarks.bench $(ARGS)

bench-datasets: $(VENV)/installed-all-$(ENGINE) ## Compare streams of labelled digits with another generator; ARGS=--quick for a trial
	$(BIN)/python -m benchmarks.datasets $(ARGS)

bench-train: $(VENV)/installed-all-$(ENGINE) ## Compare the training loop with a plain one, on the data of `trainer data mnist`
	$(BIN)/python -m benchmarks.training

$(VENV)/installed-service-$(ENGINE): EXTRAS := $(ENGINE),datasets
$(VENV)/installed-all-$(ENGINE): EXTRAS := $(ENGINE),trainer,test

$(VENV)/installed-%-$(ENGINE): pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/pip uninstall -qq --yes $(RUNTIME_$(OTHER))
	rm -f $(VENV)/installed-*-$(OTHER)
	$(BIN)/pip install --constraint constraints.txt --editable '.[$(EXTRAS)]'
	touch $@ $(VENV)/installed-service-$(ENGINE) # included in all

BUILDERS = $(foreach tool,docker podman buildah,$(shell $(tool) info >/dev/null 2>&1 && echo $(tool)))
BUILDER ?= $(or $(firstword $(BUILDERS)),$(error Neither docker, podman nor buildah answers))
LABELS = --label org.opencontainers.image.version=$(shell sed -n 's/^version = "\(.*\)"/\1/p' pyproject.toml) \
	--label org.opencontainers.image.revision=$(shell git rev-parse HEAD)

image: ## Build the service's image; BUILDER=docker|podman|buildah, BASE=image, BUILDFLAGS="…"
	BUILDAH_FORMAT=docker $(BUILDER) build $(BUILDFLAGS) --target service \
		--build-arg BASE=$(BASE) $(LABELS) --tag inkcode-service .
