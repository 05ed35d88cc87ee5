package probe

import (
	"context"
	"errors"
	"testing"

	"pgregory.net/rapid"
)

var errNo = errors.New("no")

// limited is an API that answers up to a limit and counts the requests.
func limited(limit int, requests *int) func(context.Context, int) (reply, error) {
	return func(_ context.Context, n int) (reply, error) {
		*requests++
		if n > limit {
			return reply{refusal: errNo}, nil
		}
		return reply{}, nil
	}
}

// TestSearchFindsEveryLimit: the bracket is exact if there are enough requests, and never wrong.
func TestSearchFindsEveryLimit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		no := rapid.IntRange(2, 20_000).Draw(t, "no")
		limit := rapid.IntRange(1, no-1).Draw(t, "limit")
		spare := rapid.IntRange(0, 40).Draw(t, "spare")
		reserve := rapid.IntRange(0, 10).Draw(t, "reserve")
		numbers := rapid.SliceOfN(rapid.IntRange(-5, 20_010), 0, 24)
		s := search{reserve: reserve, guesses: numbers.Draw(t, "guesses")}
		p, b, requests := &prober{spare: spare}, &bracket{yes: 1, no: no}, 0
		if err := p.search(t.Context(), b, s, numbers.Draw(t, "likely"), limited(limit, &requests)); err != nil {
			t.Fatal(err)
		}
		if b.yes > limit || b.no <= limit {
			t.Errorf("[%d, %d) does not hold %d", b.yes, b.no, limit)
		}
		if requests > max(0, spare-reserve) || p.spare != spare-requests {
			t.Errorf("%d requests, of %d with a reserve of %d", requests, spare, reserve)
		}
		if !b.exact() && p.spare > reserve {
			t.Errorf("[%d, %d) though %d requests were left", b.yes, b.no, p.spare)
		}
	})
}

// TestSearchOfLikelyLimits: a usual limit takes few requests, also among hours.
func TestSearchOfLikelyLimits(t *testing.T) {
	var likely []int
	for _, days := range likelyDays {
		likely = append(likely, days*24, days*24+1)
	}
	for _, days := range likelyDays[:len(likelyDays)-1] {
		p, b, requests := &prober{spare: 100}, &bracket{yes: 1, no: 366*24 + 1}, 0
		if err := p.search(t.Context(), b, search{guesses: []int{744}}, likely,
			limited(days*24, &requests)); err != nil {
			t.Fatal(err)
		}
		if b.yes != days*24 || !b.exact() || requests > 6 {
			t.Errorf("%d days: [%d, %d) after %d requests", days, b.yes, b.no, requests)
		}
	}
}

func TestSearchStopsAtAnError(t *testing.T) {
	p, b := &prober{spare: 10}, &bracket{yes: 1, no: 100}
	err := p.search(t.Context(), b, search{}, nil, func(context.Context, int) (reply, error) { return reply{}, errNo })
	if !errors.Is(err, errNo) || p.spare != 9 {
		t.Errorf("%v, %d left", err, p.spare)
	}
}
