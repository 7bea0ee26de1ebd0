#pragma once

#include "transport/http/connection_ticket.hpp"
#include "transport/http/request.hpp"
#include "transport/http/response.hpp"
#include "transport/net/poller.hpp"
#include "transport/net/socket.hpp"

#include <cstdint>
#include <functional>
#include <string>

#include <boost/asio/ip/address.hpp>

namespace rollcall::http {

class Server;

// What is known of a client beside its request.
struct Client {
  boost::asio::ip::address address;  // the peer's; see access.hpp for trusted proxies
  bool tls = false;
};

// A connection that speaks another protocol from now on, on its way to whoever serves that. The
// taker becomes the poller's handler of `key`, and removes it when it closes the socket.
struct Upgraded {
  net::Socket socket;
  net::Poller::Key key = 0;
  std::string received;     // what came behind the request
  bool has_unread = false;  // the socket may hold more
  std::string unsent;       // the 101, so that it leaves with what follows it, in one write
  ConnectionTicket ticket;
};
using UpgradeTaker = std::function<void(Upgraded)>;

// The right to answer one request. Copyable, and it may outlive its connection: the first answer
// counts, later ones and those to a connection that has gone are ignored. Used on its shard only.
class Exchange {
 public:
  Exchange(Server& server, std::uint32_t slot, std::uint32_t serial)
      : server_(&server), slot_(slot), serial_(serial) {}

  void respond(const Response& response) const;

  // Answers with `response`, a 101, and hands the connection over; it leaves this server. When
  // the connection has gone, or the server drains, `taker` is never called.
  void upgrade(const Response& response, UpgradeTaker taker) const;

  // Header lines that this request's answer carries whatever it is; each ended by CRLF.
  void set_fields(std::string fields) const;

 private:
  Server* server_;
  std::uint32_t slot_;
  std::uint32_t serial_;
};

// What answers requests: now or later, through the exchange, exactly once.
class RequestHandler {
 public:
  virtual void handle(const Request& request, const Client& client, Exchange exchange) = 0;

 protected:
  ~RequestHandler() = default;
};

}  // namespace rollcall::http
