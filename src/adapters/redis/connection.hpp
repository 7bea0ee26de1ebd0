#pragma once

#include "adapters/redis/endpoint.hpp"

#include <array>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/basic_resolver.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>

namespace rollcall::redis {

// One attempt at a byte stream to a server: TCP, TLS or a Unix socket. It never comes back: a new
// attempt is a new connection. Always held by a shared_ptr, which its own handlers share.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  // Called on the loop's thread, never from within a call to the connection.
  class Owner {
   public:
    virtual void on_open() = 0;
    virtual void on_bytes(std::string_view bytes) = 0;
    virtual void on_written() = 0;
    // Once, and nothing after it. The reason is for people.
    virtual void on_broken(const std::string& reason) = 0;

   protected:
    ~Owner() = default;
  };

  // With a TLS context the stream is encrypted, and the certificate must name the host.
  Connection(boost::asio::io_context& context, boost::asio::ssl::context* tls, Owner& owner);

  void open(const Endpoint& endpoint);

  // Takes the bytes and leaves `output` empty, for use again. One at a time: wait for
  // on_written().
  void write(std::string& output);

  // Bytes have arrived that were not handed over yet.
  bool has_unread();

  // At once and for good; the owner hears nothing more.
  void close();

 private:
  using Executor = boost::asio::io_context::executor_type;
  using Protocol = boost::asio::generic::stream_protocol;
  using Socket = boost::asio::basic_stream_socket<Protocol, Executor>;
  using Resolver = boost::asio::ip::basic_resolver<boost::asio::ip::tcp, Executor>;

  static constexpr std::size_t kReadBytes = 16 * 1024;

  void resolve(const Endpoint& endpoint);
  void connect(const std::vector<Protocol::endpoint>& endpoints);
  void connected();
  void shake_hands();
  void opened();
  void read();
  void broken(std::string_view doing, const boost::system::error_code& error);

  Resolver resolver_;
  Socket socket_;
  std::optional<boost::asio::ssl::stream<Socket&>> tls_;
  Owner* owner_;
  std::string host_;
  bool is_tcp_ = true;
  std::string writing_;
  std::array<char, kReadBytes> bytes_;
};

}  // namespace rollcall::redis
