# The commands of a developer. CONTRIBUTING.md says when to use which. .ci/run runs every check, as continuous
# integration does.
.PHONY: check test full e2e lint schema golden answers worlds fuzz bench

# The packages whose tests need no ClickHouse and take seconds.
FAST = ./extract ./transform ./internal/apisim ./internal/cli ./internal/config ./internal/flow ./internal/monitor \
	./internal/pipeline ./internal/probe ./internal/rooms ./internal/schedule ./internal/terminal

# Run this after every change: formatting, vet, lint and the fast tests.
check: lint
	go test $(FAST)
	go test ./migrations -run 'Schema|EachFile'

lint:
	@gofmt -l . | { ! grep .; } || { echo 'run gofmt -w on these'; exit 1; }
	go vet ./...
	go tool -modfile=tools/go.mod golangci-lint run

test:
	go test ./...

# All tests with the long sweeps: 200 kills, 200 worlds, every fault, and each bug that the tests plant in the program.
full:
	MNAFLOW_TEST_FULL=1 go test ./... -timeout 60m

# The tests of the whole program. make e2e RUN=Explain runs those whose names contain Explain.
RUN ?= .
e2e:
	go test ./internal/e2e -run '$(RUN)' -count=1 -timeout 30m

# Write migrations/schema.sql, the whole schema on one page, from the migrations and the views.
schema:
	go test ./migrations -run Schema -count=1 -update

# Write the golden files: the statements that the SQL templates yield. git diff then shows how a change affects them.
golden:
	go test ./load ./internal/audit ./internal/report -run Golden -count=1 -update

# Write the query results in docs/warehouse.md.
answers:
	go test ./internal/e2e -run QuestionsOfAnalysts -count=1 -update

# Random histories of the whole program: make worlds N=1000 plays worlds 1 to 1000, N=2000-3000 plays those.
N ?= 200
worlds:
	MNAFLOW_TEST_WORLDS=$(N) go test ./internal/e2e -run 'TestWorlds$$' -count=1 -timeout 24h

# Run each fuzz test for the time T: make fuzz T=10m.
T ?= 30s
fuzz:
	go test ./extract -run - -fuzz FuzzDecode -fuzztime $(T)
	go test ./internal/config -run - -fuzz FuzzParse -fuzztime $(T)
	go test ./internal/cli -run - -fuzz FuzzMoment -fuzztime $(T)

# Time the simulator, and verify over ten years of data.
bench:
	go test ./internal/apisim ./internal/audit -run - -bench . -benchtime 1x -timeout 60m
