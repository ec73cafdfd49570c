// Package report writes what was found as text for people: on a terminal, in a log,
// or in the output of a test. The packages below it write a [Campaign] for machines and for
// browsers: each a function from that value to octets, the same for the same value.
package report
