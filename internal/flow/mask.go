package flow

import (
	"encoding/base64"
	"encoding/hex"
	"net/url"
	"strings"
)

// leastMasked is the length from which on a secret is masked, in bytes: shorter ones occur in ordinary words.
const leastMasked = 6

// Mask replaces secrets in s, which a service may have echoed, with ***. It finds a secret in plain text,
// percent-encoded, in base64 and in hex, the forms in which secrets travel; it does not find one in any other form.
func Mask(s string, secrets ...string) string {
	var pairs []string
	for _, secret := range secrets {
		if len(secret) < leastMasked {
			continue
		}
		raw := []byte(secret)
		for _, form := range []string{
			secret, url.QueryEscape(secret), url.PathEscape(secret),
			base64.RawStdEncoding.EncodeToString(raw), base64.RawURLEncoding.EncodeToString(raw),
			hex.EncodeToString(raw), strings.ToUpper(hex.EncodeToString(raw)),
		} {
			pairs = append(pairs, form, "***")
		}
	}
	if pairs == nil {
		return s
	}
	return strings.NewReplacer(pairs...).Replace(s)
}

// foreignError replaces the text of err.
type foreignError struct {
	text string
	err  error
}

func (e *foreignError) Error() string { return e.text }
func (e *foreignError) Unwrap() error { return e.err }

// ForeignError returns err with its text passed through Mask and Foreign. errors.Is and errors.As still see err. nil
// stays nil.
func ForeignError(err error, most int, secrets ...string) error {
	if err == nil {
		return nil
	}
	text := err.Error()
	if safe := Foreign(Mask(text, secrets...), most); safe != text {
		return &foreignError{safe, err}
	}
	return err
}
