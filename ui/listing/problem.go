package listing

import (
	"fmt"
	"strings"
)

// A Fault is what can be wrong with a term.
type Fault int

// The faults.
const (
	NoField  Fault = iota // there is no such field
	NoValue               // nothing is asked of the field
	NoWord                // the field is never that
	NoNumber              // it is neither a number nor a range
	NoTime                // it is neither a time nor a range
)

// A Problem is a term that cannot be used, and why.
type Problem struct {
	Fault Fault
	Term  string // as it is written
	Field Field  // where there is one
	Name  string // what is wrong in it
	Near  string // what may have been meant; empty: nothing comes near
}

// Words says what is wrong and what is possible. They quote what was typed.
func (p Problem) Words() string {
	switch p.Fault {
	case NoField:
		words := fmt.Sprintf("no field %s: ", p.Name)
		if p.Near != "" {
			return words + "did you mean " + p.Near + "?"
		}
		return words + "there are " + strings.Join(fieldNames(), ", ")
	case NoValue:
		return p.Field.String() + ": " + p.Field.Hint()
	case NoWord:
		words := fmt.Sprintf("%s is never %s: ", p.Field, p.Name)
		if p.Near != "" {
			return words + "did you mean " + p.Near + "?"
		}
		return words + "it is " + strings.Join(fields[p.Field].words, ", ")
	}
	return fmt.Sprintf("%s cannot be %s: %s", p.Field, p.Name, p.Field.Hint())
}

// Hint says in short what can be asked of a field.
func (f Field) Hint() string {
	switch row := &fields[f]; {
	case row.sort == word:
		return strings.Join(row.words, ", ")
	case row.sort == number:
		return "100, >100, <=5, 10..20"
	case row.sort == moment:
		return "2024, >2024-01-31, 2023-06..2024-02, in UTC"
	}
	return "* and ? stand for others, | is or"
}
