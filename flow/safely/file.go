package safely

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
)

// Modes of files.
const (
	Private fs.FileMode = 0o600 // what may hold a key, names, or the state of a room
	Public  fs.FileMode = 0o644 // what is for others to read: certificates
)

// Options say how a file is created.
type Options struct {
	Mode  fs.FileMode // 0: Private
	Force bool        // what is there is written over
}

// A File is a file that is being written. Nobody sees it before Place.
type File struct {
	path   string // where it is to be
	beside string // where it is until then; empty: it is in its place
	force  bool
	f      *os.File
}

// A LinkError tells that a symbolic link stands where a file was to be written.
type LinkError struct{ Path string }

func (e *LinkError) Error() string {
	return fmt.Sprintf("%q is a link; links are not followed here: name the file itself", e.Path)
}

// A WriteError tells that a file could not be written, although it may be: the disk is full, say.
type WriteError struct {
	Path string
	Part bool // some of it was written, which cannot be taken back; otherwise what was there before is there still
	Err  error
}

func (e *WriteError) Error() string {
	if e.Part {
		return fmt.Sprintf("%q holds only a part: %v", e.Path, e.Err)
	}
	return fmt.Sprintf("%q is not written: %v", e.Path, e.Err)
}

func (e *WriteError) Unwrap() error { return e.Err }

// Create begins a file, which Place puts where path says. The error is fs.ErrExist where something is there and Force
// is not set, a *LinkError where that is a link. A pipe or a device that is there is written into as it is, by force.
func Create(path string, o Options) (*File, error) {
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return nil, err
	case info.Mode()&fs.ModeSymlink != 0 && !isStream(path):
		return nil, &LinkError{path}
	case !o.Force:
		return nil, &fs.PathError{Op: "open", Path: path, Err: syscall.EEXIST}
	case !info.Mode().IsRegular():
		return openStream(path)
	}
	return createBeside(path, o)
}

// nameOfBeside begins the name of a file that is not in its place yet.
const nameOfBeside = ".doorstep-"

func createBeside(path string, o Options) (*File, error) {
	if o.Mode == 0 {
		o.Mode = Private
	}
	beside := filepath.Join(filepath.Dir(path), nameOfBeside+rand.Text()[:16]+".part")
	f, err := os.OpenFile(beside, os.O_WRONLY|os.O_CREATE|os.O_EXCL, o.Mode)
	if err != nil {
		return nil, created(path, err)
	}
	unplaced.Store(beside, unplacedFile{path, f})
	return &File{path: path, beside: beside, force: o.Force, f: f}, nil
}

// created tells of an error in creating a file by the name that it was to have.
func created(path string, err error) error {
	why := err
	if number := syscall.Errno(0); errors.As(err, &number) {
		why = number
	}
	if isFull(why) {
		return &WriteError{Path: path, Err: why}
	}
	return &fs.PathError{Op: "open", Path: path, Err: why}
}

// isStream reports whether a path leads to a pipe or a device of characters, such as /dev/stdout or what a shell gives
// for >(command).
func isStream(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode()&(fs.ModeNamedPipe|fs.ModeCharDevice) != 0
}

// openStream opens a pipe or a device. Whatever was put in its place meanwhile, no file is written into.
func openStream(path string) (*File, error) {
	if !isStream(path) {
		return nil, &fs.PathError{Op: "open", Path: path, Err: errors.New("something is there that is no file")}
	}
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil && info.Mode()&(fs.ModeNamedPipe|fs.ModeCharDevice) == 0 {
		err = &LinkError{path}
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return &File{path: path, f: f}, nil
}

// Write appends to the file. The error is a *WriteError.
func (f *File) Write(p []byte) (int, error) {
	n, err := f.f.Write(p)
	return n, f.failed(err)
}

// failed tells of an error by the name of the file; nil where there is none.
func (f *File) failed(err error) error {
	if err == nil || errors.As(err, new(*WriteError)) {
		return err
	}
	if path := (*fs.PathError)(nil); errors.As(err, &path) {
		err = path.Err // the name that it has says nothing to anybody
	}
	if link := (*os.LinkError)(nil); errors.As(err, &link) {
		err = link.Err
	}
	return &WriteError{f.path, f.beside == "", err}
}

// Place puts the file in its place; what is written after that is seen at once. The error is fs.ErrExist where
// something was put there meanwhile and Force is not set; the file is gone then.
func (f *File) Place() error {
	if f.beside == "" {
		return nil
	}
	if runtime.GOOS != "windows" {
		return f.move()
	}
	// Windows gives no other name to a file that is open.
	if err := f.finish(); err != nil {
		return err
	}
	again, err := os.OpenFile(f.path, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		return f.failed(err)
	}
	f.f = again
	return nil
}

// finish closes the file and puts it in its place, in this order: some file systems tell only in closing that there is
// no room.
func (f *File) finish() error {
	err := f.f.Close()
	switch {
	case f.beside == "":
		return f.failed(err)
	case err != nil:
		return f.abandon(err)
	}
	return f.move()
}

// move gives the file its name, or takes it away.
func (f *File) move() error {
	if err := f.rename(); err != nil {
		return f.abandon(err)
	}
	unplaced.Delete(f.beside)
	f.beside = ""
	return nil
}

// rename gives the file its name. Without force that is done by a second name, which never takes another's place.
func (f *File) rename() error {
	if f.force {
		return os.Rename(f.beside, f.path)
	}
	err := os.Link(f.beside, f.path)
	switch {
	case err == nil:
		_ = os.Remove(f.beside) // the file is in its place whether or not its other name goes
		return nil
	case errors.Is(err, fs.ErrExist):
		return err
	}
	// Not every file system has files of two names.
	if _, err := os.Lstat(f.path); err == nil {
		return &fs.PathError{Op: "open", Path: f.path, Err: syscall.EEXIST}
	}
	return os.Rename(f.beside, f.path)
}

// abandon takes the file away before it was seen, because of an error, which it returns.
func (f *File) abandon(err error) error {
	told := f.failed(err)
	if errors.Is(err, fs.ErrExist) {
		told = &fs.PathError{Op: "open", Path: f.path, Err: syscall.EEXIST}
	}
	_ = f.f.Close() // what is taken away need not be whole
	_ = os.Remove(f.beside)
	unplaced.Delete(f.beside)
	f.beside = ""
	return told
}

// Close closes the file. One that was not put in its place is taken away.
func (f *File) Close() error {
	if f.beside != "" {
		_ = f.abandon(nil)
		return nil
	}
	if err := f.f.Close(); err != nil && !errors.Is(err, fs.ErrClosed) {
		return f.failed(err)
	}
	return nil
}

// Write writes a whole file by write: it is in its place once all of it is written, and otherwise what was there before
// is. Errors are those of Create and Place, a *WriteError, and what write returns.
func Write(path string, o Options, write func(io.Writer) error) error {
	f, err := Create(path, o)
	if err != nil {
		return err
	}
	if err := write(f); err != nil {
		return errors.Join(err, f.Close())
	}
	return f.finish()
}

// WriteBytes is Write for what is there already.
func WriteBytes(path string, o Options, content []byte) error {
	return Write(path, o, func(w io.Writer) error {
		_, err := w.Write(content)
		return err
	})
}
