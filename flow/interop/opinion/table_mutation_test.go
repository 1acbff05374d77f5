//go:build goexperiment.jsonv2

package opinion

// mutationDisagreements are those met in events with one thing out of the ordinary.
var mutationDisagreements = []*row{}
