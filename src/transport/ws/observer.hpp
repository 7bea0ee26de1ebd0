#pragma once

namespace rollcall::ws {

class Connection;

// One who looks at the node: is told what that tells of itself, and is no user.
class Observer {
 public:
  static void join(const Connection& connection);
  static void leave(const Connection& connection);
  static void on_message(Connection& connection);
};

}  // namespace rollcall::ws
