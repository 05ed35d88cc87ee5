// Package terminal is what a person sees: tables and wrapped text within 80 columns, how far a pass is, and outputs
// whose reader may have stopped reading.
//
// Invariant: nothing that a terminal does, or fails to do, holds up a pass.
package terminal
