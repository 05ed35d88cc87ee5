// Package apisim is a stand-in for Tencent Cloud's MNA API GetFlowStatisticByRegion (version 2021-01-19).
//
// Its one duty is to be an oracle: a server that behaves as the vendor's does, down to the TC3 signature, the
// limit of 20 requests a second and errors inside HTTP 200, and that can say at any time, for any moment, what
// the right numbers are ([Simulator.Truth], GET /control/truth). It shares no code with the extractor, or one bug
// would hide in both.
//
// # Invariant
//
// Every number is a sum of the same atoms, the bytes of one UTC hour, region, gateway and direction, as of the same
// moment. An atom is a pure function of the seed, the moment and the restatements ordered. So at every moment
// uplink + downlink = total, MC + AP + EU + AM = ALL and the hours of a day make the day, and the same seed
// gives the same numbers on every machine, for ever. Settings that only change how an answer looks never change the truth.
//
// # Two clocks
//
// The wall clock ([Options.Wall], shifted by the setting clock_offset) judges signatures and the rate. The data clock
// ([Options.Now], [Simulator.SetNow], PUT /control/now) decides what has happened yet: the newest minutes are empty,
// the hour in progress grows minute by minute, and part of the bytes of some hours arrives up to three days late,
// so that numbers are restated as they are in life. An answer is computed as of the request's arrival, before any latency.
//
// # Keys
//
// At POST / the simulator also is the vendor's token service STS: AssumeRole, signed with any key that is accepted, issues a temporary one.
// From the moment on that it expires, by the server's clock, it is refused with AuthFailure.TokenFailure.
//
// # Control
//
// Beside the API at POST / there is an unsigned JSON interface; it is for tests and demos and must not be reachable by others.
//
//	GET PUT PATCH  /control/settings      Settings; PUT starts from the defaults, PATCH from what holds
//	GET PUT        /control/now           {"now": RFC3339} stands still, {"offset": "-720h"} runs, {} follows Options.Now
//	GET POST DELETE /control/faults       Fault, one or a list
//	GET POST DELETE /control/restatements Restatement, one or a list
//	GET PUT        /control/keys          Key: one more pair of credentials that is accepted (GET names the ids alone)
//	GET DELETE     /control/stats         Stats
//	GET            /control/requests      ?last=N: the newest requests, oldest first
//	GET            /control/truth         ?granularity=&region=&gateway_type=&traffic_type=&from=&to=&as_of=, TSV
//
// What the control interface cannot do it answers with HTTP 400 and {"error": "what to write instead"}, and nothing has changed
// unless the text says so.
package apisim
