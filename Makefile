# Needs Python ≥ 3.11 and make. Another Python: make PYTHON=python3.12 run
PYTHON ?= python3
HOUSE = .venv/bin/python -m grid.house
ARGS ?=
export PORT BIND

.PHONY: help setup run test bench check demo-reset manage lock
.DEFAULT_GOAL := help

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1@\2/p' Makefile | column -t -s @ 2>/dev/null || sed -n 's/^\([a-z-]*\):.*## /  make \1: /p' Makefile

setup: ## install the pinned dependencies into .venv; nothing else
	@$(PYTHON) grid/house/install.py

run: setup ## start the portal with all its servers (PORT=8000 BIND=127.0.0.1)
	@exec $(HOUSE) --end-with-parent run

test: setup ## every test (ARGS="-k name" goes to pytest)
	@exec $(HOUSE) test -- $(ARGS)

bench: setup ## measure (ARGS="script" chooses scripts of tests/bench)
	@exec $(HOUSE) bench -- $(ARGS)

check: setup ## lint, format, types, imports, templates, migrations, translations, deployment
	@exec $(HOUSE) check

demo-reset: setup ## throw the demo street away and build a fresh one
	@exec $(HOUSE) demo-reset

manage: setup ## one manage.py command as the database's owner (ARGS="createsuperuser")
	@exec $(HOUSE) manage -- $(ARGS)

lock: setup ## renew the pins of requirements.txt from pyproject.toml
	@.venv/bin/uv pip compile --quiet --upgrade --universal --generate-hashes --python-version 3.11 \
		--extra house --extra dev --no-emit-index-url --no-emit-find-links \
		--custom-compile-command "make lock" -o requirements.txt pyproject.toml
