# Every target works in a fresh clone that has Go. `make help` lists them.

GO         ?= go
STATICCHECK = honnef.co/go/tools/cmd/staticcheck@v0.8.2
FUZZTIME   ?= 10s
E2E        ?=
BENCH      ?=

.PHONY: help build test race lint fuzz e2e bench bench-short micro clean

help: ## what there is
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

build: ## bin/coffer, one static binary
	CGO_ENABLED=0 $(GO) build -trimpath -o bin/coffer ./cmd/coffer

test: ## the tests that need nothing but Go
	$(GO) test ./...

race: ## the same under the race detector
	$(GO) test -race ./...

lint: ## format, vet, staticcheck; the module's own rules are in internal/arch
	@test -z "$$(gofmt -l .)" || { gofmt -l .; echo 'gofmt: the files above are not formatted'; exit 1; }
	$(GO) vet ./...
	$(GO) run $(STATICCHECK) ./...
	$(GO) test ./internal/arch
	cd internal/e2e && $(GO) vet ./... && $(GO) run $(STATICCHECK) ./...

fuzz: ## every fuzz target for FUZZTIME
	GO="$(GO)" FUZZTIME="$(FUZZTIME)" .ci/fuzz

e2e: ## real clients and the kill test; E2E='-run TestKill -kills 100' and the like
	cd internal/e2e && $(GO) test -count=1 -timeout 60m -tags ceph_preview $(E2E) ./...

bench: build micro ## coffer beside the baselines, about 12 minutes; BENCH adds flags
	$(GO) build -o bin/coffer-bench ./internal/bench/coffer-bench
	bin/coffer-bench suite -coffer bin/coffer $(BENCH)

bench-short: build ## the same in about 2 minutes
	$(GO) build -o bin/coffer-bench ./internal/bench/coffer-bench
	bin/coffer-bench suite -coffer bin/coffer -rounds 3 -round 1s -objects 100000 -soak 0 $(BENCH)

micro: ## Go benchmarks of what the aims name: signatures, listings, the test server
	$(GO) test -run '^$$' -bench . -benchtime 300ms ./auth/awssig ./s3http/...

clean: ## remove what was built
	rm -rf bin
