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

// secrets is what the child is told over a pipe. Neither its command line nor its environment has them.
type secrets struct {
	Password string // of the user default
	Path     string // of the checker's URL: without it, nobody else on this machine can ask the checker
}

func newSecrets(password string) secrets {
	s := secrets{Password: password, Path: "/" + rand.Text()}
	if password == "" {
		s.Password = NewPassword()
	}
	return s
}

// checker answers the engine, which asks over HTTP whether a password of the user default is right.
//
// A password in the configuration of users would not do: the engine itself logs in as default, without one, before it can
// listen (measured on libchdb 26.7: it ends with code 516). So the empty password is right once. That is the engine's own
// login, because nobody else can connect before it listens.
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

// serve answers until the process ends.
func (c *checker) serve(ln net.Listener) {
	s := http.Server{Handler: c, ReadHeaderTimeout: 10 * time.Second}
	_ = s.Serve(ln) // without it every login fails, which the engine says
}

// checkerURL is where the engine asks.
func checkerURL(ln net.Listener, s secrets) string {
	return "http://" + ln.Addr().String() + s.Path
}
