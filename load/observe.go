package load

// Tables are those that a pass inserts into, as Dependencies.Observe is told of them.
func Tables() []string {
	return []string{"series", "days", "history", "facts", "ledger", "limits", "run_states"}
}

// observed is what Dependencies.Observe is where nobody asks.
func observed(string) func() { return func() {} }
