package extract

import (
	"fmt"
	"net/url"
	"strings"
)

// CheckProxy returns an error if the environment names a proxy that is no address. Go's transport would ignore it and
// connect without a proxy. It reads HTTPS_PROXY and HTTP_PROXY, in capitals or lower case.
func CheckProxy(env func(string) (string, bool)) error {
	for _, name := range []string{"HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"} {
		value, _ := env(name)
		if value == "" {
			continue
		}
		address := value
		if !strings.Contains(address, "://") {
			address = "http://" + address
		}
		// The value may hold a password: keep it out of the error.
		if u, err := url.Parse(address); err != nil || u.Hostname() == "" {
			return fmt.Errorf("%s is no address of a proxy: write http://host:port, or unset it", name)
		}
	}
	return nil
}
