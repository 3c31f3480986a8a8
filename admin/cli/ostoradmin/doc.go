// Package ostoradmin holds the command lines of Virtuozzo's object storage:
// ostor-s3-admin, which administers users, accounts, limits and quotas, and what
// of ostor-ctl the S3 integration guide calls.
//
//	ostor-s3-admin create-user -e user@example.com
//	        |
//	   table of commands: flags, function
//	        |
//	   admin.Ostor  ->  text as the guide prints it
//
// Commands, flags and output are those of the guide; scripts read them. Whoever
// may run a tool may do everything: nobody is asked for a key. A failure is one
// line on the standard error and the exit status 1, a wrong command line 2.
package ostoradmin
