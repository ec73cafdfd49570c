module github.com/imapcheck/imapcheck/fuzz/target/goservers

go 1.26

require (
	github.com/emersion/go-imap v1.2.1
	github.com/stretchr/testify v1.12.1
)

require (
	github.com/emersion/go-message v0.15.0 // indirect
	github.com/emersion/go-sasl v0.0.0-20220912192320-0145f2c60ead // indirect
	github.com/emersion/go-textwrapper v0.0.0-20200911093747-65d896831594 // indirect
	go.yaml.in/yaml/v3 v3.0.5 // indirect
	golang.org/x/text v0.7.0 // indirect
)
