package extract

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"
	"time"

	"github.com/mnaflow/mnaflow/internal/flow"
)

// envelope is the API's answer or error; both come with HTTP status 200.
type envelope struct {
	Response *struct {
		Error *struct {
			Code    string
			Message string
		}
		NetDetails                     details
		MaxValue, AvgValue, TotalValue json.RawMessage
		RequestId                      string
	}
}

// details are the points. [] and null both mean "no traffic". A missing field does not: it is the answer of some
// other action, so given records whether the field was there.
type details struct {
	given  bool
	points []struct{ Current, Time json.RawMessage }
}

func (d *details) UnmarshalJSON(data []byte) error {
	d.given = true
	return json.Unmarshal(data, &d.points)
}

// decode reads the body of one answer.
//
// A body without an API envelope comes from a proxy or was cut short: the error is transient. A point that cannot be
// read makes the whole answer unbelievable: the error is of class Disagrees. The server knows the secrets and might
// echo them, so decode masks them in every text.
func decode(body []byte, secrets ...string) (flow.Answer, *apiError) {
	f := foreign(secrets)
	var e envelope
	if err := json.Unmarshal(body, &e); err != nil {
		return flow.Answer{}, &apiError{class: flow.Transient,
			err: fmt.Errorf("the answer of %d bytes is not the API's JSON: %w", len(body), err)}
	}
	if e.Response == nil {
		return flow.Answer{}, &apiError{class: flow.Transient,
			err: fmt.Errorf("the answer of %d bytes has no Response", len(body))}
	}
	r := e.Response
	r.RequestId = f.text(r.RequestId, mostID)
	if r.Error != nil && r.Error.Code == "" {
		return flow.Answer{}, &apiError{
			class: flow.Transient, requestID: r.RequestId,
			err: fmt.Errorf("the API answered an error without a code%s", f.said(r.Error.Message)),
		}
	}
	if r.Error != nil {
		code := f.text(r.Error.Code, mostCode)
		return flow.Answer{}, &apiError{
			class: classify(code), code: code, requestID: r.RequestId,
			err: fmt.Errorf("the API answered %s%s", code, f.said(r.Error.Message)),
		}
	}
	if r.RequestId == "" {
		return flow.Answer{}, &apiError{class: flow.Transient,
			err: fmt.Errorf("the answer of %d bytes has no RequestId", len(body))}
	}
	answer := flow.Answer{RequestID: r.RequestId, Points: make([]flow.Point, 0, len(r.NetDetails.points))}
	refuse := func(format string, args ...any) (flow.Answer, *apiError) {
		return flow.Answer{}, &apiError{class: flow.Disagrees, requestID: r.RequestId, err: fmt.Errorf(format, args...)}
	}
	if !r.NetDetails.given {
		return refuse("the answer has no NetDetails")
	}
	for i, d := range r.NetDetails.points {
		seconds, err := strconv.ParseInt(unquote(d.Time), 10, 64)
		if err != nil {
			return refuse("point %d: Time %s is not epoch seconds", i, f.value(d.Time))
		}
		n, fractional, err := parseBytes(unquote(d.Current))
		if err != nil {
			return refuse("point %d: Current %s: %w", i, f.value(d.Current), err)
		}
		answer.Points = append(answer.Points, flow.Point{Time: time.Unix(seconds, 0).UTC(), Bytes: n,
			Fractional: fractional})
	}
	for _, total := range []struct {
		name string
		raw  json.RawMessage
		to   **float64
	}{{"MaxValue", r.MaxValue, &answer.Max}, {"AvgValue", r.AvgValue, &answer.Avg},
		{"TotalValue", r.TotalValue, &answer.Total}} {
		if text := unquote(total.raw); text != "" && text != "null" {
			v, err := strconv.ParseFloat(text, 64)
			if err != nil || math.IsNaN(v) || math.IsInf(v, 0) {
				return refuse("%s %s is not a number", total.name, f.value(total.raw))
			}
			*total.to = &v
		}
	}
	return answer, nil
}

// parseBytes reads a decimal number of bytes exactly and rounds it half up. A float64 would lose single bytes above
// 2^53 (9 PB).
func parseBytes(text string) (bytes uint64, fractional bool, err error) {
	if n, err := strconv.ParseUint(text, 10, 64); err == nil {
		return n, false, nil
	}
	f, err := strconv.ParseFloat(text, 64)
	switch {
	case err != nil || strings.Trim(text, "0123456789.eE+-") != "": // Go also reads NaN, 0x1p3 and 1_000
		return 0, false, fmt.Errorf("not a number of bytes")
	case f < 0:
		return 0, false, fmt.Errorf("negative")
	case f > 1<<64:
		return 0, false, fmt.Errorf("more bytes than 64 bits hold")
	case f < 0.25: // must precede big.Rat, which 1e-999999999 would make fill the memory
		digits, _, _ := strings.Cut(strings.ToLower(text), "e")
		return 0, strings.ContainsAny(digits, "123456789"), nil
	}
	exact, ok := new(big.Rat).SetString(text)
	if !ok {
		return 0, false, fmt.Errorf("not a decimal number of bytes")
	}
	half := big.NewRat(1, 2)
	sum := new(big.Rat).Add(exact, half)
	n := new(big.Int).Quo(sum.Num(), sum.Denom())
	if !n.IsUint64() {
		return 0, false, fmt.Errorf("more bytes than 64 bits hold")
	}
	return n.Uint64(), !exact.IsInt(), nil
}

// unquote returns the text of a JSON number or the content of a JSON string: the API writes Time as a string.
func unquote(raw json.RawMessage) string {
	var text string
	if bytes.IndexByte(raw, '\\') >= 0 && json.Unmarshal(raw, &text) == nil {
		return text
	}
	return strings.Trim(string(raw), `"`)
}
