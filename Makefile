# What a developer types. .ci/run is every check, as continuous integration runs it. CONTRIBUTING.md says when to use which.
.PHONY: check test full e2e lint schema golden answers worlds fuzz bench

# Packages whose tests need no ClickHouse and take seconds.
FAST = ./extract ./transform ./internal/apisim ./internal/cli ./internal/config ./internal/flow ./internal/monitor \
	./internal/pipeline ./internal/probe ./internal/rooms ./internal/schedule ./internal/terminal

# After every change: formatting, vet, lint and the fast tests.
check: lint
	go test $(FAST)
	go test ./migrations -run 'Schema|EachFile'

lint:
	@gofmt -l . | { ! grep .; } || { echo 'run gofmt -w on these'; exit 1; }
	go vet ./...
	go tool -modfile=tools/go.mod golangci-lint run

test:
	go test ./...

# The same with the long sweeps: 200 kills, 200 worlds, every fault, and each deliberate fault.
full:
	MNAFLOW_TEST_FULL=1 go test ./... -timeout 60m

# The tests of the whole program. make e2e RUN=Explain runs some of them.
RUN ?= .
e2e:
	go test ./internal/e2e -run '$(RUN)' -count=1 -timeout 30m

# Write migrations/schema.sql from the migrations and the views.
schema:
	go test ./migrations -run Schema -count=1 -update

# Write the statements that are assembled from templates, to see in git diff what a change does to them.
golden:
	go test ./load ./internal/audit ./internal/report -run Golden -count=1 -update

# Write the answers in docs/warehouse.md.
answers:
	go test ./internal/e2e -run QuestionsOfAnalysts -count=1 -update

# make worlds N=1000 plays worlds 1 to 1000, make worlds N=2000-3000 those.
N ?= 200
worlds:
	MNAFLOW_TEST_WORLDS=$(N) go test ./internal/e2e -run 'TestWorlds$$' -count=1 -timeout 24h

# Each fuzz test for a while: make fuzz T=10m.
T ?= 30s
fuzz:
	go test ./extract -run - -fuzz FuzzDecode -fuzztime $(T)
	go test ./internal/config -run - -fuzz FuzzParse -fuzztime $(T)
	go test ./internal/cli -run - -fuzz FuzzMoment -fuzztime $(T)

bench:
	go test ./internal/apisim ./internal/audit -run - -bench . -benchtime 1x -timeout 60m
