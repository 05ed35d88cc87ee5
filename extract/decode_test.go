package extract

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mnaflow/mnaflow/internal/flow"
)

// body is an answer with points and totals.
func body(details, totals string) string {
	return `{"Response":{"NetDetails":` + details + totals + `,"RequestId":"r-1"}}`
}

func TestDecodeAnswers(t *testing.T) {
	at := time.Date(2024, 12, 27, 0, 30, 0, 0, time.UTC) // 1735259400, of the vendor's own example
	one := []flow.Point{{Time: at, Bytes: 5}}
	for _, c := range []struct {
		what, body string
		want       flow.Answer
	}{
		{"Time as a string", body(`[{"Current":5,"Time":"1735259400"}]`, ""), flow.Answer{Points: one}},
		{"Time as a number", body(`[{"Current":5,"Time":1735259400}]`, ""), flow.Answer{Points: one}},
		{"Current as a string", body(`[{"Current":"5","Time":"1735259400"}]`, ""), flow.Answer{Points: one}},
		{"Current as a float", body(`[{"Current":5.0,"Time":"1735259400"}]`, ""), flow.Answer{Points: one}},
		{"Current with an exponent", body(`[{"Current":0.5e1,"Time":"1735259400"}]`, ""), flow.Answer{Points: one}},
		{"fields unknown to us", body(`[{"Current":5,"Time":"1735259400","Unit":"B"}]`, `,"Period":3600`),
			flow.Answer{Points: one}},
		{"before 1970", body(`[{"Current":5,"Time":"-3600"}]`, ""),
			flow.Answer{Points: []flow.Point{{Time: time.Unix(-3600, 0).UTC(), Bytes: 5}}}},
		{"a fraction", body(`[{"Current":4.5,"Time":"1735259400"}]`, ""),
			flow.Answer{Points: []flow.Point{{Time: at, Bytes: 5, Fractional: true}}}},
		{"above 2^53", body(`[{"Current":9007199254740993,"Time":"1735259400"}]`, ""),
			flow.Answer{Points: []flow.Point{{Time: at, Bytes: 1<<53 + 1}}}},
		{"the largest of all", body(`[{"Current":18446744073709551615,"Time":"1735259400"}]`, ""),
			flow.Answer{Points: []flow.Point{{Time: at, Bytes: 1<<64 - 1}}}},
		{"in the order of the API",
			body(`[{"Current":2,"Time":"7200"},{"Current":1,"Time":"3600"},{"Current":1,"Time":"3600"}]`, ""),
			flow.Answer{Points: []flow.Point{
				{Time: time.Unix(7200, 0).UTC(), Bytes: 2}, {Time: time.Unix(3600, 0).UTC(), Bytes: 1},
				{Time: time.Unix(3600, 0).UTC(), Bytes: 1},
			}}},
		{"empty list", body(`[]`, ""), flow.Answer{Points: []flow.Point{}}},
		{"null for an empty list", body(`null`, ""), flow.Answer{Points: []flow.Point{}}},
		{"totals", body(`[]`, `,"MaxValue":1,"AvgValue":2.5,"TotalValue":3e3`),
			flow.Answer{Points: []flow.Point{}, Max: new(float64(1)), Avg: new(2.5), Total: new(float64(3000))}},
		{"totals as strings", body(`[]`, `,"MaxValue":"1","AvgValue":"2.5","TotalValue":"3"`),
			flow.Answer{Points: []flow.Point{}, Max: new(float64(1)), Avg: new(2.5), Total: new(float64(3))}},
		{"totals of zero", body(`[]`, `,"MaxValue":0,"AvgValue":0,"TotalValue":0`),
			flow.Answer{Points: []flow.Point{}, Max: new(float64(0)), Avg: new(float64(0)), Total: new(float64(0))}},
		{"totals null", body(`[]`, `,"MaxValue":null,"AvgValue":null,"TotalValue":null`),
			flow.Answer{Points: []flow.Point{}}},
		{"no error, spelt out", body(`[]`, `,"Error":null`), flow.Answer{Points: []flow.Point{}}},
	} {
		t.Run(c.what, func(t *testing.T) {
			c.want.RequestID = "r-1"
			got, err := decode([]byte(c.body))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("answer (-want +got):\n%s", diff)
			}
		})
	}
}

