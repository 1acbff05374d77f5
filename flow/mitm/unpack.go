package mitm

import (
	"compress/gzip"
	"compress/zlib"
	"fmt"
	"io"
)

// maxBody is how large a body may be once it is unpacked: that of the largest answer that a join accepts.
const maxBody = 512 << 20

// unpacked gives a body that is packed in a coding of HTTP; nil where the coding is not known here.
func unpacked(coding string, packed io.Reader) ([]byte, error) {
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
	b, err := io.ReadAll(io.LimitReader(r, maxBody+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("it is no %s: %w", coding, err)
	case len(b) > maxBody:
		return nil, fmt.Errorf("it is longer than %d bytes once it is unpacked", maxBody)
	}
	return b, nil
}
