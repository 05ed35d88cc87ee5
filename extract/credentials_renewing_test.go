package extract

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common"

	"github.com/mnaflow/mnaflow/internal/flow"
)

// TestWhenAKeyIsRenewed: with a tenth of its life left, but at least two minutes before it expires, and never before
// half its life.
func TestWhenAKeyIsRenewed(t *testing.T) {
	for life, want := range map[time.Duration]time.Duration{
		12 * time.Hour:   12*time.Hour - 72*time.Minute,
		time.Hour:        54 * time.Minute,
		15 * time.Minute: 13 * time.Minute,
		3 * time.Minute:  90 * time.Second,
		20 * time.Second: 10 * time.Second,
	} {
		synctest.Test(t, func(t *testing.T) {
			issuedAt := []time.Time{}
			r := &Renewing{now: time.Now, issue: func(context.Context) (issued, *apiError) {
				issuedAt = append(issuedAt, time.Now())
				return issued{common.NewTokenCredential("id", "secret", "token"), life}, nil
			}}
			for range 2000 {
				if key, err := r.key(t.Context()); err != nil || key.GetSecretId() != "id" {
					t.Fatal(err)
				}
				synctest.Wait()
				if len(issuedAt) == 2 {
					break
				}
				if err := wait(t.Context(), life/1000); err != nil {
					t.Fatal(err)
				}
			}
			if got := issuedAt[1].Sub(issuedAt[0]); got < want || got > want+life/1000 {
				t.Errorf("a key of %s was renewed after %s, want %s", life, got, want)
			}
		})
	}
}

// TestAServiceThatHangs: a renewal times out for all requests that wait for it; one whose context ends earlier
// returns earlier.
func TestAServiceThatHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		requests := 0
		r := &Renewing{now: time.Now, issue: func(ctx context.Context) (issued, *apiError) {
			requests++
			<-ctx.Done()
			return issued{}, &apiError{class: flow.Transient, err: context.Cause(ctx)}
		}}
		begin := time.Now()
		go func() {
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			if _, err := r.key(ctx); !errors.Is(err, context.DeadlineExceeded) || time.Since(begin) != time.Second {
				t.Errorf("after %s: %v", time.Since(begin), err)
			}
		}()
		synctest.Wait() // the request that is about to be cancelled has started the renewal
		for range 100 {
			go func() {
				_, err := r.key(t.Context())
				if err == nil || err.class != flow.Transient || time.Since(begin) != renewalTimeout {
					t.Errorf("after %s: %v", time.Since(begin), err)
				}
			}()
		}
		if err := wait(t.Context(), time.Minute); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if requests != 1 {
			t.Errorf("the service got %d requests", requests)
		}
		if id, secret, token := r.GetCredential(); id+secret+token != "" ||
			r.GetSecretId()+r.GetSecretKey()+r.GetToken() != "" {
			t.Error("there is a key that was never issued")
		}
	})
}
