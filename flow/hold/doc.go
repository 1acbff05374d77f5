// Package hold holds the answers of servers of ours until somebody lets them go, as they are or changed.
package hold
