// Package validate has the tests of what "imapcheck ci init" writes: it holds the files
// against what their services demand, and runs their scripts as the services would. It is
// a module of its own, so that what it needs for that reaches nobody else.
package validate
