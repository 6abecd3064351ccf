# Everything that a developer or a machine runs here. 'make test' is the whole of it: it sets up what it needs first.
GO ?= go
STATICCHECK = $(GO) tool -modfile=tools/go.mod staticcheck

# Compilers are processes that soon end: with less collecting of garbage they take more memory and less time.
RARELY = GOGC=400

# The race detector watches our code and whatever shares memory with it. Left out is what only computes, on memory that one goroutine holds at a
# time: SQLite's engine (each connection its own memory), ciphers, curves, compression, pictures. Watched, it costs more than all the rest.
UNWATCHED = github.com/ncruces/go-sqlite3-wasm/v6 lukechampine.com/adiantum golang.org/x/crypto crypto/internal/fips140/edwards25519 \
	github.com/klauspost/compress image golang.org/x/image github.com/huzheng/huzheng/internal/photo github.com/huzheng/huzheng/internal/synth/portrait
# What only a debugger reads is left out: a tenth of what compiling takes.
RACE = -race -gcflags=all=-dwarf=false $(foreach p,$(UNWATCHED),'-gcflags=$(p)/...=-race=false -dwarf=false')

# The tests write and sync much, and throw it away: in memory where there is room for it, so that they wait for no disk. What is compiled stays on the disk.
# They are compiled with the rarer collection, and run with Go's own, as the program does.
ROOM := $(shell df --output=avail -BG /dev/shm 2>/dev/null | tail -n 1 | tr -dc 0-9)
TEST = $(if $(filter-out 0 1 2 3 4 5 6 7,$(ROOM)),GOTMPDIR=$${TMPDIR:-/tmp} TMPDIR=/dev/shm) $(RARELY) $(GO) test -exec 'env -u GOGC'

.PHONY: demo test tested browsed check bench faults fuzz screenshots guide-pictures setup fmt vet lint layout

# The main job, on embedded storage: needs nothing but Go.
demo:
	$(GO) run ./cmd/huzheng demo

# All checks and all tests, in random order; then what decodes cards, person files and pictures fuzzed for a second each. Vet has run by then, and the timeout is for what hangs, not for what is slow.
test: setup fmt vet lint
	$(MAKE) --no-print-directory -j 2 --output-sync=target tested browsed
	bash tools/fuzz.sh 1s ./internal/card ./internal/card/chip ./internal/cardreader ./internal/personfile ./internal/photo

# With the race detector, the longest packages first so that no processor is left waiting for them; three at a time, because some wait for disks and servers most of their time.
tested:
	$(RARELY) $(GO) build $(RACE) ./internal/...
	$(TEST) $(RACE) -p 3 -vet=off -shuffle=on -timeout 30m ./cmd/huzheng ./internal/bench ./internal/faults $$($(GO) list ./... | grep -v /internal/webtest)

# In the browser the pages are asked one at a time, where a race detector finds nothing. It watches those tests in which many ask at once.
ASKED = ^TestEveryPageHoldsUp$$
browsed:
	$(TEST) -vet=off -shuffle=on -timeout 30m -skip '$(ASKED)' ./internal/webtest
	$(TEST) $(RACE) -vet=off -shuffle=on -timeout 30m -run '$(ASKED)' ./internal/webtest

# Each fuzz test for a while: make fuzz FUZZTIME=5m
FUZZTIME ?= 10s
fuzz:
	bash tools/fuzz.sh $(FUZZTIME)

# What needs no database and no compiler for C: formatting, vet, staticcheck, import rules, links and lists in the documents.
check: fmt vet lint layout

# The benchmarks of docs/benchmarks.md, as ratios.
bench:
	$(GO) run ./cmd/huzheng bench

# Longer runs of the fault tests: each broken call, torn write and killed process, many times over.
HUZHENG_FAULTS ?= 1000
faults: setup
	HUZHENG_FAULTS=$(HUZHENG_FAULTS) $(GO) test -count=1 -shuffle=on -timeout 2h ./internal/faults/...

# Pictures of every page, in both languages, and PDFs of every print, in screenshots/.
screenshots: setup
	$(GO) test -count=1 -timeout 30m ./internal/webtest -run Screen -screenshots $(CURDIR)/screenshots

# The same pages again, those whose pictures stand in the guide.
guide-pictures: setup
	$(GO) test -count=1 -timeout 30m ./internal/webtest -run Screen -guide $(CURDIR)/docs/guide/pictures

# Installs what is missing (Debian, as root), or says what to install.
setup:
	@bash tools/setup.sh

fmt:
	@bad=$$(gofmt -l $$(find . -name '*.go' -not -path './.git/*')); \
	if [ -n "$$bad" ]; then echo "not formatted by gofmt:"; echo "$$bad"; exit 1; fi

vet:
	$(RARELY) $(GO) vet ./...

lint:
	$(RARELY) $(STATICCHECK) ./...

layout:
	$(GO) test -count=1 ./internal/layout
