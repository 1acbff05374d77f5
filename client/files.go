package client

import (
	"fmt"
	"io"
	"os"
)

// MostCertificates is how many bytes of a file of certificates are read: a hundred times what systems trust.
const MostCertificates = 32 << 20

// ReadFile reads a file of no more than so many bytes. What is longer, or never ends, is refused when that is known.
func ReadFile(path string, most int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	content, err := ReadAll(f, most)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return content, nil
}

// ReadAll reads r, which must have no more than so many bytes.
func ReadAll(r io.Reader, most int64) ([]byte, error) {
	content, err := io.ReadAll(io.LimitReader(r, most+1))
	if err == nil && int64(len(content)) > most {
		err = fmt.Errorf("it has more than %d bytes, which is the limit", most)
	}
	if err != nil {
		return nil, err
	}
	return content, nil
}
