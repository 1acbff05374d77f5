// Package traffic finds the handshakes among exchanges that another program recorded, and makes traces of them that say
// what is missing. Packages that read a form of file hand it exchanges: flow/har those of HTTP archives, flow/mitm
// those of mitmproxy's flow files.
package traffic
