// Package terminal writes for people: tables and wrapped text within 80 columns, the progress of a pass, and output that
// survives a reader who stops reading.
//
// Invariant: a slow, stopped or broken terminal never delays a pass.
package terminal
