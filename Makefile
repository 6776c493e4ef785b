# Sinter's front door. `make` alone lists what there is.

BIN := .build/bin
# The programs of tools/go.mod, by their import paths.
pkg/buildctl := github.com/moby/buildkit/cmd/buildctl
pkg/buildkitd := github.com/moby/buildkit/cmd/buildkitd
pkg/buildx := github.com/docker/buildx/cmd/buildx
pkg/dockerfile-frontend := github.com/moby/buildkit/frontend/dockerfile/cmd/dockerfile-frontend
pkg/registry := github.com/distribution/distribution/v3/cmd/registry
pkg/runc := github.com/opencontainers/runc
LAB_TOOLS := $(addprefix $(BIN)/,buildctl buildkitd buildx dockerfile-frontend registry runc)

PLATFORMS := linux/amd64,linux/arm64
FRONTENDS := $(foreach arch,amd64 arm64,.build/frontend/linux_$(arch)/sinter-frontend)
# A registry on loopback may speak plain HTTP.
INSECURE = $(if $(filter 127.% localhost% [::1]%,$(IMAGE)),$(comma)registry.insecure=true)
comma := ,
# It is pulled on every cold build: zstd makes it a tenth smaller than gzip, and every
# BuildKit that Sinter works with reads it.
ZSTD := oci-mediatypes=true,compression=zstd,compression-level=22,force-compression=true
# Without a daemon at BUILDKIT_HOST a lab of our own does the work.
BUILDCTL = $(if $(BUILDKIT_HOST),$(BIN)/buildctl,go run ./e2e/cmd/lab -empty buildctl)

.DEFAULT_GOAL := help

.PHONY: help
help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: demo
demo: $(if $(BUILDKIT_HOST),,lab-tools) $(FRONTENDS) ## Build an image with Sinter and run it (BUILDKIT_HOST, or root)
	@$(if $(BUILDKIT_HOST),,$(MAKE) --no-print-directory deps || echo "going on without")
	@go run ./e2e/cmd/demo

.PHONY: test
test: lab-tools $(BIN)/syft deps ## Run every test, those with a real BuildKit of our own, too (root)
	go test -timeout 30m ./...
	@$(MAKE) --no-print-directory emulation

# What needs neither root nor a daemon: all but e2e, which starts one; e2e/libtree,
# which downloads what it compares with; and one test of the loader, which runs real
# loaders with a tree of their own as the root directory. These tests compile small
# programs, so that gcc and, for musl, musl-gcc must be there. RACE=-race looks for
# data races as well.
UNIT = $(filter-out %/e2e %/e2e/libtree,$(shell go list ./...))
RACE :=
.PHONY: unit
unit: ## Run the tests that need neither root nor a daemon
	@go test $(RACE) -skip '^TestOracle$$' $(UNIT)

# Each is found by its name. What is found stays in testdata/fuzz, where every
# go test replays it. By default the engine spends a minute on making each input
# that it finds smaller, which leaves no time to find any. It also fails when the
# time ends while it does that (go.dev/issue/48591): that finds nothing.
TIME := 30s
.PHONY: fuzz
fuzz: ## Run each fuzz target for TIME (30s)
	@log=$$(mktemp); trap 'rm -f "$$log"' EXIT; \
	git grep -o '^func Fuzz[A-Za-z0-9_]*' -- '*_test.go' | { failed=; while IFS=: read -r file func; do \
		echo "$$(dirname $$file): $${func#func }"; \
		go test -run '^$$' -fuzz "^$${func#func }\$$" -fuzztime $(TIME) -fuzzminimizetime 10x ./$$(dirname $$file) 2>&1 | tee "$$log"; \
		if grep -q '^FAIL' "$$log" && ! grep -q '^ *context deadline exceeded$$' "$$log"; then failed=yes; fi; \
	done; [ -z "$$failed" ]; }

# A test of its own, for its trees of over a thousand packages take long to make.
.PHONY: corpus
corpus: deps ## Compare with the real loader on every program of large Debian trees, slow at first (root, 9 GB)
	go test -tags corpus -count=1 -v -timeout 60m ./e2e/corpus

# The trees that the programs come from are kept: the first run takes long, and every
# other minutes. RUN chooses programs by a regular expression.
RUN := .
.PHONY: programs
programs: lab-tools deps ## Have some 400 real programs work in their images, and write docs/programs.md (root, 28 GB)
	@go run ./e2e/cmd/programs -run '$(RUN)' $(if $(filter .,$(RUN)),-table docs/programs.md)

# The daemons are built the first time, and kept in .build/compat.
.PHONY: compat
compat: lab-tools deps ## Build three images with old versions of BuildKit, and write docs/compatibility.md (root)
	@go run ./e2e/cmd/compat -table docs/compatibility.md

# Part of `make test`, after the others: it registers an emulator with the kernel while it
# runs, which they must not see.
.PHONY: emulation
emulation: lab-tools deps ## Run the tests of an image for arm64 by emulation (root, on amd64)
	@e2e/emulation/run

.PHONY: bench
bench: bench-build bench-closure bench-fleet bench-watch ## Run every benchmark, about a quarter of an hour (root)

