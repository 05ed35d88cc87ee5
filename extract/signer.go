package extract

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common"
	tchttp "github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common/http"
	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common/profile"
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
}

type replyKey struct{}

func newSigner(endpoint string, credential common.CredentialIface, transport http.RoundTripper) (*signer, error) {
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
	client := common.NewCommonClient(credential, "", p)
	client.WithHttpTransport(capture{transport})
	return &signer{client: client}, nil
}

// send signs r with the clock's present time and returns what the server answered, whatever it was. An error means that no whole answer
// arrived.
func (s *signer) send(ctx context.Context, r *request) (reply, error) {
	var got reply
	r.SetContext(context.WithValue(ctx, replyKey{}, &got))
	err := s.client.Send(r, &ignored{})
	return got, err
}

// capture keeps an answer in the request's context and shows the SDK an empty one.
type capture struct{ next http.RoundTripper }

func (c capture) RoundTrip(r *http.Request) (*http.Response, error) {
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
	got.status, got.body = resp.StatusCode, body
	if date, err := http.ParseTime(resp.Header.Get("Date")); err == nil {
		got.clockOff = time.Since(date)
	}
	const empty = `{"Response":{}}`
	resp.StatusCode, resp.Status = http.StatusOK, "200 OK"
	resp.Header = http.Header{"Content-Type": {"application/json"}}
	resp.Body, resp.ContentLength = io.NopCloser(bytes.NewReader([]byte(empty))), int64(len(empty))
	return resp, nil
}

// ignored is a response that takes nothing from the SDK.
type ignored struct{}

var _ tchttp.Response = (*ignored)(nil)

func (*ignored) ParseErrorFromHTTPResponse([]byte) error { return nil }
