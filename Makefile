# Every target is one line that calls a program of this repository; `make help` lists them.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
PYTHON ?= python3
BIN := .venv/bin
RUN := $(BIN)/python -m
CLUSTER_TOOLS = $(RUN) tools.toolchain prepare daprd traefik && $(RUN) tools.toolchain prepare --group cluster
export PATH := $(CURDIR)/$(BIN):$(PATH)
# Container images like to set it. Then every process compiles all that it imports, and pytest every test, each time anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help up down reset logs status demo bus parked redrive skip grant revoke-role rotate-keys new migrate migration tools images tools-clean contracts clients fuzz fix check test-fast test test-deep bench bench-auth bench-operator bench-bus bench-http cluster deploy cluster-down cluster-status kubectl operator-yaml dev skaffold test-cluster test-cluster-deep

help: ## List every target
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-17s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# The environment is as new as the lock: uv makes it so in seconds.
.venv/.ready: requirements.lock pyproject.toml
	@$(PYTHON) tools/environment.py
	@touch $@

up: .venv/.ready ## Run the whole platform here (RELOAD=1 REPLICAS=2 BROKER=off; CODEZEST_HOME, CODEZEST_PORT_BASE)
	@exec $(RUN) tools.local up $(if $(RELOAD),--reload) $(if $(REPLICAS),--replicas $(REPLICAS)) $(if $(BROKER),--broker $(BROKER))

down: .venv/.ready ## Stop the running platform
	@$(RUN) tools.local down

reset: .venv/.ready ## Forget all data of the local platform (asks; YES=1 does not)
	@$(RUN) tools.local reset $(if $(YES),--yes)

status: .venv/.ready ## Show the state of every process
	@$(RUN) tools.local status

logs: .venv/.ready ## Show the log of one process: SERVICE=auth
	@$(RUN) tools.local logs $(SERVICE)

demo: .venv/.ready ## Walk the main job on the running platform, step by step
	@$(RUN) tools.demo

bus: .venv/.ready ## Show every source's head and outbox, and how far each consumer is behind
	@$(RUN) tools.bus show

# What is typed reaches the program through the environment: quotes in it stay what they are.
parked: .venv/.ready ## Show the parked events and why they are (STATE=dead)
	@$(RUN) tools.bus parked --state="$${STATE-}"

redrive: .venv/.ready ## Try the parked events of a key again, in order: ID=activity/auth/14 (see make parked)
	@$(RUN) tools.bus redrive --id="$${ID-}"

skip: .venv/.ready ## Give one parked event up, on record: ID=activity/auth/14 REASON="..."
	@$(RUN) tools.bus skip --id="$${ID-}" --reason="$${REASON-}"

grant: .venv/.ready ## Give somebody a role: EMAIL=ada@example.com ROLE=author REASON="..." (author or admin)
	@$(RUN) tools.accounts grant --email="$${EMAIL-}" --role="$${ROLE-}" --reason="$${REASON-}"

revoke-role: .venv/.ready ## Take a role from somebody: EMAIL=ada@example.com ROLE=author REASON="..."
	@$(RUN) tools.accounts revoke-role --email="$${EMAIL-}" --role="$${ROLE-}" --reason="$${REASON-}"

rotate-keys: .venv/.ready ## Sign access tokens with a new key; nobody notices (REASON="..."; NOW=1 if one leaked: everybody refreshes)
	@$(RUN) tools.keys rotate $(if $(NOW),--now) --reason="$${REASON-}"

new: .venv/.ready ## Write a new service that runs: SERVICE=certificates
	@$(RUN) tools.new $(SERVICE)

migrate: .venv/.ready ## Bring the running platform's schemas up to date
	@$(RUN) tools.database migrate

migration: .venv/.ready ## Write the migration to a service's tables: SERVICE=auth MESSAGE="add a column"
	@$(RUN) tools.database migration $(SERVICE) "$(MESSAGE)"

tools: .venv/.ready ## Fetch or build every outside program (once; minutes; GROUP=cluster: those of a cluster)
	@$(RUN) tools.toolchain prepare $(if $(GROUP),--group $(GROUP))

images: .venv/.ready ## Make a container image of every service, by Docker or buildah (SERVICE=auth PUSH=127.0.0.1:5000 TAG=1.0.0)
	@$(RUN) tools.images $(if $(SERVICE),--service $(SERVICE)) $(if $(PUSH),--push $(PUSH)) $(if $(TAG),--tag $(TAG))

cluster: .venv/.ready ## Start a real Kubernetes here and print its kubeconfig (CODEZEST_CLUSTER_HOME, CODEZEST_CLUSTER_PORT_BASE)
	@$(RUN) tools.cluster up

