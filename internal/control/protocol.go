package control

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
)

// Error is a constant error; compare with errors.Is.
type Error string

func (e Error) Error() string { return string(e) }

const (
	// ErrNoServer: nobody listens at the socket, or there is none.
	ErrNoServer Error = "no server is running there"

	// ErrRefused: the server did not run the tool.
	ErrRefused Error = "the server refused"

	// ErrInUse: another server listens at the socket.
	ErrInUse Error = "another server listens there"

	// ErrProtocol: the other side does not speak as it should.
	ErrProtocol Error = "not an answer of a server"
)

// Bounds of what is sent.
const (
	maxRequest = 1 << 20  // bytes
	maxArgs    = 1 << 12  // arguments of a tool
	maxFrame   = 64 << 10 // bytes of content
)

// request is what a client asks for.
type request struct {
	Tool string   `json:"tool"`
	Args []string `json:"args"`
}

// frame says what is in one piece of an answer.
type frame byte

const (
	frameStdout  frame = 'o'
	frameStderr  frame = 'e'
	frameExit    frame = 'x' // four bytes: the exit status
	frameRefused frame = 'r' // text for people
)

func writeRequest(w io.Writer, r *request) error {
	data, err := json.Marshal(r)
	if err != nil {
		return err
	}
	if len(data) > maxRequest || len(r.Args) > maxArgs {
		return fmt.Errorf("%w: the arguments are too long", ErrRefused)
	}
	_, err = w.Write(append(binary.BigEndian.AppendUint32(nil, uint32(len(data))), data...))
	return err
}

func readRequest(r io.Reader) (*request, error) {
	var size [4]byte
	if _, err := io.ReadFull(r, size[:]); err != nil {
		return nil, err
	}
	n := binary.BigEndian.Uint32(size[:])
	if n > maxRequest {
		return nil, fmt.Errorf("%w: a request of %d bytes", ErrProtocol, n)
	}
	data := make([]byte, n)
	if _, err := io.ReadFull(r, data); err != nil {
		return nil, err
	}
	var q request
	if err := json.Unmarshal(data, &q); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrProtocol, err)
	}
	if len(q.Args) > maxArgs {
		return nil, fmt.Errorf("%w: %d arguments", ErrProtocol, len(q.Args))
	}
	return &q, nil
}

func writeFrame(w io.Writer, kind frame, content []byte) error {
	head := binary.BigEndian.AppendUint32([]byte{byte(kind)}, uint32(len(content)))
	_, err := w.Write(append(head, content...))
	return err
}

func readFrame(r io.Reader) (frame, []byte, error) {
	var head [5]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return 0, nil, err
	}
	n := binary.BigEndian.Uint32(head[1:])
	if n > maxFrame {
		return 0, nil, fmt.Errorf("%w: a frame of %d bytes", ErrProtocol, n)
	}
	content := make([]byte, n)
	_, err := io.ReadFull(r, content)
	return frame(head[0]), content, err
}
