package apisim

import (
	"bytes"
	"cmp"
	"crypto/rand"
	"encoding/json"
	"net/http"
	"regexp"
	"time"
)

// The vendor's bounds on the life of a temporary key, in seconds.
const (
	defaultKeySeconds = 7200
	longestKeySeconds = 43200
)

var roleARN = regexp.MustCompile(`^qcs::cam::uin/\d+:(roleName|role)/[\w.+=,@-]+$`)

// answerRole answers AssumeRole of STS: it issues a temporary key for a role. Every key may take every role.
func (s *Simulator) answerRole(c *call, body []byte) {
	life, fault := parseRole(body)
	rule, struck := s.strike(c, request{}, false, 0)
	if struck {
		c.faultKind = rule.Kind
		c.log.RequestID = cmp.Or(rule.RequestID, c.log.RequestID)
	}
	s.delay(c, time.Duration(rule.Latency))
	replaced := struck && rule.Kind != FaultSlow // all other kinds that act without points replace the answer
	if fault != nil && !replaced {
		c.fail(http.StatusOK, *fault)
		return
	}
	if most := time.Duration(c.set.KeyLife); most > 0 {
		life = min(life, most)
	}
	key := Key{
		SecretID: "AKIDtmp" + rand.Text(), SecretKey: rand.Text(), Token: rand.Text() + rand.Text(),
		Expires: c.log.Wall.Add(life).Truncate(time.Second),
	}
	answer := writeRole(key, c.log.RequestID)
	if replaced {
		c.replace(rule, answer)
		return
	}
	s.AddKey(key)
	c.log.Outcome = outcomeOK
	c.send(http.StatusOK, "application/json", answer)
}

// parseRole returns the requested life of the key.
func parseRole(body []byte) (time.Duration, *apiError) {
	wanted := struct {
		RoleArn, RoleSessionName string
		DurationSeconds          int64
	}{DurationSeconds: defaultKeySeconds}
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.DisallowUnknownFields()
	switch err := decoder.Decode(&wanted); {
	case err != nil:
		return 0, &apiError{"InvalidParameter",
			"The request body is not an object of RoleArn, RoleSessionName and DurationSeconds."}
	case wanted.RoleArn == "" || wanted.RoleSessionName == "":
		return 0, &apiError{"MissingParameter", "The request is missing RoleArn or RoleSessionName."}
	case !roleARN.MatchString(wanted.RoleArn):
		return 0, &apiError{"InvalidParameter.ParamError", "The RoleArn is not one."}
	case wanted.DurationSeconds < 1 || wanted.DurationSeconds > longestKeySeconds:
		return 0, &apiError{"InvalidParameter.OverTimeError", "DurationSeconds is not between 1 and 43200."}
	}
	return time.Duration(wanted.DurationSeconds) * time.Second, nil
}

func writeRole(k Key, requestID string) []byte {
	type credentials struct{ Token, TmpSecretId, TmpSecretKey string }
	type response struct {
		Credentials credentials
		ExpiredTime int64
		Expiration  time.Time
		RequestId   string
	}
	body, _ := json.Marshal(map[string]response{ // strings and numbers cannot fail
		"Response": {credentials{k.Token, k.SecretID, k.SecretKey}, k.Expires.Unix(), k.Expires, requestID},
	})
	return body
}
