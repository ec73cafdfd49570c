//go:build unix

package main

import (
	"os"
	"syscall"
)

// tooLarge is the signal at a write beyond what the limits of the process allow.
var tooLarge = []os.Signal{syscall.SIGXFSZ}
