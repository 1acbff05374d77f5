package response

import (
	"fmt"
	"strconv"

	"doorstep/client"
	"doorstep/flow/event"
)

// Unwrapped is an answer to send_join without the list of v1 around it.
type Unwrapped struct {
	Object []byte
	List   bool
	Status int // the first element of a list
}

// UnwrapV1 takes the object out of the two-element list of send_join v1. A list is taken only when it has exactly
// two elements of which the first is an integer. Spec: server-server r0.1.4, PUT v1/send_join.
func UnwrapV1(body []byte) (Unwrapped, string) {
	i := 0
	for i < len(body) && (body[i] == ' ' || body[i] == '\t' || body[i] == '\n' || body[i] == '\r') {
		i++
	}
	if i == len(body) || body[i] != '[' {
		return Unwrapped{Object: body, Status: 200}, ""
	}
	u := Unwrapped{List: true}
	room := 2 // what else there is, is counted
	elements, more, err := event.ElementsWhile(body, func([]byte) bool { room--; return room >= 0 })
	if err != nil {
		return u, "not JSON: " + err.Error()
	}
	if n := len(elements) + more; n != 2 {
		return u, fmt.Sprintf("a list of %d elements, where the old form has two", n)
	}
	if u.Status, err = strconv.Atoi(string(elements[0])); err != nil {
		return u, "the first element of the list is not an integer"
	}
	u.Object = elements[1]
	return u, ""
}

// Unlisted returns the refusal inside an answer of the v1 endpoint, which comes with status 200 and has its own in a
// list of two. Any other answer is returned as it is. Spec: server-server r0.1.4, PUT v1/send_join.
func Unlisted(r *client.Response) *client.Response {
	u, problem := UnwrapV1(r.Body)
	if !Succeeds(r) || !u.List || problem != "" || u.Status >= 200 && u.Status < 300 {
		return r
	}
	return &client.Response{Status: u.Status, Header: r.Header, Body: u.Object}
}
