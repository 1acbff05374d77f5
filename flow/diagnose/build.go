package diagnose

import (
	"slices"

	"doorstep/flow"
	"doorstep/flow/event"
	"doorstep/flow/response"
	"doorstep/flow/verify"
)

// templateCauses are about what make_join gave, before anything is signed.
var templateCauses = []Cause{{
	ID:    "template-wrong-form",
	Title: "The template does not fit its room version",
	Cause: "Versions 1 and 2 refer to events by pairs of ID and hash, later ones by ID alone, and only the first two " +
		"may go unnamed. Here the form is one thing and the version another, or a list is longer than allowed: whichever " +
		"rules were followed, some server would compute another event ID.",
	Advice: "Do not sign it: ask another server. Tell that server's administrator which software it is about. A " +
		"homeserver that knows only one form cannot join such rooms; upgrading the room helps it.",
	Apart:      "The check that failed names the field.",
	Source:     "room versions: Event format; matrix-construct/tuwunel#187, matrix-construct/tuwunel#206",
	Sight:      Detected,
	incidental: true,
	evidence: func(v *view) []int {
		return v.templates(func(c verify.Check) bool {
			return c.Kind == verify.KindTemplateAuthEvents || c.Kind == verify.KindTemplatePrevEvents ||
				c.Kind == verify.KindTemplateReadable && c.Fault == verify.VersionUnsaid
		})
	},
}, {
	ID:    "template-unreadable",
	Title: "make_join's answer holds nothing that could be signed",
	Cause: "A success, but no event in it: an empty body, JSON of another kind, or a room_version that is no string. " +
		"A proxy or an incomplete implementation answers.",
	Advice:     "Ask another server: `--via NAME`.",
	Apart:      "A web page in place of JSON is another finding.",
	Source:     "server-server: Joining Rooms",
	Sight:      Detected,
	rank:       1,
	incidental: true,
	evidence: func(v *view) []int {
		out := v.templates(func(c verify.Check) bool {
			return c.Kind == verify.KindTemplateReadable && c.Fault != verify.VersionUnsaid && c.Fault != verify.VersionUnknown
		})
		return slices.DeleteFunc(out, func(seq int) bool {
			return v.trace.Entry(seq).Speaker() == response.WebServer
		})
	},
}, {
	ID:    "lying-template",
	Title: "The template is not for what was asked",
	Cause: "Type, room, sender, state key and membership have to be ours, in a version that was offered. A server " +
		"that answers with something else is broken, or would have us sign what we never meant.",
	Advice: "Do not sign it: ask another server, and tell the administrator of this one.",
	Apart: "The check that failed names the field. Dendrite and tuwunel overwrite such fields and go on, which " +
		"hides it.",
	Source:     "server-server: Joining Rooms",
	Sight:      Detected,
	rank:       2,
	incidental: true,
	evidence: func(v *view) []int {
		return v.templates(func(c verify.Check) bool {
			return slices.Contains([]verify.Kind{verify.KindTemplateType, verify.KindTemplateRoom, verify.KindTemplateSender,
				verify.KindTemplateStateKey, verify.KindTemplateMembership, verify.KindTemplateRoomVersion}, c.Kind)
		})
	},
}, {
	ID:    "depth-out-of-range",
	Title: "The template's depth is out of range",
	Cause: "Somebody poisoned the room with a huge depth, and the server counts on from there. From version 6 on a " +
		"number over 2^53-1 makes every server drop the event.",
	Advice:     "Ask another server. The one that answered should stop counting at the limit.",
	Source:     "room version 6: Canonical JSON; element-hq/synapse#18554, matrix-org/synapse#3165",
	Sight:      Detected,
	rank:       3,
	incidental: true,
	evidence: func(v *view) []int {
		return v.templates(func(c verify.Check) bool { return c.Kind == verify.KindTemplateDepth })
	},
}, {
	ID:    "template-not-canonical",
	Title: "The template holds a number that canonical JSON has no form for",
	Cause: "From version 6 on only integers up to 2^53-1 are allowed. An event with a fraction in it gets no ID that " +
		"two servers agree on, and is dropped.",
	Advice:     "Ask another server, and tell the administrator of this one.",
	Source:     "room version 6: Canonical JSON; appendices: Canonical JSON",
	Sight:      Detected,
	rank:       4,
	incidental: true,
	evidence: func(v *view) []int {
		depth := v.templates(func(c verify.Check) bool { return c.Kind == verify.KindTemplateDepth })
		out := v.templates(func(c verify.Check) bool { return c.Kind == verify.KindTemplateCanonical })
		return slices.DeleteFunc(out, func(seq int) bool { return slices.Contains(depth, seq) })
	},
}}

