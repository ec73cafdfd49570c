package wire

import "github.com/imapcheck/imapcheck/model"

// AppendResponse appends r to dst as [model.Response.Append] does. Of a response
// that is within the grammar, ParseResponse reads the same fields back.
func AppendResponse(dst []byte, r model.Response) []byte { return r.Append(dst) }
