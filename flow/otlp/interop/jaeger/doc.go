// Package jaeger holds what Doorstep sends against Jaeger, which stores it and is asked for it again.
package jaeger
