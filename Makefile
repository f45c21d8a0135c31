# 一户一码 OneCode. `make help` lists what there is; a fresh machine needs Python 3.11 or newer and make, nothing else.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

DATA ?= var
PORT ?= 8000
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
CANDIDATES := python3.13 python3.12 python3.11 python3

export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_NO_INPUT := 1

.PHONY: help setup demo up test nemesis attack check bench revision clean

help: ## 命令一览 / This list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{ printf "  make %-10s %s\n", $$1, $$2 }'

setup: $(INSTALLED) ## 建立环境 / Create .venv from requirements.lock

demo: $(INSTALLED) ## 演示 / The demo house. ORDERS=file takes a real Tmall report; PORT=8000 DATA=var
	$(BIN)/onecode demo --data "$(DATA)" --port $(PORT) $(if $(ORDERS),--orders "$(ORDERS)")

up: $(INSTALLED) ## 启动 / Start everything until Ctrl-C. PORT=8000 DATA=var
	$(BIN)/onecode up --data "$(DATA)" --port $(PORT)

test: $(INSTALLED) ## 测试 / All tests; ARGS are passed to pytest
	$(BIN)/pytest $(ARGS)

nemesis: $(INSTALLED) ## 破坏试验 / Break a running house for SEEDS=200 seeds, with dearer drills than `test`; SEED=7 replays one
	ONECODE_NEMESIS_SEEDS=$(or $(SEEDS),200) ONECODE_NEMESIS_SEED=$(SEED) $(BIN)/pytest -n 0 -s tests/nemesis $(ARGS)

attack: $(INSTALLED) ## 攻击试验 / Compute what releases suppress, of a larger year than `test` does. SEED=7 is the year
	ONECODE_ATTACK_SEED=$(or $(SEED),1) $(BIN)/pytest -n 0 -s tests/unit/stats/protection/test_attack_at_large.py $(ARGS)

check: $(INSTALLED) ## 检查 / Lint, format, types, import rules, migrations = tables
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m migrations.check

bench: $(INSTALLED) ## 基准 / Measure the budgets against their yardsticks
	$(BIN)/python -m benchmarks $(ARGS)

revision: $(INSTALLED) ## 新迁移 / Write a migration: make revision SCHEMA=sales MESSAGE="why"
	$(BIN)/python -m migrations.revision "$(SCHEMA)" "$(MESSAGE)"

clean: ## 清理 / Remove .venv and caches; data folders stay
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache *.egg-info
	find services migrations tests benchmarks -name __pycache__ -prune -exec rm -rf {} +

# The stamp is made last, so that an interrupted setup is done again. PYTHON=… chooses an interpreter.
$(INSTALLED): requirements.lock pyproject.toml
	@python="$(PYTHON)"; \
	for candidate in $(CANDIDATES); do \
		[ -n "$$python" ] && break; \
		if "$$candidate" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
			python="$$candidate"; \
		fi; \
	done; \
	if [ -z "$$python" ]; then \
		echo "需要 Python 3.11 或更新版本(含 venv 模块;Debian/Ubuntu: apt install python3-venv) /" \
			"Python 3.11 or newer with its venv module is needed (Debian/Ubuntu: apt install python3-venv)" >&2; \
		exit 1; \
	fi; \
	echo "$$("$$python" --version) → $(VENV)"; \
	"$$python" -m venv $(VENV)
	$(BIN)/pip install --quiet --require-hashes -r requirements.lock
	$(BIN)/pip install --quiet --no-deps --no-build-isolation -e .
	$(BIN)/python -m compileall -q services migrations # so that the first start is as quick as the next ones
	@touch $@
