package recording

// LongLine is from how many bytes on a body is decoded where it lies.
const LongLine = longLine

// An EntryLine is an entry as recorded.
type EntryLine = entryLine

// ReadInPlace reads the line of an entry as a long line is read.
func ReadInPlace(line []byte) (EntryLine, error) { return readInPlace(line) }

// Known reports whether this version knows the kind of a line.
func Known(l EntryLine) bool { return knownKinds[l.Kind] }

// A HeaderLine is a header as recorded.
type HeaderLine = headerLine
