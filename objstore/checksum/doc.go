// Package checksum holds the checksum algorithms of the S3 API: their names and
// headers, the hashes, the base64 forms of their values, and how the checksum
// of a multipart object follows from those of its parts.
//
//	body --Write--> Digests --+--> MD5      (the ETag)
//	                          +--> CRC64NVME, SHA256, ...
//
//	part sums --+--> Composite: hash of the sums, "base64-N"
//	            +--> Combine:   CRC of the whole object (parts are not read)
//
// The package is pure computation: it does no input or output.
package checksum
