package verify

import (
	"bytes"
	"fmt"
	"slices"

	"doorstep/client"
	"doorstep/flow/wording"
)

// CheckTemplateTaken looks at what a joining server did with a protoevent; checks are those of the protoevent.
// Spec: server-server, GET make_join.
func CheckTemplateTaken(c Conduct, checks []Check) []Check {
	k := collector{subject: c.subject(), seq: c.Seq, all: true, tally: &tally{}}
	c.judge(&k, KindTemplateTaken, RefusedBy(checks), "")
	return k.checks
}

// CheckAnswerTaken looks at what a joining server did with an answer to send_join, of which v is the verification; nil
// where it was not verified. Spec: server-server, Checks performed on receipt of a PDU.
func CheckAnswerTaken(c Conduct, v *Verification) []Check {
	k := collector{subject: c.subject(), seq: c.Seq, all: true, tally: &tally{}}
	if v == nil {
		k.unchecked(KindAnswerTaken, "", "the answer was not verified")
		return k.checks
	}
	c.judge(&k, KindAnswerTaken, v.Invalid, v.Unproven)
	return k.checks
}

// judge says whether a joining server did the right thing. bad says why the answer has to be refused, open why that is
// not known; both empty: it is good.
func (c *Conduct) judge(k *collector, kind Kind, bad, open string) {
	switch {
	case !c.Accepted && !c.Refused:
		k.unchecked(kind, "", "nothing shows what the joining server did with it")
	case bad != "" && c.Accepted:
		k.fail(kind, TookBadAnswer, "", "it was accepted, "+c.How+", and has to be refused: "+bad)
	case bad != "":
		k.pass(kind, "", func() string { return "it was refused, " + c.How + ", as it has to be: " + bad })
	case open != "":
		k.unchecked(kind, "", "whether it is good is not known: "+open)
	case c.Accepted:
		k.pass(kind, "", func() string { return "it is good, and was accepted: " + c.How })
	default:
		k.fail(kind, RefusedGood, "", "it is good, and was refused: "+c.How)
	}
}

// CheckKeysAsked looks at whether the keys of signers, the servers that signed something in an answer, were asked for
// by the joining server; asked are those that were. A notary that was asked for one counts. Spec: server-server,
// Retrieving server keys.
func CheckKeysAsked(c Conduct, signers, asked []string) []Check {
	k := collector{subject: c.subject(), seq: c.Seq, all: true, tally: &tally{}}
	missing := slices.DeleteFunc(slices.Clone(signers), func(s string) bool { return slices.Contains(asked, s) })
	switch {
	case len(signers) == 0:
		k.unchecked(KindKeysAsked, "", "no signer of the answer is known")
	case len(missing) == 0:
		k.pass(KindKeysAsked, "", func() string { return "of " + wording.List(signers) })
	case c.Accepted:
		k.warn(KindKeysAsked, KeysNotAsked, "", "it was accepted, and the keys of "+wording.List(missing)+" were not "+
			"asked for in this handshake: they may have been kept from before")
	default:
		k.unchecked(KindKeysAsked, "", "the keys of "+wording.List(missing)+" were not asked for, and nothing shows that "+
			"the answer was accepted")
	}
	return k.checks
}

// CheckSentOnce looks at the joins that were sent, in order: whether one came after a good answer to the one before,
// and whether it was the same event. Another event after another template is a new attempt.
func CheckSentOnce(sent []Received, sameTemplate func(earlier, later Received) bool) []Check {
	k := collector{all: true, tally: &tally{}}
	for i := range sent {
		k.subject, k.seq = sent[i].subject(), sent[i].Seq
		sentAgain(&k, sent, i, sameTemplate)
	}
	return k.checks
}

func sentAgain(k *collector, sent []Received, i int, sameTemplate func(earlier, later Received) bool) {
	this := sent[i]
	if i == 0 {
		k.pass(KindSentOnce, "", func() string { return "the first" })
		return
	}
	before := sent[i-1]
	same := bytes.Equal(before.Request.Body, this.Request.Body)
	switch {
	case before.Answer != nil && before.Answer.Status < 300 && same && before.Server == this.Server:
		k.warn(KindSentOnce, SentAgain, "", fmt.Sprintf("the same event again, to the same server, after %d",
			before.Answer.Status))
	case !same && sameTemplate(before, this):
		k.fail(KindSentOnce, SentAnotherEvent, "", "another event, made of the same protoevent: both may be in the room now")
	case same:
		k.pass(KindSentOnce, "", func() string { return "the same event again, " + afterWhat(before.Answer) })
	default:
		k.pass(KindSentOnce, "", func() string { return "of another protoevent" })
	}
}

func afterWhat(answer *client.Response) string {
	if answer == nil {
		return "after no answer"
	}
	return fmt.Sprintf("after %d", answer.Status)
}
