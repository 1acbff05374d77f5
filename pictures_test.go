package main

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"doorstep/ui/command"
)

// pictureLine is a line of the script that makes the pictures: name, parts, recording.
var pictureLine = regexp.MustCompile(`(?m)^picture (\S+) (\S+) (\S+)$`)

// shownPicture is a picture that the README shows: what is read in its place, and the file.
var shownPicture = regexp.MustCompile(`!\[([^\]]*)\]\(([^)]*)\)`)

// The pictures of the README are what the program draws now, every one is shown, and whoever does not see it is told
// what is on it.
func TestPictures(t *testing.T) {
	const folder = ".github/pictures"
	script, err := os.ReadFile(folder + "/make.sh")
	if err != nil {
		t.Fatal(err)
	}
	var made []string
	for _, line := range pictureLine.FindAllStringSubmatch(string(script), -1) {
		file := folder + "/" + line[1] + ".svg"
		made = append(made, file)
		var now, said bytes.Buffer
		if code := command.Run([]string{"export", "--format", "svg", "--part", line[2], line[3]}, &now, &said); code != 0 {
			t.Fatalf("%s: exit code %d: %s", file, code, said.String())
		}
		if kept, err := os.ReadFile(file); err != nil || !bytes.Equal(kept, now.Bytes()) {
			t.Errorf("%s is not what the program draws now: run %s/make.sh", file, folder)
		}
	}
	if len(made) < 3 {
		t.Errorf("%s/make.sh makes only %q", folder, made)
	}
	there, err := filepath.Glob(folder + "/*.svg")
	if err != nil {
		t.Fatal(err)
	}
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	var shown []string
	for _, picture := range shownPicture.FindAllStringSubmatch(string(readme), -1) {
		shown = append(shown, picture[2])
		if words := strings.Fields(picture[1]); len(words) < 8 {
			t.Errorf("README.md says of %s only %q", picture[2], picture[1])
		}
	}
	for _, list := range []*[]string{&made, &shown, &there} {
		slices.Sort(*list)
	}
	if !slices.Equal(made, there) || !slices.Equal(made, shown) {
		t.Errorf("made are %q, in the folder are %q, README.md shows %q", made, there, shown)
	}
}
