package extract

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common"
	tchttp "github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common/http"
	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common/profile"

	"github.com/mnaflow/mnaflow/internal/flow"
)

// maxBody bounds one answer, in bytes: ten years of hours are about 5 MB.
const maxBody = 32 << 20

// signer sends requests through the vendor's SDK and returns the raw answer.
//
// The SDK loses the HTTP status, decodes a body five times and quotes it in errors (measured with common v1.3.210).
// So the transport below it keeps the answer and shows the SDK an empty success: the SDK only signs and sends.
type signer struct {
	client *common.Client
	who    string // answers
	key    string // of the configuration: where that is
}

// reply is one HTTP answer.
type reply struct {
	status   int
	body     []byte
	clockOff time.Duration // this machine's clock less the server's Date header; 0 without one
	latency  time.Duration // until the last byte
}

// trip describes the round trip. It corrects the clock's offset: Date is rounded down to the second, and the server
// wrote it about half way through the round trip.
func (r reply) trip() flow.Trip {
	t := flow.Trip{Latency: r.latency, Dated: r.clockOff != 0}
	if t.Dated {
		t.ClockOff = r.clockOff - r.latency/2 - time.Second/2
	}
	return t
}

type replyKey struct{}

// newSigner returns a signer for one of the vendor's services. region is empty for a service that needs none. The
// error is an endpoint that is no URL.
func newSigner(endpoint, region string, transport http.RoundTripper) (*signer, error) {
	u, err := url.Parse(endpoint)
	if err != nil {
		return nil, fmt.Errorf("endpoint: %w", err)
	}
	if transport == nil {
		own := http.DefaultTransport.(*http.Transport).Clone()
		own.MaxIdleConnsPerHost = 64 // the default of 2 opens a connection for nearly every request
		transport = own
	}
	p := profile.NewClientProfile()
	p.HttpProfile.Scheme = strings.ToUpper(u.Scheme)
	p.HttpProfile.Endpoint = u.Host
	p.HttpProfile.ReqTimeout = 0 // the context bounds each request
	p.NetworkFailureMaxRetries, p.RateLimitExceededMaxRetries = 0, 0
	p.Debug = false               // it would print the Authorization header
	p.DisableRegionBreaker = true // it fails over to an endpoint of another country
	client := common.NewCommonClient(nil, region, p)
	client.WithHttpTransport(capture{transport})
	return &signer{client: client, who: "the API", key: "the account's endpoint"}, nil
}

// send signs r with key and the present time and returns the server's answer, an error of the API included. The error
// of send itself means that no complete answer arrived.
func (s *signer) send(ctx context.Context, key common.CredentialIface, r tchttp.Request) (reply, error) {
	var got reply
	r.SetContext(context.WithValue(ctx, replyKey{}, &got))
	own := *s.client // the SDK keeps the key in the client, and concurrent requests may use different keys
	err := own.WithCredential(key).Send(r, &ignored{})
	if cut, ok := errors.AsType[*cutError](err); ok {
		err = cut
	} else if way, ok := errors.AsType[*url.Error](err); ok { // drop the SDK's text around it
		err = fmt.Errorf("%s cannot be reached: %w; check %s and this machine's network", s.who, way, s.key)
	}
	return got, err
}

// capture stores the answer in the reply that the request's context holds, and shows the SDK an empty one.
type capture struct{ next http.RoundTripper }

func (c capture) RoundTrip(r *http.Request) (*http.Response, error) {
	start := time.Now()
	resp, err := c.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxBody+1))
	if err != nil {
		return nil, &cutError{fmt.Errorf("the answer broke off: %w", err)}
	}
	if len(body) > maxBody {
		return nil, &cutError{fmt.Errorf("the answer is longer than %d bytes", maxBody)}
	}
	got := r.Context().Value(replyKey{}).(*reply)
	got.status, got.body, got.clockOff, got.latency = resp.StatusCode, body, clockOff(resp.Header), time.Since(start)
	const empty = `{"Response":{}}`
	resp.StatusCode, resp.Status = http.StatusOK, "200 OK"
	resp.Header = http.Header{"Content-Type": {"application/json"}}
	resp.Body, resp.ContentLength = io.NopCloser(bytes.NewReader([]byte(empty))), int64(len(empty))
	return resp, nil
}

// cutError says that an answer began to arrive and did not arrive whole.
type cutError struct{ error }

func (e *cutError) Unwrap() error { return e.error }

// clockOff is this machine's clock less the server's Date header, 0 without one.
func clockOff(h http.Header) time.Duration {
	date, err := http.ParseTime(h.Get("Date"))
	if err != nil {
		return 0
	}
	return time.Since(date)
}

// ignored is a response into which the SDK decodes nothing.
type ignored struct{}

var _ tchttp.Response = (*ignored)(nil)

func (*ignored) ParseErrorFromHTTPResponse([]byte) error { return nil }
