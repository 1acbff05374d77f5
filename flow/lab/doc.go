// Package lab makes what a first join on one's own machine takes, and installs nothing: an authority and its
// certificates, a ready configuration of a homeserver that talks to nobody but this machine, a user and a room on it.
// All of it is files in one folder, which its owner alone can look into.
package lab
