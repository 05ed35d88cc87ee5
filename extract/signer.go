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

// maxBody bounds what is read of one answer: ten years of hours are about 5 MB.
const maxBody = 32 << 20

// signer sends requests through the vendor's SDK and hands back what came over the wire.
//
// The SDK loses the HTTP status, decodes a body five times and quotes it in errors. So the transport under it keeps the answer for us and
// shows the SDK an empty success: the SDK signs and sends, and that is all.
type signer struct {
	client *common.Client
}

// reply is one HTTP answer.
type reply struct {
	status   int
	body     []byte
	clockOff time.Duration // this machine's clock less the server's Date, 0 where it sent none
	latency  time.Duration // until the last byte had come
}

// trip is what the way showed. A Date is a whole second, rounded down, and was written about half way.
func (r reply) trip() flow.Trip {
	t := flow.Trip{Latency: r.latency, Dated: r.clockOff != 0}
	if t.Dated {
		t.ClockOff = r.clockOff - r.latency/2 - time.Second/2
	}
	return t
}

type replyKey struct{}

// newSigner returns a signer for one of the vendor's services; region is empty for a service that does not ask for one.
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
	p.HttpProfile.ReqTimeout = 0 // the context bounds it
	p.NetworkFailureMaxRetries, p.RateLimitExceededMaxRetries = 0, 0
	p.Debug = false               // it would print the Authorization header
	p.DisableRegionBreaker = true // it fails over to an endpoint of another country
	client := common.NewCommonClient(nil, region, p)
	client.WithHttpTransport(capture{transport})
	return &signer{client: client}, nil
}

// send signs r with key and the clock's present time and returns what the server answered, whatever it was. An error means that no whole
// answer arrived.
func (s *signer) send(ctx context.Context, key common.CredentialIface, r tchttp.Request) (reply, error) {
	var got reply
	r.SetContext(context.WithValue(ctx, replyKey{}, &got))
	own := *s.client // the SDK keeps the key in the client, and requests under way together may have different ones
	err := own.WithCredential(key).Send(r, &ignored{})
	if way, ok := errors.AsType[*url.Error](err); ok { // without the SDK's words around it
		err = fmt.Errorf("the API cannot be reached: %w; check the account's endpoint and this machine's network", way)
	}
	return got, err
}

// capture keeps an answer in the request's context and shows the SDK an empty one.
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
		return nil, fmt.Errorf("reading the answer: %w", err)
	}
	if len(body) > maxBody {
		return nil, fmt.Errorf("the answer is longer than %d bytes", maxBody)
	}
	got := r.Context().Value(replyKey{}).(*reply)
	got.status, got.body, got.clockOff, got.latency = resp.StatusCode, body, clockOff(resp.Header), time.Since(start)
	const empty = `{"Response":{}}`
	resp.StatusCode, resp.Status = http.StatusOK, "200 OK"
	resp.Header = http.Header{"Content-Type": {"application/json"}}
	resp.Body, resp.ContentLength = io.NopCloser(bytes.NewReader([]byte(empty))), int64(len(empty))
	return resp, nil
}

// clockOff is how far this machine's clock is ahead of the server's, 0 where the answer has no Date.
func clockOff(h http.Header) time.Duration {
	date, err := http.ParseTime(h.Get("Date"))
	if err != nil {
		return 0
	}
	return time.Since(date)
}

// ignored is a response that takes nothing from the SDK.
type ignored struct{}

var _ tchttp.Response = (*ignored)(nil)

func (*ignored) ParseErrorFromHTTPResponse([]byte) error { return nil }
