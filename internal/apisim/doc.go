// Package apisim simulates Tencent Cloud's MNA API GetFlowStatisticByRegion (version 2021-01-19).
//
// Its one duty is to be an oracle. It behaves like the vendor's server, down to the TC3 signature, the limit of 20
// requests a second and errors inside HTTP 200, and it can tell the right numbers as of any moment
// ([Simulator.Truth], GET /control/truth). It shares no code with package extract, or a bug of both would go unnoticed.
//
// # Invariant
//
// Every number is a sum of atoms as of one moment. An atom is the bytes of one UTC hour, region, gateway and
// direction, and a pure function of the seed, the moment and the restatements. So at every moment uplink + downlink =
// total, MC + AP + EU + AM = ALL, and the hours of a day sum to the day; and a seed gives the same numbers on every
// machine and in every version. Settings that only change how an answer looks never change the truth.
//
// # Two clocks
//
// The wall clock ([Options.Wall], shifted by the setting clock_offset) is for signatures and the rate limit. The data
// clock ([Options.Now], [Simulator.SetNow], PUT /control/now) decides which data exist: the newest minutes are empty,
// the hour in progress grows minute by minute, and some hours get part of their bytes up to three days late, which
// restates them as in reality. An answer is computed as of the request's arrival, before any latency.
//
// # Keys
//
// POST / also serves AssumeRole of the vendor's token service STS. Signed with any accepted key, it issues a
// temporary key. Once that has expired, by the server's clock, requests with it get AuthFailure.TokenFailure.
//
// # Control
//
// There is also an unsigned JSON interface, for tests and demos. Do not expose it to others.
//
//	GET PUT PATCH  /control/settings      Settings; PUT starts from the defaults, PATCH from the present ones
//	GET PUT        /control/now           {"now": RFC3339} stops it, {"offset": "-720h"} or {} lets it run
//	GET POST DELETE /control/faults       one Fault or a list
//	GET POST DELETE /control/restatements one Restatement or a list
//	GET PUT        /control/keys          Key: adds an accepted key (GET returns the ids alone)
//	GET DELETE     /control/stats         Stats
//	GET            /control/requests      ?last=N: the newest N requests, oldest first
//	GET            /control/truth         ?granularity=&region=&gateway_type=&traffic_type=&from=&to=&as_of=, TSV
//
// The answer to a wrong request is HTTP 400 with {"error": "what to write instead"}. Nothing has changed then, unless
// the text says so.
package apisim
