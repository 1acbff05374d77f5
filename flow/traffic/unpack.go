package traffic

import (
	"compress/gzip"
	"compress/zlib"
	"fmt"
	"io"
)

// maxUnpacked is how large a body may be once it is unpacked: that of the largest answer that a join accepts.
const maxUnpacked = 512 << 20

// Unpacked gives a body that is packed in a coding of HTTP; nil where the coding is not known here.
func Unpacked(coding string, packed io.Reader) ([]byte, error) {
	var r io.ReadCloser
	var err error
	switch coding {
	case "gzip", "x-gzip":
		r, err = gzip.NewReader(packed)
	case "deflate":
		r, err = zlib.NewReader(packed)
	default:
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("it is no %s: %w", coding, err)
	}
	defer r.Close()
	b, err := io.ReadAll(io.LimitReader(r, maxUnpacked+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("it is no %s: %w", coding, err)
	case len(b) > maxUnpacked:
		return nil, fmt.Errorf("it is longer than %d bytes once it is unpacked", maxUnpacked)
	}
	return b, nil
}
