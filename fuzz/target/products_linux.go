package target

// products are the servers that imapcheck can run.
var products = []*product{dovecot, cyrus, courier, mailutils, gomem1, gluon}
