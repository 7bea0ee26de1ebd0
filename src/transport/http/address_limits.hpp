#pragma once

#include "base/time.hpp"

#include <array>
#include <cstddef>
#include <list>
#include <mutex>
#include <string>
#include <unordered_map>

#include <boost/asio/ip/address.hpp>

namespace rollcall::http {

// Clients are told apart by address; of IPv6 by the /64 that one customer has whole.
std::string address_group(const boost::asio::ip::address& address);

// How many connections an address holds open, over all shards. Touched on accept and close only.
class ConnectionsPerAddress {
 public:
  explicit ConnectionsPerAddress(std::size_t limit) : limit_(limit) {}  // 0: no limit

  bool is_limited() const { return limit_ > 0; }
  bool admit(const boost::asio::ip::address& address);
  void release(const boost::asio::ip::address& address);

 private:
  std::size_t limit_;
  std::mutex mutex_;
  std::unordered_map<std::string, std::size_t> open_;
};

// Token buckets by address, over all shards: `per_period` at once, refilled over `period`. Of at
// most `tracked` addresses; the one unseen for longest is forgotten first.
class RatePerAddress {
 public:
  RatePerAddress(std::size_t per_period, base::Millis period, std::size_t tracked);

  bool enabled() const { return per_period_ > 0; }
  bool admit(const boost::asio::ip::address& address, base::WallTime now);

 private:
  struct Bucket {
    std::string address;
    double tokens;
    base::WallTime filled;
  };

  double per_period_;
  base::Millis period_;
  std::size_t tracked_;
  std::mutex mutex_;
  std::list<Bucket> recent_;  // the latest first
  std::unordered_map<std::string, std::list<Bucket>::iterator> index_;
};

}  // namespace rollcall::http
