//go:build linux && amd64 && !noembedded

package chlocal

import (
	"crypto/rand"
	"crypto/subtle"
	"net"
	"net/http"
	"sync/atomic"
	"time"
)

// secrets is what the child receives over a pipe, and neither on its command line nor in its environment.
type secrets struct {
	Password string // of the user default
	Path     string // of the checker's URL, so that no other program on this machine can use the checker
}

func newSecrets(password string) secrets {
	s := secrets{Password: password, Path: "/" + rand.Text()}
	if password == "" {
		s.Password = NewPassword()
	}
	return s
}

// checker tells the engine, which asks over HTTP, whether a password of the user default is right.
//
// A password in the configuration of users does not work: the engine itself logs in as default, with an empty
// password, before it can listen (measured on libchdb 26.7: otherwise it ends with code 516). So the empty password
// is right exactly once. That login is the engine's own, because nobody else can connect before it listens.
type checker struct {
	secrets
	started atomic.Bool
}

func (c *checker) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	user, password, _ := r.BasicAuth()
	switch {
	case r.URL.Path != c.Path || user != defaultUser:
		w.WriteHeader(http.StatusNotFound)
	case password == "" && c.started.CompareAndSwap(false, true):
	case subtle.ConstantTimeCompare([]byte(password), []byte(c.Password)) == 1:
	default:
		w.WriteHeader(http.StatusUnauthorized)
	}
}

// serve answers requests until the process ends.
func (c *checker) serve(ln net.Listener) {
	s := http.Server{Handler: c, ReadHeaderTimeout: 10 * time.Second}
	_ = s.Serve(ln) // if it fails, every login fails, and the engine says so
}

// checkerURL is the URL that the engine requests.
func checkerURL(ln net.Listener, s secrets) string {
	return "http://" + ln.Addr().String() + s.Path
}
