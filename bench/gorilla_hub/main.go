// The usual way to reach users: Go's net/http and gorilla/websocket, a hub behind a mutex, and
// for each connection a goroutine that reads, a goroutine that writes, and a channel between hub
// and writer. It serves rollcall's paths; `?user_id=` names the user, and no token is looked at.
package main

import (
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

const (
	queuedMessages = 256
	maxMessage     = 512 * 1024
	writeWait      = 10 * time.Second
	pongWait       = 60 * time.Second
	pingPeriod     = 54 * time.Second
)

type client struct {
	user string
	conn *websocket.Conn
	send chan []byte
}

type hub struct {
	mutex   sync.RWMutex
	clients map[*client]bool
	users   map[string]map[*client]bool
}

func (h *hub) join(c *client) {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	h.clients[c] = true
	if h.users[c.user] == nil {
		h.users[c.user] = map[*client]bool{}
	}
	h.users[c.user][c] = true
}

func (h *hub) leave(c *client) {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	if !h.clients[c] {
		return
	}
	delete(h.clients, c)
	delete(h.users[c.user], c)
	if len(h.users[c.user]) == 0 {
		delete(h.users, c.user)
	}
	close(c.send)
}

// Queues the message for each of them, and closes those whose channel is full.
func (h *hub) publish(message []byte, pick func() map[*client]bool) int {
	var slow []*client
	h.mutex.RLock()
	clients := pick()
	count := len(clients)
	for c := range clients {
		select {
		case c.send <- message:
		default:
			slow = append(slow, c)
		}
	}
	h.mutex.RUnlock()
	for _, c := range slow {
		h.leave(c)
	}
	return count
}

func (h *hub) read(c *client) {
	defer func() {
		h.leave(c)
		c.conn.Close()
	}()
	c.conn.SetReadLimit(maxMessage)
	c.conn.SetReadDeadline(time.Now().Add(pongWait))
	c.conn.SetPongHandler(func(string) error {
		return c.conn.SetReadDeadline(time.Now().Add(pongWait))
	})
	for {
		_, message, err := c.conn.ReadMessage()
		if err != nil {
			return
		}
		c.send <- message
	}
}

func write(c *client) {
	ticker := time.NewTicker(pingPeriod)
	defer func() {
		ticker.Stop()
		c.conn.Close()
	}()
	for {
		select {
		case message, open := <-c.send:
			c.conn.SetWriteDeadline(time.Now().Add(writeWait))
			if !open {
				c.conn.WriteMessage(websocket.CloseMessage, nil)
				return
			}
			if c.conn.WriteMessage(websocket.TextMessage, message) != nil {
				return
			}
		case <-ticker.C:
			c.conn.SetWriteDeadline(time.Now().Add(writeWait))
			if c.conn.WriteMessage(websocket.PingMessage, nil) != nil {
				return
			}
		}
	}
}

func (h *hub) upgrade(w http.ResponseWriter, r *http.Request) {
	upgrader := websocket.Upgrader{CheckOrigin: func(*http.Request) bool { return true }}
	conn, err := upgrader.Upgrade(w, r, nil)
	if err != nil {
		return
	}
	c := &client{r.URL.Query().Get("user_id"), conn, make(chan []byte, queuedMessages)}
	h.join(c)
	go write(c)
	go h.read(c)
}

func (h *hub) post(w http.ResponseWriter, r *http.Request, pick func() map[*client]bool) {
	message, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxMessage))
	if err != nil || r.Method != http.MethodPost {
		http.Error(w, "a message is missing", http.StatusBadRequest)
		return
	}
	count := h.publish(message, pick)
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusAccepted)
	fmt.Fprintf(w, `{"live":%t,"connections":%d,"reach":"local"}`, count > 0, count)
}

func (h *hub) broadcast(w http.ResponseWriter, r *http.Request) {
	h.post(w, r, func() map[*client]bool { return h.clients })
}

func (h *hub) sendToUser(w http.ResponseWriter, r *http.Request) {
	path := strings.TrimPrefix(r.URL.Path, "/api/v1/realtime/users/")
	user := strings.TrimSuffix(path, "/messages")
	if user == path {
		http.NotFound(w, r)
		return
	}
	h.post(w, r, func() map[*client]bool { return h.users[user] })
}

func main() {
	h := &hub{clients: map[*client]bool{}, users: map[string]map[*client]bool{}}
	http.HandleFunc("/api/v1/realtime/ws", h.upgrade)
	http.HandleFunc("/api/v1/realtime/broadcast", h.broadcast)
	http.HandleFunc("/api/v1/realtime/users/", h.sendToUser)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("gorilla_hub listening on http://%s\n", listener.Addr())
	log.Fatal(http.Serve(listener, nil))
}
