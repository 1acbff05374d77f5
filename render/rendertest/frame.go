package rendertest

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/charmbracelet/x/ansi"
)

// Check returns what is wrong with a frame: a line that is not exactly width cells, by clusters or by code points, or
// that is not harmless.
func Check(lines []string, width int) error {
	for y, line := range lines {
		if cells, ok := simple(line); ok && cells == width {
			continue
		}
		if err := harmless(line); err != nil {
			return fmt.Errorf("line %d: %w", y, err)
		}
		if a, b := ansi.StringWidth(line), ansi.StringWidthWc(line); a != width || b != width {
			return fmt.Errorf("line %d: %d cells by clusters, %d by code points, want %d: %q", y, a, b, width, clip(line))
		}
	}
	return nil
}

// simple counts the cells of a line that is nothing but characters of one cell each, wherever they stand, and sequences
// that set a colour, as nearly every line is: printable ASCII and what ladders are drawn with. It is harmless, and
// Check is done with it in a tenth of the time. False where there is anything else.
func simple(line string) (cells int, ok bool) {
	for i := 0; i < len(line); {
		switch c := line[i]; {
		case c >= ' ' && c <= '~':
			i++
		case c == 0xe2 && i+2 < len(line) && (line[i+1] == 0x94 || line[i+1] == 0x95) && line[i+2]&0xc0 == 0x80:
			i += 3 // U+2500 to U+257F
		case c == '\x1b' && i+1 < len(line) && line[i+1] == '[':
			for i += 2; i < len(line) && (line[i] >= '0' && line[i] <= '9' || line[i] == ';'); i++ {
			}
			if i == len(line) || line[i] != 'm' {
				return 0, false
			}
			i++
			continue
		default:
			return 0, false
		}
		cells++
	}
	return cells, true
}

func clip(s string) string {
	if len(s) > 400 {
		return s[:400] + "…"
	}
	return s
}

// split separates the text of a line from its looks, one for each cell: the parameters of the sequence in force.
func split(line string) (text string, looks []string, err error) {
	var b strings.Builder
	look := ""
	for line != "" {
		if line[0] != '\x1b' {
			cluster, w := ansi.FirstGraphemeCluster(line, ansi.GraphemeWidth)
			b.WriteString(cluster)
			for range w {
				looks = append(looks, look)
			}
			line = line[len(cluster):]
			continue
		}
		if link := hyperlink.FindString(line); link != "" {
			line = line[len(link):]
			continue
		}
		end := strings.IndexByte(line, 'm')
		if end < 2 || line[1] != '[' || strings.Trim(line[2:end], "0123456789;") != "" {
			return "", nil, fmt.Errorf("an escape sequence that sets no colour")
		}
		if look = line[2:end]; look == "0" || look == "" {
			look = ""
		}
		line = line[end+1:]
	}
	return b.String(), looks, nil
}

// hyperlink is what may begin or end a link: to a page of the web, with nothing in it that could end it sooner.
var hyperlink = regexp.MustCompile(`^\x1b\]8;;(https://[!-~]+)?\x07`)

// Frame returns lines in a form fit to be read and compared: the text with a bar at either end of each line, then a map
// of looks with a letter for each cell, then what the letters stand for. A frame without looks has no map.
func Frame(lines []string) string {
	var text, styles, legend strings.Builder
	letters := map[string]byte{"": '.'}
	for _, line := range lines {
		plain, looks, err := split(line)
		if err != nil {
			return "line not fit to be shown: " + err.Error() + fmt.Sprintf(": %q\n", line)
		}
		text.WriteString("|" + plain + "|\n")
		for _, look := range looks {
			letter, known := letters[look]
			if !known {
				letter = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"[(len(letters)-1)%52]
				letters[look] = letter
				fmt.Fprintf(&legend, "%c = %s\n", letter, describe(look))
			}
			styles.WriteByte(letter)
		}
		styles.WriteByte('\n')
	}
	if legend.Len() == 0 {
		return text.String()
	}
	return text.String() + "\n" + styles.String() + "\n" + legend.String()
}

// ThemedFrame returns one frame in several themes, by their names, in a form fit to be read and compared: the text,
// which has to be the same in all of them, then a map of looks with a letter for each cell, then what the letters stand
// for in each theme. Cells with the same letter look the same in every theme.
func ThemedFrame(themes []string, frames map[string][]string) (string, error) {
	var text, styles, legend strings.Builder
	letters := map[string]byte{}
	for y, line := range frames[themes[0]] {
		plain, looks, err := split(line)
		if err != nil {
			return "", fmt.Errorf("line %d: %w: %q", y, err, line)
		}
		text.WriteString("|" + plain + "|\n")
		in := [][]string{looks}
		for _, theme := range themes[1:] {
			if len(frames[theme]) != len(frames[themes[0]]) {
				return "", fmt.Errorf("%d lines in theme %s, %d in %s", len(frames[theme]), theme,
					len(frames[themes[0]]), themes[0])
			}
			other, looks, err := split(frames[theme][y])
			if err != nil || other != plain {
				return "", fmt.Errorf("line %d is %q in theme %s, %q in %s: %v", y, other, theme, plain, themes[0], err)
			}
			in = append(in, looks)
		}
		for x := range looks {
			var words []string
			for i, theme := range themes {
				if in[i][x] != "" {
					words = append(words, theme+": "+describe(in[i][x]))
				}
			}
			if words == nil {
				styles.WriteByte('.')
				continue
			}
			look := strings.Join(words, "; ")
			letter, known := letters[look]
			if !known {
				letter = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"[len(letters)%52]
				letters[look] = letter
				fmt.Fprintf(&legend, "%c = %s\n", letter, look)
			}
			styles.WriteByte(letter)
		}
		styles.WriteByte('\n')
	}
	return text.String() + "\n" + styles.String() + "\n" + legend.String(), nil
}

var attributes = map[string]string{"1": "bold", "2": "faint", "3": "italic", "4": "underline", "7": "reverse",
	"9": "struck"}

// describe returns the parameters of a colour sequence in words.
func describe(look string) string {
	colours := []string{"black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"}
	var words []string
	parts := strings.Split(look, ";")
	for i := 0; i < len(parts); i++ {
		p, n := parts[i], 0
		_, _ = fmt.Sscan(p, &n)
		word, known := attributes[p]
		switch {
		case known:
		case (n == 38 || n == 48) && i+2 < len(parts) && parts[i+1] == "5": // of the 256
			word = map[int]string{38: "colour ", 48: "on colour "}[n] + parts[i+2]
			i += 2
		case n >= 30 && n < 38:
			word = colours[n-30]
		case n >= 90 && n < 98:
			word = "bright " + colours[n-90]
		case n >= 40 && n < 48:
			word = "on " + colours[n-40]
		case n >= 100 && n < 108:
			word = "on bright " + colours[n-100]
		default:
			word = p
		}
		words = append(words, word)
	}
	return strings.Join(words, ", ")
}
