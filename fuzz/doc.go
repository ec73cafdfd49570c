// Package fuzz is everything with effects: it generates traces, drives a target
// through them, and keeps what was found.
//
// The way of a trace is [Generate], [Driver.Run], and, if a rule was broken,
// package shrink; [Campaign] runs that in a loop.
package fuzz
