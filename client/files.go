package client

import (
	"bytes"
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
	size := int64(0) // not known of what is no file
	if info, err := f.Stat(); err == nil {
		size = info.Size()
	}
	content, err := readAll(f, most, size)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return content, nil
}

// ReadAll reads r, which must have no more than so many bytes.
func ReadAll(r io.Reader, most int64) ([]byte, error) { return readAll(r, most, 0) }

// readAll is ReadAll of what has about so many bytes, for which there is room from the beginning.
func readAll(r io.Reader, most, size int64) ([]byte, error) {
	var b bytes.Buffer
	if size > 0 && size <= most {
		b.Grow(int(size) + bytes.MinRead)
	}
	n, err := b.ReadFrom(io.LimitReader(r, most+1))
	if err == nil && n > most {
		err = fmt.Errorf("it has more than %d bytes, which is the limit", most)
	}
	if err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}
