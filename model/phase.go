package model

// Phase is the state of one IMAP connection (RFC 3501 section 3).
type Phase uint8

// The four states, and Unopened for a connection that has no greeting yet.
const (
	Unopened Phase = iota
	NotAuthenticated
	Authenticated
	Selected
	Logout
)

var phaseNames = [...]string{"Unopened", "NotAuthenticated", "Authenticated", "Selected", "Logout"}

// String is the RFC's name of the state, in one word.
func (p Phase) String() string {
	if int(p) < len(phaseNames) {
		return phaseNames[p]
	}
	return "Phase(?)"
}

// Arrow is one of the seven numbered transitions of the figure in RFC 3501
// section 3. Zero means that a step took none of them.
type Arrow uint8

// The arrows, in the order and with the numbers of the figure.
const (
	NoArrow         Arrow = iota
	GreetingOK            // (1) connection without pre-authentication
	GreetingPreauth       // (2) pre-authenticated connection
	GreetingBye           // (3) rejected connection
	Login                 // (4) successful LOGIN or AUTHENTICATE
	Select                // (5) successful SELECT or EXAMINE
	Deselect              // (6) CLOSE, or failed SELECT or EXAMINE
	EnterLogout           // (7) LOGOUT, server shutdown, or connection closed
)
