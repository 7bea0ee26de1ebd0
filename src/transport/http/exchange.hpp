#pragma once

#include "transport/http/request.hpp"
#include "transport/http/response.hpp"

#include <cstdint>
#include <string>

#include <boost/asio/ip/address.hpp>

namespace rollcall::http {

class Server;

// The right to answer one request. Copyable, and it may outlive its connection: the first answer
// counts, later ones and those to a connection that has gone are ignored. Used on its shard only.
class Exchange {
 public:
  Exchange(Server& server, std::uint32_t slot, std::uint32_t serial)
      : server_(&server), slot_(slot), serial_(serial) {}

  void respond(const Response& response) const;

  // Header lines that this request's answer carries whatever it is; each ended by CRLF.
  void set_fields(std::string fields) const;

 private:
  Server* server_;
  std::uint32_t slot_;
  std::uint32_t serial_;
};

// What is known of a client beside its request.
struct Client {
  boost::asio::ip::address address;  // the peer's; see access.hpp for trusted proxies
  bool tls = false;
};

// What answers requests: now or later, through the exchange, exactly once.
class RequestHandler {
 public:
  virtual void handle(const Request& request, const Client& client, Exchange exchange) = 0;

 protected:
  ~RequestHandler() = default;
};

}  // namespace rollcall::http
