// Package certfile serves a TLS certificate from two files and notices when
// they change.
//
//	handshake -> Certificate: looked at the files within the last second?
//	                 yes: the certificate in memory
//	                 no:  changed? read both, check that they belong together
//	                      not readable: log once, keep the old certificate
//
// There is no goroutine and no signal: a renewed certificate is served at most
// a second after its files are in place.
package certfile
