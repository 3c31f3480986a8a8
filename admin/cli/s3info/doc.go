// Package s3info is the tool with which the users of a machine see their own S3
// credentials. It takes no user as an argument: who asks is what the kernel
// says, so nobody can ask for another's.
//
//	$ s3info
//	Access key: ...                    operating system's user name
//	Secret key: ...                       |  mapping file, line "name s3user"
//	Sharing address: name@domain          |  else the user whose e-mail is name@domain
//	                                      v
//	$ s3info keys --machine-output     oldest active key of that user
//	<access key> <secret key>
//
// The form of the output is that of the tool that supercomputing centres give to
// the users of their Ceph gateways, so that scripts which read it go on to work:
//
//	read ak sk < <(s3info keys --machine-output)
package s3info
