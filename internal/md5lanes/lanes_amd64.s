#include "textflag.h"

// Sixteen MD5s side by side: lane i of each register belongs to message i.
//
//	Z0-Z15   the words of the block
//	Z16-Z19  a, b, c, d of RFC 1321, 3.4
//	Z20      what a step works with
//	DI       state, SI pointers to the messages, BX how far into them,
//	CX       blocks that are left, R10 the constants of the steps

// ROW loads the block of message i.
#define ROW(i, z) \
	MOVQ      (i*8)(SI), AX; \
	VMOVDQU32 (AX)(BX*1), z

// DWORDS, QWORDS and QUARTERS are the stages of a transposition: each takes
// two registers apart and joins their lower and their upper parts.
#define DWORDS(a, b, low, high) \
	VPUNPCKLDQ b, a, low; \
	VPUNPCKHDQ b, a, high

#define QWORDS(a, b, low, high) \
	VPUNPCKLQDQ b, a, low; \
	VPUNPCKHQDQ b, a, high

#define QUARTERS(a, b, even, odd) \
	VSHUFI32X4 $0x88, b, a, even; \
	VSHUFI32X4 $0xDD, b, a, odd

// STEP is one step of RFC 1321, 3.4, with the word w: t is d, then f of b, c
// and d as the truth table f tells.
#define STEP(f, a, b, c, d, w, k, s) \
	VMOVDQA32     d, Z20; \
	VPADDD        w, a, a; \
	VPTERNLOGD    f, c, b, Z20; \
	VPADDD.BCST   (k*4)(R10), a, a; \
	VPADDD        Z20, a, a; \
	VPROLD        s, a, a; \
	VPADDD        b, a, a

#define F $0xB8 // b ? c : d
#define G $0xCA // d ? b : c
#define H $0x96 // b xor c xor d
#define I $0x65 // c xor (b or not d)

// func blocks(s *state, at *[Lanes]*byte, n int)
TEXT ·blocks(SB), NOSPLIT, $0-24
	MOVQ s+0(FP), DI
	MOVQ at+8(FP), SI
	MOVQ n+16(FP), CX
	LEAQ ·steps(SB), R10
	XORQ BX, BX
	VMOVDQU32 0(DI), Z16
	VMOVDQU32 64(DI), Z17
	VMOVDQU32 128(DI), Z18
	VMOVDQU32 192(DI), Z19

