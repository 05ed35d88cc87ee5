package apisim

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// skew is the greatest difference between a request's timestamp and the server's clock; the vendor's limit.
const skew = 300 * time.Second

// algorithm is the only signature method that the simulator accepts.
const algorithm = "TC3-HMAC-SHA256"

// apiError is an error that the API reports inside an HTTP 200.
type apiError struct{ code, message string }

// Key is a pair of credentials that the API accepts.
type Key struct {
	SecretID  string    `json:"secret_id"`
	SecretKey string    `json:"secret_key,omitempty"`
	Token     string    `json:"token,omitempty"`  // every request must carry it; empty: a permanent key
	Expires   time.Time `json:"expires,omitzero"` // then requests get AuthFailure.TokenFailure; by the server's clock
}

// AddKey adds an accepted key, or replaces the one with the same id.
func (s *Simulator) AddKey(k Key) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.keys[k.SecretID] = k
}

func (s *Simulator) key(secretID string) (Key, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	k, ok := s.keys[secretID]
	return k, ok
}

// authorization is a parsed Authorization header.
type authorization struct {
	secretID, date, service string
	signedHeaders           []string
	signature               string
}

func parseAuthorization(header string) (a authorization, fault *apiError) {
	malformed := &apiError{"AuthFailure.InvalidAuthorization",
		"The Authorization in the request header does not comply with the Tencent Cloud standard."}
	fields, found := strings.CutPrefix(header, algorithm+" ")
	if !found {
		return a, malformed
	}
	values := map[string]string{}
	for field := range strings.SplitSeq(fields, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(field), "=")
		values[name] = value
	}
	scope := strings.Split(values["Credential"], "/")
	if len(scope) != 4 || scope[0] == "" || scope[3] != "tc3_request" || values["Signature"] == "" {
		return a, malformed
	}
	a = authorization{scope[0], scope[1], scope[2], strings.Split(values["SignedHeaders"], ";"), values["Signature"]}
	if !slices.Contains(a.signedHeaders, "content-type") || !slices.Contains(a.signedHeaders, "host") ||
		!slices.IsSorted(a.signedHeaders) {
		return a, malformed
	}
	return a, nil
}

// authenticate verifies the timestamp and the TC3 signature, and returns the secret id. The signature covers the
// headers that the client lists: names and values lower-cased and trimmed, and the host exactly as sent, port
// included.
func (s *Simulator) authenticate(r *http.Request, service string, body []byte, now time.Time) (string, *apiError) {
	stamp := r.Header.Get("X-TC-Timestamp")
	if stamp == "" {
		return "", &apiError{"MissingParameter", "The request is missing the header `X-TC-Timestamp`."}
	}
	seconds, err := strconv.ParseInt(stamp, 10, 64)
	if err != nil {
		return "", &apiError{"InvalidParameter", "The header `X-TC-Timestamp` is not a number of seconds."}
	}
	header := r.Header.Get("Authorization")
	if header == "" {
		return "", &apiError{"MissingParameter", "The request is missing the header `Authorization`."}
	}
	a, fault := parseAuthorization(header)
	if fault != nil {
		return "", fault
	}
	at := time.Unix(seconds, 0).UTC()
	if off := now.Sub(at); off > skew || off < -skew {
		return a.secretID, &apiError{"AuthFailure.SignatureExpire",
			"Signature expired: the timestamp is more than 300 seconds from the server's time."}
	}
	key, known := s.key(a.secretID)
	if !known {
		return a.secretID, &apiError{"AuthFailure.SecretIdNotFound",
			"The SecretId is not found, please ensure that your SecretId is correct."}
	}
	want := key.sign(a, canonical(r, a, body), stamp)
	if a.date != at.Format(time.DateOnly) || a.service != service || !hmac.Equal([]byte(want), []byte(a.signature)) {
		return a.secretID, &apiError{"AuthFailure.SignatureFailure",
			"The provided credentials could not be validated. Please check your signature is correct."}
	}
	if r.Header.Get("X-TC-Token") != key.Token || !key.Expires.IsZero() && !now.Before(key.Expires) {
		return a.secretID, &apiError{"AuthFailure.TokenFailure", "The token is wrong or has expired."}
	}
	return a.secretID, nil
}

// canonical returns the hash of the canonical request of TC3.
func canonical(r *http.Request, a authorization, body []byte) string {
	var text strings.Builder
	text.WriteString(r.Method + "\n/\n" + r.URL.RawQuery + "\n")
	for _, name := range a.signedHeaders {
		value := r.Header.Get(name)
		if name == "host" {
			value = r.Host
		}
		text.WriteString(name + ":" + strings.ToLower(strings.TrimSpace(value)) + "\n")
	}
	text.WriteString("\n" + strings.Join(a.signedHeaders, ";") + "\n" + hash(body))
	return hash([]byte(text.String()))
}

func (k Key) sign(a authorization, canonical, stamp string) string {
	scope := a.date + "/" + a.service + "/tc3_request"
	secret := keyed(keyed(keyed([]byte("TC3"+k.SecretKey), a.date), a.service), "tc3_request")
	return hex.EncodeToString(keyed(secret, algorithm+"\n"+stamp+"\n"+scope+"\n"+canonical))
}

func hash(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

func keyed(key []byte, text string) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(text))
	return mac.Sum(nil)
}
