package lab

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"unicode/utf8"

	"doorstep/flow/safely"
)

// A folder is where the files of a lab are. Nothing is written through a link, and no file is ever seen half written.
type folder struct{ path string }

const (
	folderMode = 0o700
	// Modes of files: what holds a private key or a secret is its owner's alone.
	secretMode = safely.Private
	publicMode = safely.Public
	// fileLimit is how many bytes of a file of ours are read.
	fileLimit = 1 << 20
)

// absolute returns the absolute path of a folder. It errs where no configuration can name it.
func absolute(path string) (string, error) {
	if path == "" {
		return "", errors.New("the name of the folder is empty")
	}
	path, err := filepath.Abs(path)
	if err == nil && (!utf8.ValidString(path) || strings.ContainsFunc(path, isControl)) {
		err = fmt.Errorf("folder %q: no configuration can name it: it is not UTF-8, or holds a control character", path)
	}
	return path, err
}

func isControl(c rune) bool { return c < ' ' || c == 0x7f }

// openFolder makes the folder at path, unless it is there, and returns it by its absolute path. It refuses a link, a
// folder that anybody may write into, and a path that no configuration can name.
func openFolder(path string) (folder, error) {
	path, err := absolute(path)
	if err != nil {
		return folder{}, err
	}
	if err := os.MkdirAll(filepath.Dir(path), folderMode); err != nil {
		return folder{}, err
	}
	if err := os.Mkdir(path, folderMode); err != nil && !errors.Is(err, fs.ErrExist) {
		return folder{}, err
	}
	switch info, err := os.Lstat(path); {
	case err != nil:
		return folder{}, err
	case info.Mode()&fs.ModeSymlink != 0:
		return folder{}, fmt.Errorf("folder %q is a link; name the folder itself", path)
	case !info.IsDir():
		return folder{}, fmt.Errorf("%q is there and no folder", path)
	case runtime.GOOS != "windows" && info.Mode().Perm()&0o002 != 0: // there, modes say nothing
		return folder{}, fmt.Errorf("folder %q: anybody may write into it, which is no place for keys", path)
	}
	return folder{path}, nil
}

func (f folder) file(name string) string { return filepath.Join(f.path, name) }

// there reports whether there is something of that name. It errs where that is no file, a link for one.
func (f folder) there(name string) (bool, error) {
	info, err := os.Lstat(f.file(name))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return false, nil
	case err != nil:
		return false, err
	case info.Mode()&fs.ModeSymlink != 0:
		return false, &safely.LinkError{Path: f.file(name)}
	case !info.Mode().IsRegular():
		return false, fmt.Errorf("%q is no file", f.file(name))
	}
	return true, nil
}

// read returns what is in a file.
func (f folder) read(name string) ([]byte, error) {
	if there, err := f.there(name); err != nil || !there {
		return nil, errors.Join(err, missing(f.file(name), there))
	}
	in, err := os.Open(f.file(name))
	if err != nil {
		return nil, err
	}
	defer in.Close()
	content, err := io.ReadAll(io.LimitReader(in, fileLimit+1))
	if err == nil && len(content) > fileLimit {
		err = fmt.Errorf("%q is over %d bytes long", f.file(name), fileLimit)
	}
	return content, err
}

func missing(path string, there bool) error {
	if there {
		return nil
	}
	return &fs.PathError{Op: "open", Path: path, Err: fs.ErrNotExist}
}

// write writes a file as a whole. One that is there is overwritten only by force.
func (f folder) write(name string, mode fs.FileMode, content []byte, force bool) error {
	if there, err := f.there(name); err != nil {
		return err
	} else if there && !force {
		return fmt.Errorf("%q exists; it is not overwritten without --force", f.file(name))
	}
	return safely.WriteBytes(f.file(name), safely.Options{Mode: mode, Force: force}, content)
}

// keep returns what is in a file that its owner alone may read, and writes what makes it first where there is none.
func (f folder) keep(name string, make func() ([]byte, error)) ([]byte, error) {
	there, err := f.there(name)
	if err != nil {
		return nil, err
	}
	if there {
		return f.read(name)
	}
	content, err := make()
	if err != nil {
		return nil, err
	}
	return content, f.write(name, secretMode, content, false)
}

func isMissing(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR)
}