// buildCauses are about L1: the event made of a good template.
var buildCauses = []Cause{{
	ID:    "join-too-large",
	Title: "The join event is larger than an event may be",
	Cause: "An event has 65,536 bytes at the most, with its signatures; what stands in unsigned is not counted by " +
		"those who receive it. Something in its content is huge: a display name, a reason, a key that the template " +
		"brought along.",
	Advice: "Shorten what is yours, the display name or the reason. What the template brought along is the resident " +
		"server's fault: ask another one.",
	Apart:  "413 and HTML at send_join come from a proxy with a limit of its own, whatever the size.",
	Source: "client-server: Size limits",
	Sight:  Detected,
	evidence: func(v *view) []int {
		built := v.last(flow.Local, flow.L1)
		if built == nil || built.Build == nil || v.Template == nil || len(built.Build.Event) <= event.MaxSize {
			return nil
		}
		if ours, err := event.Parse(v.Template.RoomVersion, built.Build.Event); err == nil {
			if _, signed := ours.Size(); signed <= event.MaxSize {
				return nil
			}
		}
		return append(v.at(refused(0, nil), flow.A7), built.Seq)
	},
}, {
	ID:    "event-id-refused",
	Title: "The resident server computes another ID, or hash, for our join",
	Cause: "The ID is a hash of the redacted event, so both sides have to redact alike and write JSON alike. The " +
		"resident server follows the rules of another room version than the one it named, or one of the two has its JSON " +
		"wrong.",
	Advice: "Join through another server. Compare the ID in the answer with ours: `doorstep verify --room-version V` " +
		"with the version that gives theirs names the rules that were followed.",
	Apart: "Versions 3 to 10 redact alike for a join but for details; 11 drops origin, and 3 spells the hash " +
		"otherwise than 4. If every resident refuses, it is the joining server.",
	Source: "server-server: Calculating the reference hash for an event; room versions: Event IDs; " +
		"matrix-org/sytest#894, RocketChat/homeserver#201",
	Sight: Detected,
	rank:  1,
	evidence: func(v *view) []int {
		out := v.at(refused(0, nil, response.SaysEventID...), flow.A7)
		if out != nil && v.Template != nil {
			out = append(out, v.Template.Seq)
		}
		return out
	},
}, {
	ID:    "authoriser-unprotected",
	Title: "Room version 8 loses who let the user in",
	Cause: "A restricted join names the user who authorises it. Redaction in version 8 drops that field: a server " +
		"that has only the redacted event cannot authorise it and rejects it.",
	Advice:     "Ask the administrators of the room to upgrade it to version 9 or later.",
	Source:     "room version 9; matrix-org/matrix-spec-proposals#3373",
	Sight:      Detected,
	rank:       2,
	incidental: true,
	evidence: func(v *view) []int {
		if v.authoriser() == "" || v.Template.RoomVersion.ID != "8" {
			return nil
		}
		return []int{v.Template.Seq}
	},
}, {
	ID:    "depth-not-incremented",
	Title: "The template's depth is not above that of the event before",
	Cause: "An event should be one deeper than the deepest event it follows. The template's is not: servers that " +
		"order or backfill by depth will think that history is missing here.",
	Advice: "It does not keep you out. If others report gaps, leave and join again through another server.",
	Apart: "Compare depth in the template with that of the events it names in prev_events, where the answer " +
		"holds them.",
	Source:     "room versions: Event format (depth); element-hq/synapse#15320",
	Sight:      Detected,
	rank:       3,
	incidental: true,
	evidence: func(v *view) []int {
		if v.Build == nil || v.Template == nil || v.Header.Form == flow.Form2015 { // whose depth nobody looked at
			return nil
		}
		if v.Join().Altered != nil { // the depth of our event is not the template's
			return nil
		}
		ours, err := event.Parse(v.Template.RoomVersion, v.Build.Event)
		if err != nil {
			return nil
		}
		before := ours.PrevEvents()
		for _, e := range v.replied() {
			if e.Depth() >= ours.Depth() && slices.Contains(before, e.ID()) {
				return []int{v.Template.Seq, v.Reply.Seq}
			}
		}
		return nil
	},
}}
