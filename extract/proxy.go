package extract

import (
	"fmt"
	"net/url"
	"strings"
)

// CheckProxy refuses a proxy of the environment that cannot be used: Go's transport would ignore it, and ask the API
// without. HTTPS_PROXY and HTTP_PROXY count, in capitals or not.
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
		// The value may hold a password, so it is not repeated.
		if u, err := url.Parse(address); err != nil || u.Hostname() == "" {
			return fmt.Errorf("%s is no address of a proxy: write http://host:port, or unset it", name)
		}
	}
	return nil
}
