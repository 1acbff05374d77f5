package ui

import (
	"context"
	"slices"

	tea "github.com/charmbracelet/bubbletea"

	"doorstep/flow/alter"
	"doorstep/ui/story"
)

// forked takes a branch in that has not done the step which h has edited.
func (h *handshake) forked(b *handshake) {
	if h.kin == nil {
		h.kin = &kin{all: []*handshake{h}}
	}
	h.kin.all = append(h.kin.all, b)
	h.unedited, b.kin = b, h.kin
	b.prefers, b.pane, b.view.Filter = h.prefers, h.pane, h.view.Filter
	b.steps = h.steps - 1 // it has this step to do
}

// toOtherBranch shows the next branch.
func (m *Model) toOtherBranch() {
	all := m.screen.branches()
	m.screen = all[(slices.Index(all, m.screen)+1)%len(all)]
	m.screen.resize(m.width, m.height)
}

// branchesStepped has the branches that are not edited go as far as those that are, and tells what was answered, once
// both answers are there.
func (m *Model) branchesStepped(stepped *handshake) tea.Cmd {
	var cmds []tea.Cmd
	for _, h := range stepped.branches() {
		if u := h.unedited; u != nil && !u.busy && !story.Over(u.latest) && u.steps < h.steps {
			cmds = append(cmds, u.catchUp(h.steps-u.steps))
		}
		if h.unedited == stepped {
			h.mainKey, h.sideKey = contentKey{}, contentKey{} // they tell what it came to
		}
		if words := h.answerToTell(); words != "" && h == m.screen {
			h.told = h.latest.Altered[len(h.latest.Altered)-1]
			if h.layout.StatusLines < 2 { // no line tells of the row
				m.notice = words
			}
		}
	}
	return tea.Batch(cmds...)
}

// catchUp does steps in the background, whichever branch is shown.
func (h *handshake) catchUp(steps int) tea.Cmd {
	src := h.src
	h.steps += steps - 1 // doing counts one
	return h.doing(func(ctx context.Context) bool {
		did := false
		for range steps {
			if !src.Step(ctx) {
				break
			}
			did = true
		}
		return did
	})
}

// answerToTell says what was answered to the last edit, once it was and the other branch has its answer; empty before,
// and when it was told.
func (h *handshake) answerToTell() string {
	n := len(h.latest.Altered)
	if n == 0 || h.told == h.latest.Altered[n-1] {
		return ""
	}
	b := alter.Branch{Altered: h.whole}
	if h.unedited != nil {
		b.Usual = h.unedited.whole
	}
	altered, usual := b.AnswersTo(h.latest.Altered[n-1])
	if altered.Entry == nil || h.unedited != nil && usual.Entry == nil && !story.Over(h.unedited.latest) {
		return ""
	}
	return story.Phrases{Signs: h.Signs}.Answered(h.latest, b, h.latest.Altered[n-1], h.width-1)
}
