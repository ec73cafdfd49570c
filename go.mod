module github.com/imapcheck/imapcheck

go 1.26
