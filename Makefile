# What one would type. `make demo` needs Go alone; `make test` installs what else it needs.
GO      ?= go
LINT    := $(GO) run github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo devel)
FUZZ    ?= 30s

.PHONY: build demo test lint bench memory torture fuzz docs

build: ## bin/cleaner, static
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags "-s -w -X main.version=$(VERSION)" -o bin/cleaner ./cmd/cleaner

demo: build ## purge 5,000 task IDs from the simulated service, faults and all
	$(GO) run ./internal/demo

test: ## all tests, race detector on; installs the real servers they talk to
	.ci/need
	$(GO) vet ./...
	$(GO) test -race -timeout 12m ./...

lint:
	$(LINT) run ./...
	$(LINT) fmt --diff

bench: build ## CPU per delete beside a bare net/http loop, and the ledger's costs
	$(GO) run ./internal/bench
	$(GO) test -run '^$$' -bench . -benchtime 1s -benchmem ./internal/...

memory: build ## resident memory for 10k, 100k and 1M task IDs
	$(GO) run ./internal/bench -memory bin/cleaner

torture: build ## the ledger's promises under kills, full disks, cut files and power cuts; as root, with strace
	$(GO) run ./internal/torture -long

fuzz: ## every fuzz target for $(FUZZ); new seeds are kept
	.ci/fuzz $(FUZZ)

docs: ## regenerate what is generated
	$(GO) run ./cmd/cleaner verdicts --markdown > docs/verdicts.md
