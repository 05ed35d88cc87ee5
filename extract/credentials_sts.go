package extract

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common"

	"github.com/mnaflow/mnaflow/internal/flow"
)

// askSTS requests a temporary key, once. An error starts with doing; one that a retry does not help ends with advice.
func askSTS(
	ctx context.Context, sts *signer, caller common.CredentialIface, r *roleRequest, doing, advice string,
) (issued, *apiError) {
	f := secretsOf(caller)
	if r.WebIdentityToken != nil {
		f = append(f, *r.WebIdentityToken)
	}
	got, err := sts.send(ctx, caller, r)
	if err != nil {
		if cause := context.Cause(ctx); cause != nil {
			err = cause
		}
		return issued{}, &apiError{class: flow.Transient,
			err: fmt.Errorf("%s: %w", doing, flow.ForeignError(err, mostText, f...))}
	}
	var e struct {
		Response struct {
			Error       struct{ Code, Message string }
			Credentials struct{ TmpSecretId, TmpSecretKey, Token string }
			ExpiredTime int64
			RequestId   string
		}
	}
	broken := json.Unmarshal(got.body, &e) != nil // drop the JSON error: it may quote the key
	answer := e.Response
	answer.RequestId = f.text(answer.RequestId, mostID)
	refuse := func(class flow.Class, err error) (issued, *apiError) {
		err = fmt.Errorf("%s: %w", doing, err)
		if class = ofIssuing(class); class == flow.Denied {
			err = fmt.Errorf("%w; %s", err, advice)
		}
		return issued{}, &apiError{class: class, requestID: answer.RequestId, err: err}
	}
	if code := f.text(answer.Error.Code, mostCode); code != "" {
		said := &apiError{class: classify(code), code: code, clockOff: got.clockOff,
			err: fmt.Errorf("STS answered %s%s", code, f.said(answer.Error.Message))}
		if code == codeSignatureExpire {
			return issued{}, &apiError{class: flow.Denied, requestID: answer.RequestId,
				err: fmt.Errorf("%s: %w", doing, said)}
		}
		return refuse(said.final(), said.err)
	}
	key := answer.Credentials
	if broken || key.TmpSecretId == "" || key.TmpSecretKey == "" {
		if failure := classifyStatus(got.status); failure != nil {
			return refuse(failure.class, failure.err)
		}
		return refuse(flow.Transient, fmt.Errorf("an answer of %d bytes that holds no key", len(got.body)))
	}
	return issued{common.NewTokenCredential(key.TmpSecretId, key.TmpSecretKey, key.Token),
		life(answer.ExpiredTime, got.clockOff)}, nil
}

// ofIssuing maps the class of a token service's error to one of two: Transient, or Denied, which stops the account.
func ofIssuing(c flow.Class) flow.Class {
	if c == flow.Transient || c == flow.Throttled { // STS has its own limit: do not slow down the requests to MNA
		return flow.Transient
	}
	return flow.Denied
}

// life is how long a key has still to live. expires is in epoch seconds of the service's clock.
func life(expires int64, clockOff time.Duration) time.Duration {
	return time.Until(time.Unix(expires, 0)) + clockOff
}
