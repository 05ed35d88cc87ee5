package config

import (
	"errors"
	"net"
	"net/netip"
	"net/url"
	"regexp"
	"strconv"
	"strings"
)

var hostName = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$`)

func isHost(host string) bool {
	_, err := netip.ParseAddr(host)
	return err == nil || hostName.MatchString(host)
}

func isLoopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}

func isPort(port string, least int) bool {
	n, err := strconv.Atoi(port)
	return err == nil && n >= least && n <= 65535 && port[0] != '+' && port[0] != '-'
}

// isLocal reports whether a valid endpoint is on this machine.
func isLocal(endpoint string) bool {
	u, err := url.Parse(endpoint)
	return err == nil && isLoopback(u.Hostname())
}

// address is the kind of a server's host:port.
var address = kind[string]{
	free:   true,
	format: func(v string) string { return v },
	parse: func(text string) (string, error) {
		host, port, err := net.SplitHostPort(text)
		if err != nil || !isHost(host) || !isPort(port, 1) {
			return "", errors.New("is no host:port; write it like 127.0.0.1:9000, without a scheme or a path")
		}
		return text, nil
	},
}

// listen is the kind of a host:port on which this program listens.
var listen = kind[string]{
	free:   true,
	format: func(v string) string { return v },
	parse: func(text string) (string, error) {
		host, port, err := net.SplitHostPort(text)
		if err != nil || host != "" && !isHost(host) || !isPort(port, 0) {
			return "", errors.New("is no host:port; write it like 127.0.0.1:8080, or :8080 for every interface")
		}
		return text, nil
	},
}

// endpoint is the kind of an API's URL, without a path. Signed requests and temporary keys go there, so http is
// allowed only within this machine.
var endpoint = kind[string]{
	free:   true,
	format: func(v string) string { return v },
	parse: func(text string) (string, error) {
		u, err := url.Parse(text)
		switch {
		case err != nil || (u.Scheme != "https" && u.Scheme != "http") || !isHost(u.Hostname()):
			return "", errors.New("is no URL of an API; write https:// and a host, such as " + apiEndpoint)
		case u.User != nil:
			return "", errors.New("holds a user name; keys belong in credentials, so remove it together with its @")
		case strings.HasSuffix(u.Host, ":") || u.Port() != "" && !isPort(u.Port(), 1):
			return "", errors.New("has a port that is none; write one from 1 to 65535, or none at all")
		case u.RequestURI() != "/" || u.ForceQuery || u.Fragment != "" || strings.HasSuffix(text, "#"):
			return "", errors.New("has more than a host; remove what follows it")
		case u.Scheme == "http" && !isLoopback(u.Hostname()):
			return "", errors.New("is not encrypted; write https://, since http:// is only for a simulator on this " +
				"machine")
		}
		return u.Scheme + "://" + u.Host, nil
	},
}
