package load

import (
	"fmt"
	"strings"

	"github.com/mnaflow/mnaflow/internal/flow"
)

// asFinal says what to do about final figures that differ.
const asFinal = "all are final; if the API restated some between two answers, mnaflow backfill --force brings them together"

// sum is a check of a whole against its parts: values of one dimension, while the others stay.
type sum struct {
	dimension string // column
	parts     []string
	whole     string
	others    []string // columns
	chosen    string   // which facts are read
}

func directionsSQL() string        { return directions().verdicts(sumSQL) }
func directionsSkippedSQL() string { return directions().verdicts(sumSkippedSQL) }
func regionsSQL() string           { return regions().verdicts(sumSQL) }
func regionsSkippedSQL() string    { return regions().verdicts(sumSkippedSQL) }

func directions() sum {
	return sum{
		dimension: "traffic_type", parts: []string{string(flow.Uplink), string(flow.Downlink)}, whole: string(flow.Total),
		others: []string{"account", "granularity", "access_region", "gateway_type"},
		chosen: chosenAccount + " AND " + chosenGranularity + " AND " + chosenRegion + " AND " + chosenGateway,
	}
}

func regions() sum {
	return sum{
		dimension: "access_region",
		parts:     []string{string(flow.MainlandChina), string(flow.AsiaPacific), string(flow.Europe), string(flow.America)}, whole: string(flow.AllRegions),
		others: []string{"account", "granularity", "gateway_type", "traffic_type"},
		chosen: chosenAccount + " AND " + chosenGranularity + " AND " + chosenGateway + " AND " + chosenType,
	}
}

// verdicts fills in one of the statements below: to compare bucket by bucket, or to skip what the configuration lacks a part of.
func (s sum) verdicts(statement string) string {
	var names, parts []string
	for _, p := range s.parts {
		names = append(names, quote(p))
		parts = append(parts, fmt.Sprintf("sumIf(toInt128(bytes), %s = %s)", s.dimension, quote(p)))
	}
	together, array := strings.Join(s.parts, " + "), "["+strings.Join(names, ", ")+"]"
	ofPart := drift("p", "(whole - together + p)", "name", quote("what "+s.whole+" leaves for it"), len(s.parts))
	return strings.NewReplacer(
		"%OTHERS", strings.Join(s.others, ", "), "%DIMENSION", s.dimension, "%NAMES", array, "%PARTS", "["+strings.Join(parts, ", ")+"]",
		"%WHOLE", quote(s.whole), "%COMPARED", quote(together+" = "+s.whole), "%COUNT", fmt.Sprint(len(s.parts)+1),
		"%CHOSEN", s.chosen, "%RANGE", inRange, "%ZONE", presentZone, "%OFSUM", drift("together", "whole", quote(together), quote(s.whole), len(s.parts)),
		"%ADVICE", quote(asFinal), "%OFPART", "arrayFirst(w -> w != '', arrayMap((p, name) -> "+ofPart+", parts, "+array+"))",
	).Replace(statement)
}

const sumSQL = `
    SELECT %OTHERS, '' AS %DIMENSION, bucket AS begin, toDateTime(0, 'UTC') AS ended, %COMPARED AS compared,
        multiIf(rows < %COUNT, 'skipped', abs(together - whole) <= tolerance, 'passed', final, 'failed', 'pending') AS verdict,
        if(rows < %COUNT, NULL, together) AS lhs, if(rows < %COUNT, NULL, whole) AS rhs,
        multiIf(verdict = 'passed', '', verdict = 'skipped', 'not all parts are loaded', verdict = 'pending', 'not all parts are final, and values may still move',
            %OFSUM != '', %OFSUM, %OFPART != '', %OFPART, %ADVICE) AS words,
        1 AS n
    FROM
    (
        SELECT %OTHERS, bucket, %PARTS AS parts, arraySum(parts) AS together, sumIf(toInt128(bytes), %DIMENSION = %WHOLE) AS whole,
            count() AS rows, min(is_final) AS final,
            -- Values with a fraction were each rounded to the byte; above 2^53 the API's own numbers have gaps.
            if(account IN (SELECT account FROM ledger WHERE rounded > 0), %COUNT, 0) + if(whole > 9007199254740992, intDiv(whole, 1000000000), 0) AS tolerance
        FROM facts FINAL
        WHERE %CHOSEN AND %RANGE AND %ZONE
            AND (%OTHERS) IN (SELECT %OTHERS FROM series FINAL WHERE configured GROUP BY %OTHERS HAVING uniqExact(%DIMENSION) = %COUNT)
        GROUP BY %OTHERS, bucket
    )
`

const sumSkippedSQL = `
    SELECT %OTHERS, '' AS %DIMENSION, greatest(min(expected_from), {from:DateTime('UTC')}) AS begin, least(now('UTC'), {to:DateTime('UTC')}) AS ended,
        %COMPARED AS compared, 'skipped' AS verdict, CAST(NULL AS Nullable(Int128)) AS lhs, CAST(NULL AS Nullable(Int128)) AS rhs,
        concat('the configuration does not extract ',
            arrayStringConcat(arrayFilter(v -> NOT has(groupUniqArrayIf(part, configured), v), arrayConcat(%NAMES, [%WHOLE])), ', ')) AS words, 0 AS n
    FROM (SELECT * EXCEPT %DIMENSION, toString(%DIMENSION) AS part FROM series FINAL WHERE %CHOSEN)
    GROUP BY %OTHERS HAVING uniqExactIf(part, configured) < %COUNT`

// drift is an expression that says whether one of two figures is the other in another unit: bits, or a power of 1000 or 1024; empty where not.
// Their names are expressions too. Each of so many parts may have been rounded in the smaller unit.
func drift(a, b, nameOfA, nameOfB string, parts int) string {
	var factors []string
	for _, f := range []struct{ factor, words string }{
		{"8", "8 times (bits for bytes?)"},
		{"1000", "1000 times"}, {"1000000", "1000² times"}, {"1000000000", "1000³ times"}, {"1000000000000", "1000⁴ times"},
		{"1024", "1024 times"}, {"1048576", "1024² times"}, {"1073741824", "1024³ times"}, {"1099511627776", "1024⁴ times"},
	} {
		factors = append(factors, "("+f.factor+"., "+quote(f.words)+")")
	}
	const text = `arrayFirst(w -> w != '', arrayMap(unit -> multiIf(
            least(%A, %B) < 100 * %N, '',
            abs(toFloat64(%A) - unit.1 * toFloat64(%B)) <= unit.1 * %N + 1e-6 * toFloat64(%A), concat(%NA, ' is ', unit.2, ' ', %NB),
            abs(toFloat64(%B) - unit.1 * toFloat64(%A)) <= unit.1 * %N + 1e-6 * toFloat64(%B), concat(%NB, ' is ', unit.2, ' ', %NA),
            ''), [%FACTORS]))`
	return strings.NewReplacer("%A", a, "%B", b, "%NA", nameOfA, "%NB", nameOfB, "%N", fmt.Sprint(parts), "%FACTORS", strings.Join(factors, ", ")).Replace(text)
}
