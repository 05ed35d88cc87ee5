# What a developer types. .ci/run is every check, as continuous integration runs it.
.PHONY: check test full lint worlds

# Every check: formatting, vet on each platform, lint, tests.
check:
	.ci/run

test:
	go test ./...

# The tests with 200 worlds, and with the deliberate faults.
full:
	MNAFLOW_TEST_FULL=1 go test ./... -timeout 60m

lint:
	gofmt -l .
	go vet ./...
	go tool -modfile=tools/go.mod golangci-lint run

# make worlds N=1000 plays worlds 1 to 1000, make worlds N=2000-3000 those.
N ?= 200
worlds:
	MNAFLOW_TEST_WORLDS=$(N) go test ./cmd/mnaflow -run 'TestWorlds$$' -count=1 -timeout 24h
