// Package report writes what was found as text for people: on a terminal, in a log,
// or in the output of a test.
package report
