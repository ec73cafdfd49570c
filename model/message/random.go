package message

import "strconv"

func grow(n uint64) *entity {
	return &entity{fields: []field{
		{name: "Message-ID", text: " <imapcheck." + strconv.FormatUint(n, 10) + "@example.org>"},
	}, text: "Hello.\r\n"}
}
