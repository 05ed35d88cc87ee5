package extract

import (
	"encoding/json"

	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common"

	"github.com/mnaflow/mnaflow/internal/flow"
)

// Bounds of what services write, in characters. A request id of the vendor's has 36.
const (
	mostID    = 64
	mostCode  = 100
	mostText  = 500
	mostError = 2000 // of a whole error, whose parts have their own bounds
)

// foreign reads the text of a service that knows these secrets and may echo them. Nothing that a service wrote leaves
// this package otherwise.
type foreign []string

// knows are the secrets of a key; none where there is no key.
func knows(key common.CredentialIface) foreign {
	if key == nil {
		return nil
	}
	id, secret, token := key.GetCredential()
	return foreign{id, secret, token}
}

// text hides the secrets before it cuts, or a cut one would be left.
func (f foreign) text(s string, most int) string {
	return flow.Foreign(flow.Mask(s, f...), most)
}

// value is a JSON value as messages have it.
func (f foreign) value(raw json.RawMessage) string {
	text := unquote(raw)
	if len(raw) > 0 && raw[0] == '"' {
		text = `"` + text + `"`
	}
	return f.text(text, mostCode)
}

// failure makes sure of an error that is about to leave, wherever its text comes from.
func (f foreign) failure(e *apiError) *apiError {
	if e == nil {
		return nil
	}
	safe := *e
	safe.requestID, safe.code = f.text(e.requestID, mostID), f.text(e.code, mostCode)
	safe.err = flow.ForeignError(e.err, mostError, f...)
	return &safe
}