block:
	VMOVDQU32 Z16, 0(DI)
	VMOVDQU32 Z17, 64(DI)
	VMOVDQU32 Z18, 128(DI)
	VMOVDQU32 Z19, 192(DI)

	ROW(0, Z0)
	ROW(1, Z1)
	ROW(2, Z2)
	ROW(3, Z3)
	ROW(4, Z4)
	ROW(5, Z5)
	ROW(6, Z6)
	ROW(7, Z7)
	ROW(8, Z8)
	ROW(9, Z9)
	ROW(10, Z10)
	ROW(11, Z11)
	ROW(12, Z12)
	ROW(13, Z13)
	ROW(14, Z14)
	ROW(15, Z15)

	DWORDS(Z0, Z1, Z16, Z17)
	DWORDS(Z2, Z3, Z18, Z19)
	DWORDS(Z4, Z5, Z20, Z21)
	DWORDS(Z6, Z7, Z22, Z23)
	DWORDS(Z8, Z9, Z24, Z25)
	DWORDS(Z10, Z11, Z26, Z27)
	DWORDS(Z12, Z13, Z28, Z29)
	DWORDS(Z14, Z15, Z30, Z31)

	QWORDS(Z16, Z18, Z0, Z1)
	QWORDS(Z17, Z19, Z2, Z3)
	QWORDS(Z20, Z22, Z4, Z5)
	QWORDS(Z21, Z23, Z6, Z7)
	QWORDS(Z24, Z26, Z8, Z9)
	QWORDS(Z25, Z27, Z10, Z11)
	QWORDS(Z28, Z30, Z12, Z13)
	QWORDS(Z29, Z31, Z14, Z15)

	QUARTERS(Z0, Z4, Z16, Z20)
	QUARTERS(Z8, Z12, Z24, Z28)
	QUARTERS(Z1, Z5, Z17, Z21)
	QUARTERS(Z9, Z13, Z25, Z29)
	QUARTERS(Z2, Z6, Z18, Z22)
	QUARTERS(Z10, Z14, Z26, Z30)
	QUARTERS(Z3, Z7, Z19, Z23)
	QUARTERS(Z11, Z15, Z27, Z31)

	QUARTERS(Z16, Z24, Z0, Z8)
	QUARTERS(Z20, Z28, Z4, Z12)
	QUARTERS(Z17, Z25, Z1, Z9)
	QUARTERS(Z21, Z29, Z5, Z13)
	QUARTERS(Z18, Z26, Z2, Z10)
	QUARTERS(Z22, Z30, Z6, Z14)
	QUARTERS(Z19, Z27, Z3, Z11)
	QUARTERS(Z23, Z31, Z7, Z15)

	VMOVDQU32 0(DI), Z16
	VMOVDQU32 64(DI), Z17
	VMOVDQU32 128(DI), Z18
	VMOVDQU32 192(DI), Z19

	STEP(F, Z16, Z17, Z18, Z19, Z0, 0, $7)
	STEP(F, Z19, Z16, Z17, Z18, Z1, 1, $12)
	STEP(F, Z18, Z19, Z16, Z17, Z2, 2, $17)
	STEP(F, Z17, Z18, Z19, Z16, Z3, 3, $22)
	STEP(F, Z16, Z17, Z18, Z19, Z4, 4, $7)
	STEP(F, Z19, Z16, Z17, Z18, Z5, 5, $12)
	STEP(F, Z18, Z19, Z16, Z17, Z6, 6, $17)
	STEP(F, Z17, Z18, Z19, Z16, Z7, 7, $22)
	STEP(F, Z16, Z17, Z18, Z19, Z8, 8, $7)
	STEP(F, Z19, Z16, Z17, Z18, Z9, 9, $12)
	STEP(F, Z18, Z19, Z16, Z17, Z10, 10, $17)
	STEP(F, Z17, Z18, Z19, Z16, Z11, 11, $22)
	STEP(F, Z16, Z17, Z18, Z19, Z12, 12, $7)
	STEP(F, Z19, Z16, Z17, Z18, Z13, 13, $12)
	STEP(F, Z18, Z19, Z16, Z17, Z14, 14, $17)
	STEP(F, Z17, Z18, Z19, Z16, Z15, 15, $22)

	STEP(G, Z16, Z17, Z18, Z19, Z1, 16, $5)
	STEP(G, Z19, Z16, Z17, Z18, Z6, 17, $9)
	STEP(G, Z18, Z19, Z16, Z17, Z11, 18, $14)
	STEP(G, Z17, Z18, Z19, Z16, Z0, 19, $20)
	STEP(G, Z16, Z17, Z18, Z19, Z5, 20, $5)
	STEP(G, Z19, Z16, Z17, Z18, Z10, 21, $9)
	STEP(G, Z18, Z19, Z16, Z17, Z15, 22, $14)
	STEP(G, Z17, Z18, Z19, Z16, Z4, 23, $20)
	STEP(G, Z16, Z17, Z18, Z19, Z9, 24, $5)
	STEP(G, Z19, Z16, Z17, Z18, Z14, 25, $9)
	STEP(G, Z18, Z19, Z16, Z17, Z3, 26, $14)
	STEP(G, Z17, Z18, Z19, Z16, Z8, 27, $20)
	STEP(G, Z16, Z17, Z18, Z19, Z13, 28, $5)
	STEP(G, Z19, Z16, Z17, Z18, Z2, 29, $9)
	STEP(G, Z18, Z19, Z16, Z17, Z7, 30, $14)
	STEP(G, Z17, Z18, Z19, Z16, Z12, 31, $20)

	STEP(H, Z16, Z17, Z18, Z19, Z5, 32, $4)
	STEP(H, Z19, Z16, Z17, Z18, Z8, 33, $11)
	STEP(H, Z18, Z19, Z16, Z17, Z11, 34, $16)
	STEP(H, Z17, Z18, Z19, Z16, Z14, 35, $23)
	STEP(H, Z16, Z17, Z18, Z19, Z1, 36, $4)
	STEP(H, Z19, Z16, Z17, Z18, Z4, 37, $11)
	STEP(H, Z18, Z19, Z16, Z17, Z7, 38, $16)
	STEP(H, Z17, Z18, Z19, Z16, Z10, 39, $23)
	STEP(H, Z16, Z17, Z18, Z19, Z13, 40, $4)
	STEP(H, Z19, Z16, Z17, Z18, Z0, 41, $11)
	STEP(H, Z18, Z19, Z16, Z17, Z3, 42, $16)
	STEP(H, Z17, Z18, Z19, Z16, Z6, 43, $23)
	STEP(H, Z16, Z17, Z18, Z19, Z9, 44, $4)
	STEP(H, Z19, Z16, Z17, Z18, Z12, 45, $11)
	STEP(H, Z18, Z19, Z16, Z17, Z15, 46, $16)
	STEP(H, Z17, Z18, Z19, Z16, Z2, 47, $23)

	STEP(I, Z16, Z17, Z18, Z19, Z0, 48, $6)
	STEP(I, Z19, Z16, Z17, Z18, Z7, 49, $10)
	STEP(I, Z18, Z19, Z16, Z17, Z14, 50, $15)
	STEP(I, Z17, Z18, Z19, Z16, Z5, 51, $21)
	STEP(I, Z16, Z17, Z18, Z19, Z12, 52, $6)
	STEP(I, Z19, Z16, Z17, Z18, Z3, 53, $10)
	STEP(I, Z18, Z19, Z16, Z17, Z10, 54, $15)
	STEP(I, Z17, Z18, Z19, Z16, Z1, 55, $21)
	STEP(I, Z16, Z17, Z18, Z19, Z8, 56, $6)
	STEP(I, Z19, Z16, Z17, Z18, Z15, 57, $10)
	STEP(I, Z18, Z19, Z16, Z17, Z6, 58, $15)
	STEP(I, Z17, Z18, Z19, Z16, Z13, 59, $21)
	STEP(I, Z16, Z17, Z18, Z19, Z4, 60, $6)
	STEP(I, Z19, Z16, Z17, Z18, Z11, 61, $10)
	STEP(I, Z18, Z19, Z16, Z17, Z2, 62, $15)
	STEP(I, Z17, Z18, Z19, Z16, Z9, 63, $21)

	VPADDD 0(DI), Z16, Z16
	VPADDD 64(DI), Z17, Z17
	VPADDD 128(DI), Z18, Z18
	VPADDD 192(DI), Z19, Z19
	ADDQ   $64, BX
	DECQ   CX
	JNZ    block

	VMOVDQU32 Z16, 0(DI)
	VMOVDQU32 Z17, 64(DI)
	VMOVDQU32 Z18, 128(DI)
	VMOVDQU32 Z19, 192(DI)
	VZEROUPPER
	RET

