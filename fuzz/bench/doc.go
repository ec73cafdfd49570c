// Package bench measures the tester: how soon a fault that was planted in the reference
// server is found, by which generator of traces, and how small the trace gets. It also
// proves how small that can be.
package bench