deploy: .venv/.ready ## Make all images and install the platform on that cluster by its charts (TRIALS=1: PostgreSQL, Redis, collector made here)
	@$(RUN) tools.deploy $(if $(TRIALS),--trials)

dev: .venv/.ready ## Run the platform on that cluster and bring each change of the code there within seconds; Ctrl-C takes all away
	@$(RUN) tools.deploy.skaffold dev --profile trials

skaffold: .venv/.ready ## Anything else that skaffold does on that cluster: ARGS="run --profile trials", "verify --profile trials", "delete ..."
	@$(RUN) tools.deploy.skaffold $(ARGS)

cluster-down: .venv/.ready ## Stop that cluster; pushed images stay
	@$(RUN) tools.cluster down

cluster-status: .venv/.ready ## Show the cluster's addresses and its node's programs
	@$(RUN) tools.cluster status

kubectl: .venv/.ready ## Speak to the cluster: ARGS="get pods --all-namespaces"
	@$(RUN) tools.cluster kubectl $(ARGS)

operator-yaml: .venv/.ready ## Print the operator as one file for kubectl apply (REGISTRY=registry.example.org/school)
	@$(RUN) tools.deploy.operator $(if $(REGISTRY),--registry $(REGISTRY))

tools-clean: .venv/.ready ## Forget every outside program
	@$(RUN) tools.toolchain clean

contracts: .venv/.ready ## Renew docs/events, docs/openapi, docs/problems, docs/values.md and docs/codezest.md
	@$(RUN) tools.contracts

clients: .venv/.ready ## Make the Python and TypeScript clients anew from docs/openapi
	@$(RUN) tools.clients

fuzz: .venv/.ready ## Try 50,000 requests made from the documents on every service (CASES=50000 SEED=1)
	@CODEZEST_FUZZ_CASES=$${CASES-50000} CODEZEST_FUZZ_SEED=$${SEED-1} $(RUN) pytest -q tests/contracts/test_services_keep_to_their_documents.py

fix: .venv/.ready ## Format and mend what can be mended
	@$(BIN)/ruff format --quiet . && $(BIN)/ruff check --fix --quiet .

check: .venv/.ready ## Format, lint, types, architecture, migrations
	@$(RUN) tools.check

test-fast: .venv/.ready ## Tests that need at most a PostgreSQL of their own (<= 60 s)
	@$(RUN) pytest -m "not platform and not bench and not deep and not model and not thorough and not cluster" -n 2 --dist loadfile -q

test: .venv/.ready ## All tests, real parts and the main job included (<= 10 min; BROKER=off: without Redis)
	@$(RUN) tools.toolchain prepare && $(RUN) tools.toolchain prepare etcd kube-apiserver kubectl && $(RUN) tools.test $(if $(BROKER),--broker=$(BROKER))

test-deep: .venv/.ready ## What takes too long for `make test`: 10,000 stories of the model, every fault thrice, every breakage (hours)
	@$(RUN) tools.toolchain prepare && $(RUN) tools.toolchain prepare etcd kube-apiserver kubectl && $(RUN) tools.test --deep

test-cluster: .venv/.ready ## Tests on a real Kubernetes of their own; as root (<= 25 min)
	@$(CLUSTER_TOOLS) && $(RUN) tools.test --cluster

test-cluster-deep: .venv/.ready ## The same with what takes too long for that: the operator killed at every step (45 min)
	@$(CLUSTER_TOOLS) && $(RUN) tools.test --cluster --deep

bench: .venv/.ready ## Measure: register -> mail and purchase -> "Upgraded to Pro", 50 runs each
	@$(RUN) pytest -m bench -q -s tests/bench

bench-auth: .venv/.ready ## Measure signing in against its gates: equal times, sign-ins a second, what others feel of it (4 min)
	@$(RUN) tools.toolchain prepare && $(RUN) tools.bench.auth

bench-operator: .venv/.ready ## Measure the operator with a hundred platforms on nodes that kwok plays, beside Flux (CODEZESTS=100; half an hour)
	@$(CLUSTER_TOOLS) && CODEZEST_CODEZESTS=$${CODEZESTS-100} $(RUN) pytest -m bench -q -s tests/operator/test_many_platforms.py

bench-bus: .venv/.ready ## Measure the event path against its gates, and against FastStream, taskiq and Celery (minutes)
	@$(RUN) tools.toolchain prepare && $(RUN) tools.bench

bench-http: .venv/.ready ## Measure how fast a list is read against its gates, and against Django REST and textbook FastAPI (minutes)
	@$(RUN) tools.toolchain prepare && $(RUN) tools.bench.http
