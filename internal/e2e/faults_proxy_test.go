package e2e

import (
	"bytes"
	"context"
	"net"
	"regexp"
	"sync"
	"testing"
)

// incident is what a proxy does to an insert.
type incident int

// The incidents.
const (
	loseQuery incident = iota + 1 // the connection ends before the insert has arrived
	loseReply                     // the server has committed, and the connection ends before the client hears of it
	stall                         // the rows do not arrive, and nothing else happens
)

// proxy stands between the program and the warehouse's native port, and knows inserts when it sees them.
type proxy struct {
	t        *testing.T
	addr, to string
	stored   chan struct{} // closed when an insert into the ledger has been acknowledged
	once     sync.Once
	serving  sync.WaitGroup

	mu       sync.Mutex
	listener net.Listener
	closed   bool // down, and not up again
	conns    map[net.Conn]bool
	table    string // of the next incident
	next     incident
	// cut says after how many bytes from the server the next connection ends, in the middle of whatever it is; 0:
	// never. nil: none ends.
	cut  func() int
	cuts int // connections that have ended so
}

// newProxy forwards to an address until the test ends.
func newProxy(t *testing.T, to string) *proxy {
	t.Helper()
	p := &proxy{t: t, to: to, addr: "127.0.0.1:0", stored: make(chan struct{}), conns: map[net.Conn]bool{}}
	p.up()
	t.Cleanup(func() {
		p.down()
		p.serving.Wait()
	})
	return p
}

// up listens, where it listened before.
func (p *proxy) up() {
	p.t.Helper()
	listener, err := net.Listen("tcp", p.addr)
	if err != nil {
		p.t.Fatal(err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.listener, p.addr, p.closed = listener, listener.Addr().String(), false
	p.serving.Go(func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			p.serve(client)
		}
	})
}

// down ends every connection and refuses new ones.
func (p *proxy) down() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
	_ = p.listener.Close() // a second time does no harm
	for c := range p.conns {
		_ = c.Close()
	}
}

// arm lets the next insert into a table meet with an incident.
func (p *proxy) arm(table string, what incident) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.table, p.next = table, what
}

// meets returns the incident of an insert, once.
func (p *proxy) meets(table string) (what incident) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if table == p.table {
		what, p.next, p.table = p.next, 0, ""
	}
	return what
}

// cutting ends connections once they have carried so many bytes.
func (p *proxy) cutting(after func() int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cut = after
}

// ended is how many connections cut has ended.
func (p *proxy) ended() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.cuts
}

// awaitLedger returns when a batch has been stored.
func (p *proxy) awaitLedger(ctx context.Context) {
	select {
	case <-p.stored:
	case <-ctx.Done():
		p.t.Error("no batch was stored")
	}
}

func (p *proxy) serve(client net.Conn) {
	p.mu.Lock()
	to := p.to
	p.mu.Unlock()
	server, err := net.Dial("tcp", to)
	if err != nil {
		_ = client.Close()
		return
	}
	p.mu.Lock()
	closed, cut := p.closed, p.cut
	if !closed {
		p.conns[client], p.conns[server] = true, true
	}
	p.mu.Unlock()
	if closed { // it was accepted just before
		_, _ = client.Close(), server.Close()
		return
	}
	c := &carried{proxy: p, client: client, server: server}
	if cut != nil {
		c.left = cut()
	}
	p.serving.Go(func() { c.carry(client, server, c.sent) })
	p.serving.Go(func() { c.carry(server, client, c.replied) })
}

// carried is one connection.
type carried struct {
	*proxy
	client, server net.Conn

	at       sync.Mutex
	table    string // of the insert under way
	incident incident
	asked    bool // the server has asked for the rows
	withRows bool // and the client has sent some
	over     bool // the connection is to end
	left     int  // bytes from the server until it ends; 0: it does not
}

// carry copies one direction as far as pass lets it.
func (c *carried) carry(from, to net.Conn, pass func([]byte) bool) {
	defer func() {
		_, _ = c.client.Close(), c.server.Close()
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(c.conns, c.client)
		delete(c.conns, c.server)
	}()
	buffer := make([]byte, 64<<10)
	for {
		n, err := from.Read(buffer)
		if n > 0 && pass(buffer[:n]) {
			part := buffer[:n]
			if from == c.server {
				part = c.cutTo(part)
			}
			if _, err := to.Write(part); err != nil {
				return
			}
		}
		if err != nil || c.isOver() {
			return
		}
	}
}

// cutTo returns what still comes through of what the server sends.
func (c *carried) cutTo(data []byte) []byte {
	c.at.Lock()
	defer c.at.Unlock()
	if c.left == 0 || len(data) < c.left {
		c.left = max(0, c.left-len(data))
		return data
	}
	c.over = true
	c.mu.Lock()
	defer c.mu.Unlock()
	c.cuts++
	return data[:c.left]
}

func (c *carried) isOver() bool {
	c.at.Lock()
	defer c.at.Unlock()
	return c.over
}

// insertInto finds the text of an insert of rows in what the driver sends: it writes a query whole, and not compressed.
var insertInto = regexp.MustCompile(`INSERT INTO (\w+) \([^)]*\)\s+FORMAT`)

// sent says whether what the client sends goes on to the server.
func (c *carried) sent(data []byte) bool {
	c.at.Lock()
	defer c.at.Unlock()
	if found := insertInto.FindSubmatch(data); found != nil {
		c.table, c.asked, c.withRows = string(found[1]), false, false
		c.incident = c.meets(c.table)
		c.over = c.incident == loseQuery
		return !c.over
	}
	c.withRows = c.asked
	return c.incident != stall
}

// replied says whether what the server sends goes on to the client.
func (c *carried) replied(data []byte) bool {
	const endOfStream = 5 // the last packet of an insert, of this one byte
	c.at.Lock()
	defer c.at.Unlock()
	if c.table == "" {
		return true
	}
	c.asked = true
	committed := c.withRows && bytes.HasSuffix(data, []byte{endOfStream})
	if !committed {
		return c.incident != loseReply || !c.withRows
	}
	if c.incident == loseReply {
		c.over = true
		return false
	}
	if c.table == "ledger" {
		c.once.Do(func() { close(c.stored) })
	}
	c.table, c.withRows, c.asked = "", false, false
	return true
}
