package model

// Status is the condition of a status response (RFC 3501 section 7.1).
type Status uint8

// The five conditions. NoStatus is the absence of one.
const (
	NoStatus Status = iota
	OK
	NO
	BAD
	PREAUTH
	BYE
)

// String is the RFC's name of the condition, "" for none.
func (s Status) String() string {
	return [...]string{"", "OK", "NO", "BAD", "PREAUTH", "BYE"}[s]
}

// Response is one response of the server: a continuation request, a status
// response, or a piece of server data (RFC 3501 section 7).
type Response struct {
	// Raw is the response as it came, literals included, without the CRLF that
	// ends it.
	Raw string
	// Tag is "*" for an untagged response, "+" for a continuation request, and
	// else the tag.
	Tag string
	// Status and Code are those of a status response. Text is its
	// human-readable text, or that of a continuation request.
	Status Status
	Code   *Code
	Text   string
	// Data is the content of an untagged response that is not a status.
	Data Data
	// Syntax is what the grammar says against Raw; nil if nothing. The other
	// fields but Raw are then as far as was read.
	Syntax *SyntaxError
}

// SyntaxError is a departure of the server from the grammar of RFC 3501
// section 9, or from that of an extension whose data the response has.
type SyntaxError struct {
	Offset int    // of the offending octet in Response.Raw
	Rule   string // the ABNF rule that failed, e.g. "resp-text-code"
	Want   string // what the rule allows here, and the RFC of a rule that is not of RFC 3501
	Got    string // the octet found, quoted, or "end of response"
}

// Error is one line that names the octet and the rule.
func (e *SyntaxError) Error() string {
	return "octet " + itoa(e.Offset) + ": " + e.Rule + " wants " + e.Want + ", got " + e.Got
}

// Code is a response code (RFC 3501 section 7.1). Name is in upper case.
type Code struct {
	Name string
	Num  uint32   // of UIDNEXT, UIDVALIDITY, UNSEEN; the UIDVALIDITY of APPENDUID, COPYUID
	List []string // of PERMANENTFLAGS, CAPABILITY, BADCHARSET
	Args string   // of a code that RFC 3501 does not define: the text behind the name
	// Sets are the sets in Args: one of APPENDUID, the originals and the copies of
	// COPYUID (RFC 4315), one of MODIFIED (RFC 7162).
	Sets []Set
}

// Data is the content of an untagged response: a sealed sum.
type Data interface{ data() }

// The server data of RFC 3501 sections 7.2 to 7.4.
type (
	// Exists is the number of messages (7.3.1).
	Exists struct{ N uint32 }
	// Recent is the number of messages with \Recent (7.3.2).
	Recent struct{ N uint32 }
	// Expunge is the number of a message that was removed (7.4.1).
	Expunge struct{ N uint32 }
	// FlagsData lists the flags of the mailbox (7.2.6).
	FlagsData struct{ Flags []string }
	// ListData is a LIST or LSUB response (7.2.2, 7.2.3). Delim is "" for NIL.
	// Extended is the list of extended data items behind the name as it came,
	// "" for none (RFC 5258 section 6, mbox-list-extended).
	ListData struct {
		LSub     bool
		Attrs    []string
		Delim    string
		Name     string
		Extended string
	}
	// SearchData is a SEARCH response (7.2.5). ModSeq is the mod-sequence behind
	// the numbers, 0 for none (RFC 7162 section 3.1.5).
	SearchData struct {
		Nums   []uint32
		ModSeq uint64
	}
	// StatusData is a STATUS response (7.2.4). Items are in upper case.
	StatusData struct {
		Name  string
		Items []StatusItem
	}
	// CapabilityData is a CAPABILITY response (7.2.1).
	CapabilityData struct{ Caps []string }
	// FetchData is a FETCH response (7.4.2).
	FetchData struct {
		N    uint32
		Atts []Att
	}
	// OtherData is a response of an extension that has no type here. Name is in
	// upper case; Raw is what follows it and a space, as it came.
	OtherData struct{ Name, Raw string }
)

// The server data of extensions.
type (
	// NamespaceData is a NAMESPACE response (RFC 2342). A list is nil for NIL.
	NamespaceData struct{ Personal, Other, Shared []Namespace }
	// EnabledData is an ENABLED response (RFC 5161).
	EnabledData struct{ Caps []string }
	// VanishedData is a VANISHED response (RFC 7162 section 3.2.10). The set has
	// unique identifiers.
	VanishedData struct {
		Earlier bool
		Set     Set
	}
	// ESearchData is an ESEARCH response (RFC 4731). Tag is that of its command,
	// "" for none; UID says that the numbers are unique identifiers. Min, Max and
	// ModSeq are 0, All and Other nil where the response does not have them.
	ESearchData struct {
		Tag      string
		UID      bool
		Min, Max uint32
		All      Set
		HasCount bool
		Count    uint32
		ModSeq   uint64
		Other    []TaggedItem
	}
)

// Namespace is a namespace of a [NamespaceData]. Delim is "" for NIL. Extension
// is what follows the delimiter, as it came.
type Namespace struct{ Prefix, Delim, Extension string }

// TaggedItem is an item of a response that an extension has added to it (RFC
// 4466). Label is in upper case; Raw is its value as it came.
type TaggedItem struct{ Label, Raw string }

// StatusItem is one item of a STATUS response. Only the field that belongs to
// the item is set.
type StatusItem struct {
	Name string
	N    uint32
	Long uint64 // HIGHESTMODSEQ (RFC 7162), SIZE (RFC 8438), DELETED-STORAGE (RFC 9208)
	ID   string // MAILBOXID (RFC 8474)
	Nil  bool   // APPENDLIMIT is NIL (RFC 7889)
}

// Att is one data item of a FETCH response. Name is in upper case, with its
// section but without an origin octet: "FLAGS", "BODY[HEADER]",
// `BODY[HEADER.FIELDS (FROM)]` (field names in upper case, as atoms where they
// can be). Only the fields that belong to the item are set.
type Att struct {
	Name   string
	Origin int64    // the origin octet of BODY[section]<origin>; -1 for none
	Flags  []string // FLAGS
	Num    uint32   // UID, RFC822.SIZE, BINARY.SIZE[section] (RFC 3516)
	Text   string   // the octets of an nstring or literal8; the text of INTERNALDATE
	Nil    bool     // the nstring is NIL
	Raw    string   // ENVELOPE, BODY, BODYSTRUCTURE, MODSEQ (RFC 7162): the octets as they came
}

func (Exists) data()         {}
func (Recent) data()         {}
func (Expunge) data()        {}
func (FlagsData) data()      {}
func (ListData) data()       {}
func (SearchData) data()     {}
func (StatusData) data()     {}
func (CapabilityData) data() {}
func (FetchData) data()      {}
func (OtherData) data()      {}
func (NamespaceData) data()  {}
func (EnabledData) data()    {}
func (VanishedData) data()   {}
func (ESearchData) data()    {}
