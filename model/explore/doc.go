// Package explore is an explicit-state model checker, and what it makes of the
// reference model: every state of a small mail store that a few connections can
// reach, the automaton of one connection, and test suites that cover it.
//
// It is pure: a progress report and the wish to stop are functions of the caller,
// who also has the clock. The same input gives the same result, path for path.
package explore
