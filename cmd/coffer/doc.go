// Coffer is an object store server that speaks S3.
//
//	coffer serve      run the server
//	coffer check      examine a stopped store
//	coffer health     ask a running server whether it is ready
//	coffer version    print the version
//
//	args, env -> run -> one function a command -> exit code
//	                      internal/config   values of settings
//	                      internal/server   the running server
//	                      internal/datadir  the files on disk
//
// The exit code is 0 for success, 1 for failure (check: problems were found)
// and 2 for wrong usage.
package main
