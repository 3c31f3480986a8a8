package checksum_test

import (
	"fmt"
	"io"
	"strings"

	"github.com/cofferstore/coffer/objstore/checksum"
)

func Example() {
	d, err := checksum.NewDigests(checksum.MD5, checksum.CRC32)
	if err != nil {
		fmt.Println(err)
		return
	}
	_, _ = io.Copy(d, strings.NewReader("123456789"))
	fmt.Printf("ETag: %x\n", d.Sum(checksum.MD5))
	fmt.Printf("%s: %s\n", checksum.CRC32.Header(), checksum.Encode(d.Sum(checksum.CRC32)))
	// Output:
	// ETag: 25f9e794323b453885f5181f1b624d0b
	// x-amz-checksum-crc32: y/Q5Jg==
}

func ExampleCombine() {
	whole, _ := checksum.NewDigests(checksum.CRC64NVME)
	first, _ := checksum.NewDigests(checksum.CRC64NVME)
	second, _ := checksum.NewDigests(checksum.CRC64NVME)
	_, _ = io.WriteString(whole, "hello, world")
	_, _ = io.WriteString(first, "hello, ")
	_, _ = io.WriteString(second, "world")

	joined, _ := checksum.Combine(checksum.CRC64NVME, []checksum.Part{
		{Sum: first.Sum(checksum.CRC64NVME), Size: first.Size()},
		{Sum: second.Sum(checksum.CRC64NVME), Size: second.Size()},
	})
	fmt.Println(checksum.Encode(joined) == checksum.Encode(whole.Sum(checksum.CRC64NVME)))
	// Output: true
}
