// Package bufpool lends byte buffers that are aligned for direct input and
// output.
//
//	Get(100 KiB) --> smallest class that holds it --> [64K | 256K | 1M]
//	                                                        ^
//	Put(buffer) --------------- back to its class ----------'
//
// A buffer's memory starts at a multiple of [Align] bytes, so that it can be
// handed to a file that is open with O_DIRECT.
package bufpool
