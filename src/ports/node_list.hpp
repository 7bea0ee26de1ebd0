#pragma once

#include "base/time.hpp"
#include "ports/roster_store.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace rollcall::ports {

// A node as the registry has it. A node of another release may tell less of itself.
struct ListedNode {
  std::string id;
  std::string name;
  bool leased = false;  // false: it has not renewed its lease twice, or has none
  std::optional<base::WallTime> started;
  std::optional<std::uint64_t> connections;  // its WebSockets, as of its latest renewal

  bool operator==(const ListedNode&) const = default;
};

// Who is in the cluster. Errors: `unavailable` and `timeout`.
class NodeList {
 public:
  virtual ~NodeList() = default;

  // All nodes that have registered and were not forgotten, this one among them, by id.
  virtual void list(Reply<std::vector<ListedNode>> reply) = 0;
};

}  // namespace rollcall::ports
