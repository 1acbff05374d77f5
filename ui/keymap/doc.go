// Package keymap names what keys ask for, and how keys and places are spelled.
package keymap
