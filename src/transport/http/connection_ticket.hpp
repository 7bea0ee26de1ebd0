#pragma once

#include "transport/http/address_limits.hpp"

#include <atomic>
#include <cstddef>
#include <memory>
#include <utility>

#include <boost/asio/ip/address.hpp>

namespace rollcall::http {

// What the servers of all shards share.
struct SharedLimits {
  std::atomic<std::size_t> open_connections{0};
  ConnectionsPerAddress per_address;

  explicit SharedLimits(std::size_t connections_per_address)
      : per_address(connections_per_address) {}
};

// A place among the connections that a process, and an address, may have open. It is held as long
// as the connection lives, whatever protocol it speaks.
class ConnectionTicket {
 public:
  ConnectionTicket() = default;
  ConnectionTicket(SharedLimits& limits, const boost::asio::ip::address& address)
      : limits_(&limits) {
    ++limits.open_connections;
    if (limits.per_address.is_limited()) {
      address_ = std::make_unique<const boost::asio::ip::address>(address);
    }
  }
  ConnectionTicket(ConnectionTicket&& other) noexcept
      : limits_(std::exchange(other.limits_, nullptr)), address_(std::move(other.address_)) {}
  ConnectionTicket& operator=(ConnectionTicket&& other) noexcept {
    if (this == &other) return *this;
    give_back();
    limits_ = std::exchange(other.limits_, nullptr);
    address_ = std::move(other.address_);
    return *this;
  }
  ~ConnectionTicket() { give_back(); }

  void give_back() {
    if (limits_ == nullptr) return;
    --limits_->open_connections;
    if (address_) limits_->per_address.release(*address_);
    limits_ = nullptr;
    address_.reset();
  }

 private:
  SharedLimits* limits_ = nullptr;
  std::unique_ptr<const boost::asio::ip::address> address_;  // only where they are limited
};

}  // namespace rollcall::http
