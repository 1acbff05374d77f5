package response

import (
	"fmt"
	"strconv"

	"doorstep/client"
	"doorstep/flow/event"
)

// A Refusal is an answer that is no success: whose word it is, the status, and what the body says, as far as it can
// be read.
type Refusal struct {
	Speaker     Speaker
	Status      int
	Errcode     string // empty when the body has none
	Message     string // the body's error text, untrusted
	RoomVersion string // with M_INCOMPATIBLE_ROOM_VERSION
	RetryAfter  int64  // milliseconds; 0: not said
}

// RefusalOf reads an error body. Homeservers use several shapes; whatever cannot be read stays empty.
func RefusalOf(r *client.Response) *Refusal {
	f := readRefusal(r)
	f.Speaker = speakerOf(r, f)
	return f
}

func readRefusal(r *client.Response) *Refusal {
	f := &Refusal{Status: r.Status}
	f.Errcode, f.Message = r.ErrorSaid()
	members, err := event.Members(r.Body)
	if err != nil {
		return f
	}
	for _, m := range members {
		switch m.Key {
		case "errcode":
			f.Errcode, _ = event.String(m.Value)
		case "error", "message":
			if f.Message == "" {
				f.Message, _ = event.String(m.Value)
			}
		case "room_version":
			f.RoomVersion, _ = event.String(m.Value)
		case "retry_after_ms":
			f.RetryAfter, _ = strconv.ParseInt(string(m.Value), 10, 64)
		}
	}
	return f
}

// String says a refusal in short: the status, and the errcode where there is one.
func (f *Refusal) String() string {
	if f.Errcode == "" {
		return fmt.Sprint(f.Status)
	}
	return fmt.Sprintf("%d %s", f.Status, f.Errcode)
}
