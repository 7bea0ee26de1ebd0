#include "transport/http/address_limits.hpp"

#include <algorithm>

namespace rollcall::http {

std::string address_group(const boost::asio::ip::address& address) {
  if (address.is_v4()) {
    const auto bytes = address.to_v4().to_bytes();
    return {bytes.begin(), bytes.end()};
  }
  const auto v6 = address.to_v6();
  const auto bytes = v6.to_bytes();
  if (v6.is_v4_mapped()) return {bytes.begin() + 12, bytes.end()};
  return {bytes.begin(), bytes.begin() + 8};
}

bool ConnectionsPerAddress::admit(const boost::asio::ip::address& address) {
  if (limit_ == 0) return true;
  const std::lock_guard lock(mutex_);
  std::size_t& open = open_[address_group(address)];
  if (open >= limit_) return false;
  ++open;
  return true;
}

void ConnectionsPerAddress::release(const boost::asio::ip::address& address) {
  if (limit_ == 0) return;
  const std::lock_guard lock(mutex_);
  const auto found = open_.find(address_group(address));
  if (found != open_.end() && --found->second == 0) open_.erase(found);
}

RatePerAddress::RatePerAddress(std::size_t per_period, base::Millis period, std::size_t tracked)
    : per_period_(static_cast<double>(per_period)),
      period_(period),
      tracked_(std::max<std::size_t>(tracked, 1)) {}

bool RatePerAddress::admit(const boost::asio::ip::address& address, base::WallTime now) {
  const std::string group = address_group(address);
  const std::lock_guard lock(mutex_);
  const auto found = index_.find(group);
  if (found != index_.end()) {
    recent_.splice(recent_.begin(), recent_, found->second);
  } else {
    if (recent_.size() >= tracked_) {
      index_.erase(recent_.back().address);
      recent_.pop_back();
    }
    recent_.push_front({group, per_period_, now});
    index_[group] = recent_.begin();
  }
  Bucket& bucket = recent_.front();
  const double refill = per_period_ * static_cast<double>((now - bucket.filled).count()) /
                        static_cast<double>(period_.count());
  bucket.tokens = std::min(per_period_, bucket.tokens + std::max(0.0, refill));
  bucket.filled = now;
  if (bucket.tokens < 1.0) return false;
  bucket.tokens -= 1.0;
  return true;
}

}  // namespace rollcall::http
