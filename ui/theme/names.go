package theme

import "doorstep/render"

// Names returns the names of the themes.
func Names() []string { return render.Themes() }
