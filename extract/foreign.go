package extract

import (
	"encoding/json"
	"strings"

	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common"

	"github.com/mnaflow/mnaflow/internal/flow"
)

// Bounds on texts that services write, in characters. A request id of the vendor has 36.
const (
	mostID    = 64
	mostCode  = 100
	mostText  = 500
	mostError = 2000 // of a whole error; its parts are bounded too
)

// foreign cleans text that a service wrote. It holds the secrets that the service knows and might echo. Every such text
// passes through it before it leaves this package.
type foreign []string

// secretsOf returns the secrets of a key; none when key is nil.
func secretsOf(key common.CredentialIface) foreign {
	if key == nil {
		return nil
	}
	id, secret, token := key.GetCredential()
	return foreign{id, secret, token}
}

// text masks the secrets and cuts s to most characters, in this order: half a secret would not be recognised.
func (f foreign) text(s string, most int) string {
	return flow.Foreign(flow.Mask(s, f...), most)
}

// said is the message of a service's error after a colon; empty if it has none.
func (f foreign) said(message string) string {
	text := strings.TrimSpace(f.text(message, mostText))
	if text == "" {
		return ""
	}
	return ": " + text
}

// value is a JSON value as error texts show it.
func (f foreign) value(raw json.RawMessage) string {
	text := unquote(raw)
	if len(raw) > 0 && raw[0] == '"' {
		text = `"` + text + `"`
	}
	return f.text(text, mostCode)
}

// failure cleans every text of an error that is about to leave this package; nil stays nil.
func (f foreign) failure(e *apiError) *apiError {
	if e == nil {
		return nil
	}
	safe := *e
	safe.requestID, safe.code = f.text(e.requestID, mostID), f.text(e.code, mostCode)
	safe.err = flow.ForeignError(e.err, mostError, f...)
	return &safe
}
