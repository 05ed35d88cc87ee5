package probe

import (
	"context"
	"slices"
)

// bracket is a search for the greatest number that is answered, between one that is and one that is not.
type bracket struct {
	yes, no     int
	last, first reply // the answer at yes and the refusal at no, where they were asked for
}

func (b *bracket) exact() bool { return b.no-b.yes == 1 }

// next is what to try: the guesses in their order, then the middle of the likely values, then the middle of all.
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
	reserve int   // spare questions that are left to the searches after it
	guesses []int // what to try first, in order
}

// search narrows a bracket until it is exact or the spare questions are used up but for the reserve. Each likely value should come with the
// one after it, so that a limit that lies there is pinned down by the two of them.
func (p *prober) search(ctx context.Context, b *bracket, s search, likely []int, ask func(context.Context, int) (reply, error)) error {
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
