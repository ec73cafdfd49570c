//go:build !unix

package main

import "os"

// tooLarge is the signal at a write beyond what the limits of the process allow: there
// is none.
var tooLarge []os.Signal
