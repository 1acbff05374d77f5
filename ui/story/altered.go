package story

import (
	"fmt"
	"strings"

	"doorstep/flow/export"
)

// AnswerWords tells of an answer in a line.
func AnswerWords(a *export.AnswerJSON) string {
	switch {
	case a == nil:
		return "it was not sent"
	case a.Failure != "":
		return a.Failure
	case a.Errcode == "" && a.Error == "":
		return fmt.Sprint(a.Status)
	}
	return strings.TrimSpace(fmt.Sprintf("%d %s", a.Status, a.Errcode)) + ": " + a.Error
}
