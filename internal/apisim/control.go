package apisim

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"
)

// controlRoutes serves the control interface; see the package comment.
func (s *Simulator) controlRoutes() http.Handler {
	mux := http.NewServeMux()
	handle := func(pattern string, do func(r *http.Request) (any, error)) {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			r.Body = http.MaxBytesReader(w, r.Body, maxBody)
			value, err := do(r)
			if err != nil {
				writeJSON(w, http.StatusBadRequest, map[string]string{"error": err.Error()})
				return
			}
			writeJSON(w, http.StatusOK, value)
		})
	}
	handle("GET /control/settings", func(*http.Request) (any, error) { return s.Settings(), nil })
	handle("PUT /control/settings", func(r *http.Request) (any, error) { return s.configureFrom(r, DefaultSettings()) })
	handle("PATCH /control/settings", func(r *http.Request) (any, error) { return s.configureFrom(r, s.Settings()) })

	handle("GET /control/now", func(*http.Request) (any, error) { return map[string]time.Time{"now": s.Now()}, nil })
	handle("PUT /control/now", s.putNow)

	handle("GET /control/faults", func(*http.Request) (any, error) { return s.Faults(), nil })
	handle("POST /control/faults", func(r *http.Request) (any, error) {
		rules, err := readList[Fault](r)
		if err == nil {
			err = s.AddFaults(rules...)
		}
		return s.Faults(), err
	})
	handle("DELETE /control/faults", func(*http.Request) (any, error) { s.ClearFaults(); return s.Faults(), nil })

	handle("GET /control/restatements", func(*http.Request) (any, error) { return s.Restatements(), nil })
	handle("POST /control/restatements", func(r *http.Request) (any, error) {
		orders, err := readList[Restatement](r)
		for i, order := range orders {
			if err = s.Restate(order); err != nil {
				err = fmt.Errorf("restatement %d (those before it hold): %w", i, err)
				break
			}
		}
		return s.Restatements(), err
	})
	handle("DELETE /control/restatements", func(*http.Request) (any, error) {
		s.ClearRestatements()
		return s.Restatements(), nil
	})

	handle("GET /control/keys", func(*http.Request) (any, error) { return s.keyIDs(), nil })
	handle("PUT /control/keys", func(r *http.Request) (any, error) {
		var k Key
		if err := readJSON(r, &k); err != nil {
			return nil, err
		}
		if k.SecretID == "" || k.SecretKey == "" {
			return nil, errors.New("a key needs secret_id and secret_key")
		}
		s.AddKey(k)
		return s.keyIDs(), nil
	})

	handle("GET /control/stats", func(*http.Request) (any, error) { return s.Stats(), nil })
	handle("DELETE /control/stats", func(*http.Request) (any, error) { s.ResetStats(); return s.Stats(), nil })
	handle("GET /control/requests", func(r *http.Request) (any, error) {
		last := 100
		if text := r.URL.Query().Get("last"); text != "" {
			n, err := strconv.Atoi(text)
			if err != nil || n < 1 {
				return nil, fmt.Errorf("last=%q: write a number from 1 on", text)
			}
			last = n
		}
		return s.Requests(last), nil
	})
	mux.HandleFunc("GET /control/truth", s.getTruth)
	return mux
}

func (s *Simulator) configureFrom(r *http.Request, set Settings) (any, error) {
	if err := readJSON(r, &set); err != nil {
		return nil, err
	}
	err := s.Configure(set)
	return s.Settings(), err
}

func (s *Simulator) putNow(r *http.Request) (any, error) {
	var order struct {
		Now    time.Time `json:"now"`
		Offset *Duration `json:"offset"`
	}
	if err := readJSON(r, &order); err != nil {
		return nil, err
	}
	switch {
	case order.Offset == nil:
		s.SetNow(order.Now)
	case order.Now.IsZero():
		s.SetOffset(time.Duration(*order.Offset))
	default:
		return nil, errors.New("now stands still and offset runs: write one of them")
	}
	return map[string]time.Time{"now": s.Now()}, nil
}

func (s *Simulator) keyIDs() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	ids := make([]string, 0, len(s.keys))
	for id := range s.keys {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}

// getTruth streams the rows while it computes them, so that ten years need no memory.
func (s *Simulator) getTruth(w http.ResponseWriter, r *http.Request) {
	q, err := parseQuery(r.URL.Query())
	var all []series
	if err == nil {
		all, err = q.series()
	}
	if err != nil {
		writeJSON(w, http.StatusBadRequest, map[string]string{"error": err.Error()})
		return
	}
	w.Header().Set("Content-Type", "text/tab-separated-values; charset=utf-8")
	out := bufio.NewWriterSize(w, 64<<10)
	_, _ = out.WriteString("granularity\taccess_region\tgateway_type\ttraffic_type\tbucket\tbytes\n")
	for row := range s.truth(all, q) {
		line := row.Granularity + "\t" + row.Region + "\t" + row.Gateway + "\t" + row.Traffic + "\t" +
			row.Begin.Format(time.RFC3339) + "\t" + strconv.FormatUint(row.Bytes, 10) + "\n"
		if _, err := out.WriteString(line); err != nil {
			return // the client has gone
		}
	}
	_ = out.Flush() // fails only if the client has gone
}

func parseQuery(values url.Values) (q Query, err error) {
	for name, given := range values {
		word := given[0]
		switch name {
		case "granularity":
			q.Granularity = word
		case "region":
			q.Region = word
		case "gateway_type":
			q.Gateway = word
		case "traffic_type":
			q.Traffic = word
		case "from":
			q.Begin, err = time.Parse(time.RFC3339, word)
		case "to":
			q.End, err = time.Parse(time.RFC3339, word)
		case "as_of":
			q.AsOf, err = time.Parse(time.RFC3339, word)
		default:
			err = fmt.Errorf("unknown parameter %q", name)
		}
		if err != nil {
			return q, err
		}
	}
	if q.Begin.IsZero() || q.End.IsZero() {
		return q, errors.New("from and to are required")
	}
	return q, nil
}

func writeJSON(w http.ResponseWriter, status int, value any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(value) // fails only if the client has gone
}

// readJSON reads one JSON value. An unknown field is an error.
func readJSON(r *http.Request, into any) error {
	decoder := json.NewDecoder(r.Body)
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		return fmt.Errorf("read the body: %w", err)
	}
	return nil
}

// readList reads one value or a list of them.
func readList[T any](r *http.Request) ([]T, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, fmt.Errorf("read the body: %w", err)
	}
	if trimmed := bytes.TrimSpace(body); len(trimmed) > 0 && trimmed[0] != '[' {
		body = slices.Concat([]byte("["), trimmed, []byte("]"))
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	var list []T
	return list, readJSON(r, &list)
}
