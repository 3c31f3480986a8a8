// Package rgwadmin is the command line of Ceph's RGW, radosgw-admin, as a
// [cli.Tool] over an [admin.Service].
//
//	user create --uid alice --display-name Alice
//	      |
//	  parse: words and flags          flags.go, parse.go
//	      |
//	  find: a row of the table        command.go, commands.go
//	      |  help, completion come from the same table
//	  run: one function a command     user.go, bucket.go, quota.go, ...
//	      |
//	  rgwdoc.Document -> JSON or XML on standard output
//	  failure         -> text on standard error, exit status
//
// Output, messages and exit statuses are those of radosgw-admin 16.2 as far as
// they are recorded in testdata. An exit status is the number of a Linux error, or
// that of an RGW error modulo 256. A flag that a command has no use for is
// refused, where the original passes it over.
package rgwadmin
