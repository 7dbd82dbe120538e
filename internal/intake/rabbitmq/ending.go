package rabbitmq

import (
	"context"
	"net"
	"sync"
	"time"
)

// patience bounds connecting, the handshakes included.
const patience = 30 * time.Second

// parting is how long a connection lives on when its context has ended: for the
// acknowledgements of what the ledger has, and to take leave.
const parting = 3 * time.Second

// ending ends a connection with a context, as the library knows of none: who stops does
// not wait for a broker that says nothing.
type ending struct {
	ctx    context.Context
	isMade chan struct{} // closed when the connection is made
	isOver chan struct{} // closed when it has ended
	over   func()        // says that it has ended, perhaps again
}

func newEnding(ctx context.Context) *ending {
	isOver := make(chan struct{})
	return &ending{ctx, make(chan struct{}), isOver, sync.OnceFunc(func() { close(isOver) })}
}

// dial connects until ctx ends. The handshake has its time too.
func (e *ending) dial(network, address string) (net.Conn, error) {
	conn, err := (&net.Dialer{Timeout: patience}).DialContext(e.ctx, network, address)
	if err != nil {
		return nil, err
	}
	go e.watch(conn)
	return conn, conn.SetDeadline(time.Now().Add(patience)) // the library lifts it after the handshake
}

// watch closes conn when ctx ends: at once while the connection is being made, and after
// parting when it is made.
func (e *ending) watch(conn net.Conn) {
	select {
	case <-e.isOver:
		return
	case <-e.ctx.Done():
	}
	select {
	case <-e.isMade:
		t := time.NewTimer(parting)
		defer t.Stop()
		select {
		case <-e.isOver:
		case <-t.C:
		}
	default:
	}
	_ = conn.Close()
}

// made says that the connection is made.
func (e *ending) made() { close(e.isMade) }
