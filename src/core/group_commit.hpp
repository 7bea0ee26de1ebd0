#pragma once

#include "core/change.hpp"

#include <cstddef>
#include <deque>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/unordered/unordered_flat_map.hpp>

namespace rollcall::core {

// Changes that arrive while a batch is in flight leave together in the next one. A member stands
// at most once in a batch: of its changes the latest counts, and every caller is answered.
template <typename Waiter>
class GroupCommit {
 public:
  struct Batch {
    std::vector<Change> changes;
    std::vector<Waiter> waiters;
  };

  GroupCommit(std::size_t batch_limit, std::size_t queue_limit)
      : batch_limit_(batch_limit), queue_limit_(queue_limit) {}

  // False, and nothing is kept, when `queue_limit` callers wait already.
  [[nodiscard]] bool add(Change change, Waiter waiter) {
    if (waiting_ >= queue_limit_) return false;
    if (queue_.empty() || queue_.back().batch.changes.size() >= batch_limit_)
      queue_.emplace_back();
    queue_.back().add(std::move(change));
    queue_.back().batch.waiters.push_back(std::move(waiter));
    ++waiting_;
    return true;
  }

  // The next batch, unless nothing waits or one is in flight. After it call finished(), once.
  std::optional<Batch> next() {
    if (in_flight_ || queue_.empty()) return std::nullopt;
    Batch batch = std::move(queue_.front().batch);
    queue_.pop_front();
    waiting_ -= batch.waiters.size();
    in_flight_ = true;
    return batch;
  }

  void finished() { in_flight_ = false; }

  std::size_t waiting() const { return waiting_; }

 private:
  struct Filling {
    Batch batch;
    boost::unordered_flat_map<std::string, std::size_t> index;

    void add(Change change) {
      const auto [place, is_new] = index.try_emplace(change.member.text(), batch.changes.size());
      if (is_new) {
        batch.changes.push_back(std::move(change));
      } else if (change.age <= batch.changes[place->second].age) {
        batch.changes[place->second] = std::move(change);
      }
    }
  };

  std::size_t batch_limit_;
  std::size_t queue_limit_;
  std::size_t waiting_ = 0;
  bool in_flight_ = false;
  std::deque<Filling> queue_;
};

}  // namespace rollcall::core
