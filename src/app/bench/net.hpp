#pragma once

#include "app/client/http_target.hpp"
#include "base/result.hpp"

#include <chrono>
#include <memory>

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>

namespace rollcall::bench {

using SteadyTime = std::chrono::steady_clock::time_point;
using Timer =
    boost::asio::basic_waitable_timer<std::chrono::steady_clock,
                                      boost::asio::wait_traits<std::chrono::steady_clock>,
                                      boost::asio::io_context::executor_type>;

// The loop, and the server that all connections go to. It outlives them.
struct Net {
  app::HttpTarget target;
  boost::asio::ip::tcp::resolver::results_type endpoints;
  std::unique_ptr<boost::asio::io_context> loop;
  std::unique_ptr<boost::asio::ssl::context> tls;  // null: none

  bool is_loopback() const;  // all that the name stands for is
};

// Looks the server up; it blocks. Errors tell people why.
base::Result<Net> make_net(const std::string& url);

}  // namespace rollcall::bench
