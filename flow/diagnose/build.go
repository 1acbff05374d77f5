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
	ID:         "template-wrong-form",
	Sight:      Detected,
	incidental: true,
	evidence: func(v *view) []int {
		return v.templates(func(c verify.Check) bool {
			return c.Kind == verify.KindTemplateAuthEvents || c.Kind == verify.KindTemplatePrevEvents ||
				c.Kind == verify.KindTemplateReadable && c.Fault == verify.VersionUnsaid
		})
	},
}, {
	ID:         "template-unreadable",
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
	ID:         "lying-template",
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
	ID:         "depth-out-of-range",
	Sight:      Detected,
	rank:       3,
	incidental: true,
	evidence: func(v *view) []int {
		return v.templates(func(c verify.Check) bool { return c.Kind == verify.KindTemplateDepth })
	},
}, {
	ID:         "template-not-canonical",
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
	Sight: Detected,
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
	ID:         "authoriser-unprotected",
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
	ID:         "depth-not-incremented",
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
