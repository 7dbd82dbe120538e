# What one would type. `make demo` needs Go alone; `make test` installs what else is needed.
GO   ?= go
LINT := $(GO) run github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
FUZZ ?= 30s
.PHONY: build demo test lint prove prove-long bench pace pace-http memory torture fuzz docs image release

build: ## bin/cleaner, static
	deploy/release/compile "$$($(GO) env GOOS)" "$$($(GO) env GOARCH)" "$(CURDIR)/bin/cleaner"
demo: build ## purge 5,000 task IDs from the simulated service, faults and all
	$(GO) run ./internal/rig/demo
test: ## all tests, race detector on; installs the real servers they talk to
	.ci/need
	$(GO) vet ./...
	SCREENSHOTS="$${SCREENSHOTS:-$(CURDIR)/bin/screenshots}" .ci/race -p 3 -timeout 40m ./...
	$(GO) test -timeout 10m -run '^TestProfiles$$' ./internal/pass
	$(GO) test -run '^TestPace$$' ./internal/rig/pacing
lint:
	$(LINT) run ./...
	$(LINT) fmt --diff
	$(GO) vet -tags man ./cmd/cleaner
prove: ## secrets and scripts; the units in a booted systemd, the image in podman, the manifests
	.ci/hygiene && deploy/systemd/prove && ARCHES=amd64 deploy/image/prove && deploy/grafana/check && deploy/k8s/check
prove-long: ## packages, release, dashboard, and the manifests at a real control plane (builds Kubernetes)
	deploy/packages/prove && deploy/release/prove && deploy/image/prove && .ci/dashboard-lint && deploy/k8s/prove
bench: build ## CPU per delete beside a bare net/http loop and others, the start, sizes, and the ledger's costs
	$(GO) run ./internal/rig/bench
	$(GO) test -run '^$$' -bench . -benchtime 1s -benchmem ./internal/...
memory: build ## resident memory for 10k, 100k and 1M task IDs
	$(GO) run ./internal/rig/bench -memory
pace: ## what the pace reaches against limits that it does not know, in virtual time
	$(GO) run ./internal/rig/pacing
pace-http: build ## the same by whole passes over HTTP, behind nginx, HAProxy and the simulator: 10 minutes
	.ci/need
	$(GO) run ./internal/rig/pacing -http
torture: build ## the ledger's promises under kills, full disks, cut files and power cuts; as root, with strace
	$(GO) run ./internal/rig/torture -long
fuzz: ## every fuzz target for $(FUZZ); new seeds are kept
	.ci/fuzz $(FUZZ)
docs: ## regenerate what is generated
	$(GO) run ./cmd/cleaner verdicts --markdown > docs/verdicts.md
	$(GO) test ./internal/config -run TestReference -update
	$(GO) test ./internal/metrics -run TestReference -docs
	$(GO) test ./deploy/k8s -update
	SCREENSHOTS=$(CURDIR)/bin/screenshots $(GO) test ./internal/admin -count=1 -run '^TestPicture$$'
	install -m 644 bin/screenshots/page.png docs/page.png
image release: ## localhost/cleaner:VERSION in buildah's storage; dist/ with archives and packages
	deploy/$@/build
