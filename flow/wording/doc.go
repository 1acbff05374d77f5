// Package wording puts names, numbers and untrusted text into sentences.
package wording
