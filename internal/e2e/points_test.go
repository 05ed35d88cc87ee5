package e2e

// points are the names of a pass over tables that exist.
func points() []string {
	out := []string{"before request", "after answer", "before held", "after held"}
	for _, table := range []string{"history", "facts", "ledger", "run_states"} {
		out = append(out, "before "+table, "after "+table)
	}
	return out
}