.PHONY: bench-build
bench-build: lab-tools deps ## Compare Sinter with two Dockerfiles: time, size, memory (root)
	@go run ./e2e/cmd/bench

.PHONY: bench-fleet
bench-fleet: lab-tools deps ## Measure what a registry stores of twenty images (root)
	@go run ./e2e/cmd/benchfleet

.PHONY: bench-size
bench-size: lab-tools deps ## Compare Sinter with a Dockerfile on huge trees, about ten minutes (root)
	@go run ./e2e/cmd/benchsize

.PHONY: bench-closure
bench-closure: deps ## Compare sinter closure with ldd and others, on curl and ffmpeg (root)
	@go run ./e2e/cmd/benchclosure

.PHONY: bench-watch
bench-watch: deps ## Measure what it costs interpreters and a database to be watched in tests (root)
	@go run ./e2e/cmd/benchwatch

.PHONY: lint
lint: $(BIN)/golangci-lint ## Check formatting, and the code by .golangci.yml
	@files=$$(gofmt -l $$(git ls-files '*.go')); [ -z "$$files" ] || { echo "gofmt -w $$files"; exit 1; }
	$(BIN)/golangci-lint run

# The command line is for wherever people work. Tests are vetted, too, which
# compiles them.
CROSS := linux/arm64 darwin/amd64 darwin/arm64 windows/amd64
.PHONY: cross
cross: ## Build the command line for other systems, into .build/cross
	@for platform in $(CROSS); do \
		echo "building for $$platform"; \
		export CGO_ENABLED=0 GOOS=$${platform%/*} GOARCH=$${platform#*/}; \
		go vet ./cmd/... ./rootfs/... && \
		go build -trimpath -o .build/cross/$$platform/ ./cmd/sinter ./cmd/sinter-buildkit || exit 1; \
	done

.PHONY: frontend-image
frontend-image: $(if $(BUILDKIT_HOST),$(BIN)/buildctl,lab-tools) $(FRONTENDS) ## Build the frontend image and push it to IMAGE
	@[ -n "$(IMAGE)" ] || { echo "say where to push it: make frontend-image IMAGE=registry.example/sinter:1"; exit 2; }
	$(BUILDCTL) build --progress plain --frontend dockerfile.v0 --local context=. --local dockerfile=. \
		--opt platform=$(PLATFORMS) --output type=image,name=$(IMAGE),push=true,$(ZSTD)$(INSECURE)

.PHONY: tools
tools: lab-tools $(BIN)/golangci-lint $(BIN)/syft ## Build the pinned tools (about ten minutes the first time)

.PHONY: clean
clean: ## Remove everything that was built or cached
	rm -rf .build

.PHONY: lab-tools
lab-tools: $(LAB_TOOLS)
	@CGO_ENABLED=0 go build -o $(BIN)/buildkit-runc ./e2e/cmd/buildkit-runc

# mmdebstrap makes the lab's Debian images, musl-tools compile test programs, gpg
# signs a repository.
.PHONY: deps
deps:
	@{ command -v mmdebstrap && command -v musl-gcc && command -v gpg; } >/dev/null || { \
		apt-get update && apt-get install -y --no-install-recommends \
			debian-archive-keyring gpg mmdebstrap musl-tools util-linux; } || { \
		echo "needed and not installed: gpg, mmdebstrap and musl-tools (Debian or Ubuntu packages)"; exit 1; }

# Stripped, as their projects ship them: images are compared with ours. runc is
# written in C where it enters namespaces.
$(BIN)/%: tools/go.sum
	@echo "building $*"
	@CGO_ENABLED=$(if $(filter runc,$*),1,0) go build -C tools -trimpath -ldflags '-s -w' -o $(CURDIR)/$@ $(pkg/$*)
	@touch $@

# The scanner that judges images has a go.mod of its own: it needs other versions
# of much, and most work needs no scanner.
$(BIN)/syft: tools/syft/go.sum
	@echo "building syft (about two minutes)"
	@CGO_ENABLED=0 go build -C tools/syft -trimpath -o $(CURDIR)/$@ github.com/anchore/syft/cmd/syft
	@touch $@

# So has the linter, for the same reason.
$(BIN)/golangci-lint: tools/golangci/go.sum
	@echo "building golangci-lint (about two minutes)"
	@CGO_ENABLED=0 go build -C tools/golangci -trimpath -ldflags '-s -w' -o $(CURDIR)/$@ github.com/golangci/golangci-lint/v2/cmd/golangci-lint
	@touch $@

# grpcnotrace leaves out gRPC's debug pages. They bring in html/template, whose
# reflection keeps the linker from dropping what is not used: a quarter of the
# binary, which every cold build pulls.
#
# Go itself knows best whether this is up to date.
.PHONY: $(FRONTENDS)
$(FRONTENDS): .build/frontend/linux_%/sinter-frontend:
	@CGO_ENABLED=0 GOOS=linux GOARCH=$* go build -trimpath -tags grpcnotrace -ldflags '-s -w' -o $@ ./cmd/sinter-frontend
