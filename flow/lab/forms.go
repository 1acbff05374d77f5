package lab

import (
	"embed"
	"maps"
	"strings"
	"text/template"
)

//go:embed *.tmpl
var forms embed.FS

var templates = template.Must(template.New("").Funcs(template.FuncMap{"quoted": quoted}).ParseFS(forms, "*.tmpl"))

// filled is a form filled in with what is known of a server, and more.
func filled(form string, s Server, more map[string]any) (string, error) {
	data := map[string]any{"Name": s.Name, "BaseURL": "https://" + s.Name + "/", "Port": s.Port, "Plain": s.Plain,
		"Serves": s.Serves, "Authority": s.Authority, "KeyFile": keyFile}
	maps.Copy(data, more)
	var out strings.Builder
	err := templates.ExecuteTemplate(&out, form, data)
	return out.String(), err
}
