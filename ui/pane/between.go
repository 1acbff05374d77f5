package pane

// Between is n, or the bound it is beyond.
func Between(n, low, high int) int { return max(min(n, high), low) }
