package extract

import (
	"strings"
	"testing"

	"github.com/mnaflow/mnaflow/internal/flow"
)

// FuzzDecode: any body gives either an answer with a request id or an error with a class and a text of one line.
func FuzzDecode(f *testing.F) {
	for _, seed := range []string{
		``, `{}`, `null`, `[]`, `{"Response":null}`, `{"Response":{}}`, `{"Response":[]}`, `<html>`, "\x1f\x8b",
		body(`[]`, ``), body(`null`, ``), body(`[null]`, ``), body(`{}`, ``),
		body(`[{"Current":5,"Time":"1735259400"}]`, `,"MaxValue":5,"AvgValue":5,"TotalValue":5`),
		body(`[{"Current":"5","Time":1735259400}]`, `,"MaxValue":"5","AvgValue":null,"TotalValue":5e0`),
		body(`[{"Current":9007199254740993.5,"Time":"-1"}]`, `,"MaxValue":1e999`),
		body(`[{"Current":1e-999999999,"Time":9223372036854775807}]`, ``),
		body(`[{"Current":"0x1p3","Time":"\u0031"}]`, ``),
		`{"Response":{"Error":{"Code":"RequestLimitExceeded.UinLimitExceeded",` +
			`"Message":"slow\ndown"},"RequestId":"r-1"}}`,
		`{"Response":{"Error":{"Code":"\n","Message":"\u0000"},"RequestId":"r-1"}}`,
	} {
		f.Add([]byte(seed))
	}
	known := map[flow.Class]bool{
		flow.Transient: true, flow.Throttled: true, flow.Refused: true, flow.Rejected: true, flow.Denied: true,
		flow.Disagrees: true,
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		answer, err := decode(body)
		if err == nil {
			if answer.RequestID == "" || answer.Points == nil {
				t.Errorf("an answer without a request id or a list of points: %+v", answer)
			}
			return
		}
		if !known[err.class] || len(answer.Points) != 0 {
			t.Errorf("class %q with %d points", err.class, len(answer.Points))
		}
		if text := err.Error(); text == "" || strings.ContainsAny(text, "\r\n") || len(text) > 2000 {
			t.Errorf("error of %d characters: %q", len(text), text)
		}
	})
}
