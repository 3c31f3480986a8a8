// Package arch keeps the shape of the module: which package may import which,
// how big a file or a function may grow, what a package must come with.
//
//	go list -deps -json ./...          *.go files of the tree
//	        |                                  |
//	     Packages                            Tree
//	        |                                  |
//	  Imports, External            Sizes, Vars, Calls, Docs
//	        \                                  /
//	                    []Finding
//
// The rules of this module are in the package's tests; a finding says what is
// wrong and what to do about it. The few allowed breaches are named in one list
// there, each with its reason, and an entry that is no longer needed fails too.
package arch
