package sandbox

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// decodePath passes the path on decoded, as reverse proxies do that were told to rewrite it: the bytes that were
// signed are not those the server sees.
func decodePath(r *http.Request) {
	path, query, hasQuery := strings.Cut(r.RequestURI, "?")
	decoded, err := url.PathUnescape(path)
	if err != nil {
		return
	}
	var b strings.Builder
	for i := range len(decoded) {
		switch c := decoded[i]; {
		case c <= ' ', c >= 0x7f, c == '%', c == '?', c == '#':
			b.WriteString("%" + strings.ToUpper(strconv.FormatUint(0x100|uint64(c), 16)[1:]))
		default:
			b.WriteByte(c)
		}
	}
	if hasQuery {
		b.WriteString("?" + query)
	}
	r.RequestURI = b.String()
}

// cutAuthorization passes on what is before the first comma.
func cutAuthorization(r *http.Request) {
	first, _, _ := strings.Cut(r.Header.Get("Authorization"), ",")
	r.Header.Set("Authorization", first)
}

func dropAuthorization(r *http.Request) { r.Header.Del("Authorization") }
