package har

import "encoding/json"

// A File is an HTTP archive, version 1.2. Names that begin with an underscore are ours, and others pass them over.
type File struct {
	Log Log `json:"log"`
}

// A Log is what an archive holds.
type Log struct {
	Version string  `json:"version"`
	Creator Creator `json:"creator"`
	Comment string  `json:"comment,omitempty"`
	Trace   *Trace  `json:"_doorstep,omitempty"`
	Entries []Entry `json:"entries"`
}

// A Creator is the program that wrote an archive.
type Creator struct {
	Name    string `json:"name"`
	Version string `json:"version"`
}

// A Trace is what a recording has besides exchanges: its header, and the lines of the entries that are none.
type Trace struct {
	Header json.RawMessage   `json:"header"`
	Lines  []json.RawMessage `json:"lines"`
}

// An Entry is one exchange.
type Entry struct {
	StartedDateTime string    `json:"startedDateTime"`
	Time            float64   `json:"time"` // milliseconds: the sum of the timings that are known
	Request         Request   `json:"request"`
	Response        Response  `json:"response"`
	Cache           struct{}  `json:"cache"`
	Timings         Timings   `json:"timings"`
	ServerIPAddress string    `json:"serverIPAddress,omitempty"`
	Comment         string    `json:"comment,omitempty"`
	Exchange        *Exchange `json:"_doorstep,omitempty"`
}

// An Exchange is what a recording has of an exchange and the fields beside it do not hold: the line of the request, and
// that of what answers it, each without what stands in those fields.
type Exchange struct {
	Request json.RawMessage `json:"request"`
	Answer  json.RawMessage `json:"answer,omitempty"`
}

// A Request is the request of an exchange.
type Request struct {
	Method      string    `json:"method"`
	URL         string    `json:"url"`
	HTTPVersion string    `json:"httpVersion"`
	Cookies     []Cookie  `json:"cookies"`
	Headers     []Pair    `json:"headers"`
	QueryString []Pair    `json:"queryString"`
	PostData    *PostData `json:"postData,omitempty"`
	HeadersSize int       `json:"headersSize"`
	BodySize    int       `json:"bodySize"`
}

// A Cookie is never written: a handshake has none, and those of others are secrets.
type Cookie struct{}

// A Pair is a header field, or a parameter of a query.
type Pair struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// PostData is the body of a request.
type PostData struct {
	MimeType string `json:"mimeType"`
	Text     string `json:"text"`
}

// A Response is the response of an exchange. Without one its status is 0 and Error says why.
type Response struct {
	Status      int      `json:"status"`
	StatusText  string   `json:"statusText"`
	HTTPVersion string   `json:"httpVersion"`
	Cookies     []Cookie `json:"cookies"`
	Headers     []Pair   `json:"headers"`
	Content     Content  `json:"content"`
	RedirectURL string   `json:"redirectURL"`
	HeadersSize int      `json:"headersSize"`
	BodySize    int      `json:"bodySize"`
	Error       string   `json:"_error,omitempty"`
}

// Content is the body of a response; Text is nil where there is none.
type Content struct {
	Size     int     `json:"size"`
	MimeType string  `json:"mimeType"`
	Text     *string `json:"text,omitempty"`
	Encoding string  `json:"encoding,omitempty"` // base64, where the body is no UTF-8
}

// Timings are the parts of an exchange in milliseconds; -1 where one does not apply or is not known.
type Timings struct {
	Blocked float64 `json:"blocked"`
	DNS     float64 `json:"dns"`
	Connect float64 `json:"connect"` // with ssl
	Send    float64 `json:"send"`
	Wait    float64 `json:"wait"`
	Receive float64 `json:"receive"`
	SSL     float64 `json:"ssl"`
}
