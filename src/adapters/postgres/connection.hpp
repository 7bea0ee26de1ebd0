#pragma once

#include "adapters/postgres/libpq.hpp"
#include "adapters/postgres/parameters.hpp"
#include "adapters/postgres/rows.hpp"
#include "base/result.hpp"

#include <cstddef>
#include <memory>
#include <optional>
#include <string>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/basic_stream_descriptor.hpp>

namespace rollcall::postgres {

// One libpq connection in pipeline mode, driven by the loop. Each query ends with a sync of its
// own, so that an error stays with the query that made it. libpq owns the descriptor: Asio only
// watches it. Look-ups of host names block (a limit of libpq): name the server by its address, or
// have a resolver near.
class Connection final : public std::enable_shared_from_this<Connection> {
 public:
  // Never called from within open(), send() or close(), and not after on_lost() or close().
  class Owner {
   public:
    virtual void on_open() = 0;
    virtual void on_answer(base::Result<Rows> rows) = 0;  // to the oldest query that waits
    virtual void on_lost(base::Error error) = 0;

   protected:
    ~Owner() = default;
  };

  Connection(boost::asio::io_context& context, Owner& owner);

  // Begins to connect. An error is final, as it is from send().
  base::Status open(const std::string& url);
  base::Status send(const Query& query);

  // Reads what has arrived already, though the loop has not come to it.
  void read();
  void close();

  // Where and what the server is, for logs.
  std::string address() const;
  std::string version() const;

 private:
  using Socket =
      boost::asio::posix::basic_stream_descriptor<boost::asio::io_context::executor_type>;

  void await_connecting(Socket::wait_type wait);
  void go_on_connecting();
  void opened();
  void await_readable();
  void await_writable();
  void take_results();
  base::Status flush();
  void lose(base::Error error);

  Owner& owner_;
  Socket socket_;
  ConnectionPtr connection_;
  std::size_t unanswered_ = 0;
  std::optional<base::Result<Rows>> answer_;  // of the oldest query, until its sync arrives
  bool writing_ = false;
  bool closed_ = false;
};

}  // namespace rollcall::postgres
