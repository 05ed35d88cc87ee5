package flow

import (
	"encoding/base64"
	"encoding/hex"
	"net/url"
	"strings"
)

// leastMasked is how long a secret has to be to be masked: a shorter one would tear ordinary words apart.
const leastMasked = 6

// Mask hides secrets in a text that somebody may have echoed them into: as they stand, percent-encoded, in base64 and
// in hex. These are the forms in which they travel; a service that turns them into another one is beyond it.
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

// foreignError is an error whose text others wrote.
type foreignError struct {
	text string
	err  error
}

func (e *foreignError) Error() string { return e.text }
func (e *foreignError) Unwrap() error { return e.err }

// ForeignError is err with its text as Foreign and Mask make it; it is still err to errors.Is and errors.As. nil stays
// nil.
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
