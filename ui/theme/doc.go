// Package theme decides how things look: colours, signs, and lines of a width.
package theme
