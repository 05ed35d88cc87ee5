package e2e

import "os"

// fullEnv asks for the long sweeps at full width, as continuous integration does: 200 kills, a whole year, every error
// code, 90 days of damages.
const fullEnv = "MNAFLOW_TEST_FULL"

// fullWidth says whether they run so.
func fullWidth() bool { return os.Getenv(fullEnv) == "1" }

// width is how much of something a test tries: usual, or whole where the sweeps run at full width.
func width[T any](usual, whole T) T {
	if fullWidth() {
		return whole
	}
	return usual
}

// sample is every n-th of a list, or all of it where the sweeps run at full width.
func sample[T any](n int, list []T) []T {
	var out []T
	for i := 0; i < len(list); i += width(n, 1) {
		out = append(out, list[i])
	}
	return out
}
