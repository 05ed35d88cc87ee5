package probe

import (
	"context"
	"slices"
)

// bracket encloses the limit that a search looks for: the API answers for yes and refuses no.
type bracket struct {
	yes, no     int
	last, first reply // the answer for yes and the refusal of no, if they were requested
}

func (b *bracket) exact() bool { return b.no-b.yes == 1 }

// next returns the number to try: the first guess inside the bracket, else the middle one of the likely values
// inside, else its middle.
func (b *bracket) next(guesses, likely []int) int {
	outside := func(n int) bool { return n <= b.yes || n >= b.no }
	for _, n := range guesses {
		if !outside(n) {
			return n
		}
	}
	if inside := slices.DeleteFunc(slices.Clone(likely), outside); len(inside) > 0 {
		slices.Sort(inside)
		return inside[len(inside)/2]
	}
	return b.yes + (b.no-b.yes)/2
}

// search is one search for a limit.
type search struct {
	finding string
	reserve int   // requests to leave for later searches
	guesses []int // numbers to try first, in order
}

// search narrows a bracket until it is exact or only the reserve of requests is left.
//
// likely should hold each likely limit n together with n+1: if n is answered and n+1 refused, two requests make the
// bracket exact.
func (p *prober) search(
	ctx context.Context, b *bracket, s search, likely []int, ask func(context.Context, int) (reply, error),
) error {
	for !b.exact() && p.spare > s.reserve {
		p.spare--
		n := b.next(s.guesses, likely)
		r, err := ask(ctx, n)
		switch {
		case err != nil:
			return err
		case r.refused():
			b.no, b.first = n, r
		default:
			b.yes, b.last = n, r
		}
	}
	return nil
}
