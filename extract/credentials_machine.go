package extract

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common"

	"github.com/mnaflow/mnaflow/internal/flow"
)

// The metadata service, which gives a virtual machine of the vendor the keys of its role.
const (
	metadataHost = "http://metadata.tencentyun.com"
	metadataPath = "/latest/meta-data/cam/security-credentials/"
	maxMetadata  = 64 << 10 // bytes of one answer
)

// ofMachine returns the key that the metadata service issues for the machine's role.
func ofMachine(k Key, now func() time.Time) *Renewing {
	m := metadata{base: cmp.Or(k.Endpoint, metadataHost) + metadataPath, role: k.RoleName}
	return &Renewing{limit: "role of this machine", now: now, issue: m.issue}
}

// metadata reads the metadata service under base. An empty role means the one that the service names.
type metadata struct{ base, role string }

func (m metadata) issue(ctx context.Context) (issued, *apiError) {
	role := m.role
	if role == "" {
		name, _, err := m.get(ctx, "")
		if err != nil {
			return issued{}, err
		}
		role = strings.TrimSpace(string(name))
	}
	body, off, failure := m.get(ctx, role)
	if failure != nil {
		return issued{}, failure
	}
	var key struct {
		TmpSecretId, TmpSecretKey, Token, Code string
		ExpiredTime                            int64
	}
	if json.Unmarshal(body, &key) != nil || key.Code == "" { // drop the JSON error: it may quote the key
		return issued{}, m.fail(flow.Transient, fmt.Errorf("an answer of %d bytes that holds no key", len(body)))
	}
	if key.Code != "Success" || key.TmpSecretId == "" || key.TmpSecretKey == "" {
		return issued{}, m.fail(flow.Denied, fmt.Errorf("no key for role %s, code %s", foreign{}.text(role, mostCode),
			foreign{}.text(key.Code, mostCode)))
	}
	return issued{common.NewTokenCredential(key.TmpSecretId, key.TmpSecretKey, key.Token),
		life(key.ExpiredTime, off)}, nil
}

// get reads one entry. off is this machine's clock less the service's; 0 when unknown.
func (m metadata) get(ctx context.Context, name string) (body []byte, off time.Duration, failure *apiError) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, m.base+url.PathEscape(name), nil)
	if err != nil {
		return nil, 0, m.fail(flow.Denied, err)
	}
	// Do not use a proxy: the service answers by sender, so it would describe the proxy's machine.
	resp, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(r)
	if err == nil {
		defer resp.Body.Close()
		body, err = io.ReadAll(io.LimitReader(resp.Body, maxMetadata))
	}
	if err != nil {
		if cause := context.Cause(ctx); cause != nil {
			err = cause
		}
		return nil, 0, m.fail(flow.Transient, err)
	}
	if failure := classifyStatus(resp.StatusCode); failure != nil {
		return nil, 0, m.fail(ofIssuing(failure.class), failure.err)
	}
	return body, clockOff(resp.Header), nil
}

// fail adds to an error which address was read and what the operator can do.
func (m metadata) fail(class flow.Class, err error) *apiError {
	advice := "is this a virtual machine of Tencent Cloud?"
	if class == flow.Denied {
		advice = "bind a role to this machine in the console, or set credentials.role_name to the one that is bound"
	}
	return &apiError{class: class, err: fmt.Errorf("credentials cvm-role: asking %s: %w; %s", m.base,
		flow.ForeignError(err, mostText), advice)}
}