DATA ·steps+0(SB)/4, $0xd76aa478
DATA ·steps+4(SB)/4, $0xe8c7b756
DATA ·steps+8(SB)/4, $0x242070db
DATA ·steps+12(SB)/4, $0xc1bdceee
DATA ·steps+16(SB)/4, $0xf57c0faf
DATA ·steps+20(SB)/4, $0x4787c62a
DATA ·steps+24(SB)/4, $0xa8304613
DATA ·steps+28(SB)/4, $0xfd469501
DATA ·steps+32(SB)/4, $0x698098d8
DATA ·steps+36(SB)/4, $0x8b44f7af
DATA ·steps+40(SB)/4, $0xffff5bb1
DATA ·steps+44(SB)/4, $0x895cd7be
DATA ·steps+48(SB)/4, $0x6b901122
DATA ·steps+52(SB)/4, $0xfd987193
DATA ·steps+56(SB)/4, $0xa679438e
DATA ·steps+60(SB)/4, $0x49b40821
DATA ·steps+64(SB)/4, $0xf61e2562
DATA ·steps+68(SB)/4, $0xc040b340
DATA ·steps+72(SB)/4, $0x265e5a51
DATA ·steps+76(SB)/4, $0xe9b6c7aa
DATA ·steps+80(SB)/4, $0xd62f105d
DATA ·steps+84(SB)/4, $0x02441453
DATA ·steps+88(SB)/4, $0xd8a1e681
DATA ·steps+92(SB)/4, $0xe7d3fbc8
DATA ·steps+96(SB)/4, $0x21e1cde6
DATA ·steps+100(SB)/4, $0xc33707d6
DATA ·steps+104(SB)/4, $0xf4d50d87
DATA ·steps+108(SB)/4, $0x455a14ed
DATA ·steps+112(SB)/4, $0xa9e3e905
DATA ·steps+116(SB)/4, $0xfcefa3f8
DATA ·steps+120(SB)/4, $0x676f02d9
DATA ·steps+124(SB)/4, $0x8d2a4c8a
DATA ·steps+128(SB)/4, $0xfffa3942
DATA ·steps+132(SB)/4, $0x8771f681
DATA ·steps+136(SB)/4, $0x6d9d6122
DATA ·steps+140(SB)/4, $0xfde5380c
DATA ·steps+144(SB)/4, $0xa4beea44
DATA ·steps+148(SB)/4, $0x4bdecfa9
DATA ·steps+152(SB)/4, $0xf6bb4b60
DATA ·steps+156(SB)/4, $0xbebfbc70
DATA ·steps+160(SB)/4, $0x289b7ec6
DATA ·steps+164(SB)/4, $0xeaa127fa
DATA ·steps+168(SB)/4, $0xd4ef3085
DATA ·steps+172(SB)/4, $0x04881d05
DATA ·steps+176(SB)/4, $0xd9d4d039
DATA ·steps+180(SB)/4, $0xe6db99e5
DATA ·steps+184(SB)/4, $0x1fa27cf8
DATA ·steps+188(SB)/4, $0xc4ac5665
DATA ·steps+192(SB)/4, $0xf4292244
DATA ·steps+196(SB)/4, $0x432aff97
DATA ·steps+200(SB)/4, $0xab9423a7
DATA ·steps+204(SB)/4, $0xfc93a039
DATA ·steps+208(SB)/4, $0x655b59c3
DATA ·steps+212(SB)/4, $0x8f0ccc92
DATA ·steps+216(SB)/4, $0xffeff47d
DATA ·steps+220(SB)/4, $0x85845dd1
DATA ·steps+224(SB)/4, $0x6fa87e4f
DATA ·steps+228(SB)/4, $0xfe2ce6e0
DATA ·steps+232(SB)/4, $0xa3014314
DATA ·steps+236(SB)/4, $0x4e0811a1
DATA ·steps+240(SB)/4, $0xf7537e82
DATA ·steps+244(SB)/4, $0xbd3af235
DATA ·steps+248(SB)/4, $0x2ad7d2bb
DATA ·steps+252(SB)/4, $0xeb86d391
GLOBL ·steps(SB), RODATA|NOPTR, $256
