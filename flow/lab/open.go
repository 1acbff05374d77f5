package lab

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"

	"doorstep/client"
)

// Open reads what is written down of a homeserver: in its own folder, or in that of a lab with one homeserver.
func Open(dir string) (Server, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return Server{}, err
	}
	var found []Server
	var said []string
	for _, sub := range append([]string{"."}, Software()...) {
		s, err := openServer(folder{filepath.Join(dir, sub)})
		if err == nil {
			found = append(found, s)
			said = append(said, sub)
		} else if !isMissing(err) {
			return Server{}, err
		}
	}
	switch len(found) {
	case 0:
		return Server{}, fmt.Errorf("folder %q: no homeserver of a lab is in it: doorstep lab synapse makes one, or "+
			"doorstep lab dendrite", dir)
	case 1:
		return found[0], nil
	}
	return Server{}, fmt.Errorf("folder %q: there are several homeservers in it: name one of %s", dir,
		strings.Join(said, ", "))
}

func openServer(f folder) (Server, error) {
	content, err := f.read(serverFile)
	if err != nil {
		return Server{}, err
	}
	var s Server
	if err := json.Unmarshal(content, &s); err != nil {
		return Server{}, fmt.Errorf("%q: %w", f.file(serverFile), err)
	}
	_, known := written[s.Software]
	_, nameErr := client.ParseServerName(s.Name)
	if s.Version != labVersion || !known || nameErr != nil || s.listens() < 1 || s.listens() > 65535 {
		return Server{}, fmt.Errorf("%q: tells of no homeserver that this program knows", f.file(serverFile))
	}
	s.Folder, s.Above = f.path, filepath.Dir(f.path)
	s.Authority = filepath.Join(s.Above, authorityFile)
	return s, nil
}