func TestDecodeFaults(t *testing.T) {
	const id = "r-1"
	point := func(current, time string) string { return body(`[{"Current":`+current+`,"Time":`+time+`}]`, "") }
	for _, c := range []struct {
		what, body string
		class      flow.Class
		id, text   string
	}{
		{"nothing", ``, flow.Transient, "",
			"the answer of 0 bytes is not the API's JSON: unexpected end of JSON input"},
		{"HTML", `<html>`, flow.Transient, "",
			"the answer of 6 bytes is not the API's JSON: invalid character '<' looking for beginning of value"},
		{"cut short", `{"Response":{"NetDe`, flow.Transient, "",
			"the answer of 19 bytes is not the API's JSON: unexpected end of JSON input"},
		{"null", `null`, flow.Transient, "", "the answer of 4 bytes has no Response"},
		{"an empty object", `{}`, flow.Transient, "", "the answer of 2 bytes has no Response"},
		{"a null Response", `{"Response":null}`, flow.Transient, "", "the answer of 17 bytes has no Response"},
		{"an empty Response", `{"Response":{}}`, flow.Transient, "", "the answer of 15 bytes has no RequestId"},
		{"no NetDetails at all", `{"Response":{"Details":[],"RequestId":"r-1"}}`, flow.Disagrees, id,
			"the answer has no NetDetails"},
		{"no request id", `{"Response":{"NetDetails":[]}}`, flow.Transient, "",
			"the answer of 30 bytes has no RequestId"},
		{"another API's", `{"code":4000,"message":"no"}`, flow.Transient, "", "the answer of 28 bytes has no Response"},
		{"an error", `{"Response":{"Error":{"Code":"UnauthorizedOperation.X","Message":"a\n b"},"RequestId":"r-1"}}`,
			flow.Denied, id,
			"the API answered UnauthorizedOperation.X: a b; grant the key mna:GetFlowStatisticByRegion (policy " +
				"QcloudMNAReadOnlyAccess)"},
		{"an error beside points",
			`{"Response":{"Error":{"Code":"InternalError","Message":"x"},"NetDetails":[],"RequestId":"r-1"}}`,
			flow.Transient, id, "the API answered InternalError: x"},
		{"an error without an id", `{"Response":{"Error":{"Code":"InternalError","Message":"x"}}}`, flow.Transient, "",
			"the API answered InternalError: x"},
		{"an error without a code", `{"Response":{"Error":{"Code":"","Message":"x"},"RequestId":"r-1"}}`,
			flow.Transient, id, "the API answered an error without a code: x"},
		{"an error that is empty", `{"Response":{"Error":{},"RequestId":"r-1"}}`, flow.Transient, id,
			"the API answered an error without a code"},
		{"an error without a message", `{"Response":{"Error":{"Code":"InternalError","Message":" "},"RequestId":"r-1"}}`,
			flow.Transient, id, "the API answered InternalError"},
		{"a time in words", point(`5`, `"yesterday"`), flow.Disagrees, id,
			`point 0: Time "yesterday" is not epoch seconds`},
		{"a time with a fraction", point(`5`, `1735259400.5`), flow.Disagrees, id,
			`point 0: Time 1735259400.5 is not epoch seconds`},
		{"a time beyond 64 bits", point(`5`, `99999999999999999999`), flow.Disagrees, id,
			`point 0: Time 99999999999999999999 is not epoch seconds`},
		{"a time of null", point(`5`, `null`), flow.Disagrees, id, `point 0: Time null is not epoch seconds`},
		{"no time", body(`[{"Current":5}]`, ""), flow.Disagrees, id, `point 0: Time  is not epoch seconds`},
		{"no value", body(`[{"Time":"3600"}]`, ""), flow.Disagrees, id, `point 0: Current : not a number of bytes`},
		{"a value of null", point(`null`, `"3600"`), flow.Disagrees, id,
			`point 0: Current null: not a number of bytes`},
		{"a value in words", point(`"many"`, `"3600"`), flow.Disagrees, id,
			`point 0: Current "many": not a number of bytes`},
		{"a value that is a list", point(`[5]`, `"3600"`), flow.Disagrees, id,
			`point 0: Current [5]: not a number of bytes`},
		{"negative", point(`-1`, `"3600"`), flow.Disagrees, id, `point 0: Current -1: negative`},
		{"less than nothing", point(`-0.1`, `"3600"`), flow.Disagrees, id, `point 0: Current -0.1: negative`},
		{"1e30", point(`1e30`, `"3600"`), flow.Disagrees, id, `point 0: Current 1e30: more bytes than 64 bits hold`},
		{"2^64", point(`18446744073709551616`, `"3600"`), flow.Disagrees, id,
			`point 0: Current 18446744073709551616: more bytes than 64 bits hold`},
		{"the second point", body(`[{"Current":5,"Time":"0"},{"Current":-5,"Time":"3600"}]`, ""), flow.Disagrees, id,
			`point 1: Current -5: negative`},
		{"a point of null", body(`[null]`, ""), flow.Disagrees, id, `point 0: Time  is not epoch seconds`},
		{"a total in words", body(`[]`, `,"TotalValue":"none"`), flow.Disagrees, id,
			`TotalValue "none" is not a number`},
		{"a maximum of NaN", body(`[]`, `,"MaxValue":"NaN"`), flow.Disagrees, id, `MaxValue "NaN" is not a number`},
		{"an average beyond all floats", body(`[]`, `,"AvgValue":1e999`), flow.Disagrees, id,
			`AvgValue 1e999 is not a number`},
		{"an infinite total", body(`[]`, `,"TotalValue":"-Inf"`), flow.Disagrees, id,
			`TotalValue "-Inf" is not a number`},
	} {
		t.Run(c.what, func(t *testing.T) {
			answer, err := decode([]byte(c.body))
			if err == nil {
				t.Fatalf("decoded as %+v", answer)
			}
			if err.class != c.class || err.requestID != c.id || err.Error() != c.text {
				t.Errorf("%s, %q: %s\nwant %s, %q: %s", err.class, err.requestID, err, c.class, c.id, c.text)
			}
			if len(answer.Points) != 0 {
				t.Errorf("%d points beside the error", len(answer.Points))
			}
		})
	}
}
