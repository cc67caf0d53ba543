# What puts the product into an AWS account. Its tools live apart, so that `make setup` stays light.
CDK := .tools/cdk/bin
CHECKOV := .tools/checkov/bin/checkov
INFRA_GROUPS := infra
LOCK := pip compile --universal --generate-hashes --no-emit-index-url --python-version 3.13 -q
export JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION ?= 20

.tools/cdk/.ready: cdk/requirements.lock | $(UV)
	@echo "cdk: $$(grep -cE '^[a-z]' $<) locked packages into .tools/cdk"
	@test -x $(CDK)/python || $(UV) venv -q .tools/cdk
	@$(UV) pip sync -q --require-hashes --python $(CDK)/python $<
	@touch $@

.tools/checkov/.ready: cdk/checkov.lock | $(UV)
	@echo "checkov: into .tools/checkov"
	@test -x .tools/checkov/bin/python || $(UV) venv -q .tools/checkov
	@$(UV) pip sync -q --require-hashes --python .tools/checkov/bin/python $<
	@touch $@

node_modules/.ready: package-lock.json
	@echo "cdk: the command line into node_modules"
	@npm ci --silent
	@touch $@
