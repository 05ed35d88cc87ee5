package load

import (
	"encoding/binary"

	"github.com/cespare/xxhash/v2"

	"github.com/mnaflow/mnaflow/internal/flow"
)

// checksum returns the sum of the hashes of facts, as verify computes it again from what is stored. It wraps at 64
// bits, and the order of the facts does not matter. A sum of bytes does not notice that two days have changed places;
// this one does, since each hash covers the bucket too.
//
// A fact is hashed as 16 bytes, the lowest first: twice the bucket in seconds since 1970 plus 1 if it is reported, then
// its bytes. See the template "hash" in internal/audit/sql/shared.sql.
func checksum(facts []flow.Fact) uint64 {
	var sum uint64
	for _, f := range facts {
		bucket := uint64(f.Bucket.Unix()) * 2
		if f.Reported {
			bucket++
		}
		var row [16]byte
		binary.LittleEndian.PutUint64(row[:8], bucket)
		binary.LittleEndian.PutUint64(row[8:], f.Bytes)
		sum += xxhash.Sum64(row[:])
	}
	return sum
}
