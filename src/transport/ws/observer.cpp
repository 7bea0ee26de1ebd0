#include "transport/ws/observer.hpp"

#include "core/protocol.hpp"
#include "transport/ws/connection.hpp"
#include "transport/ws/server.hpp"

namespace rollcall::ws {

void Observer::join(const Connection& connection) {
  Server& server = connection.server();
  server.audience_->join(connection.ref(), [&server, ref = connection.ref()](bool has_place) {
    Connection* const found = server.find(ref);
    if (found == nullptr || has_place) return;
    found->close_later(CloseCode::connection_limit, core::Reason::closed);
  });
}

void Observer::leave(const Connection& connection) {
  connection.server().audience_->leave(connection.ref());
}

void Observer::on_message(Connection& connection) {
  connection.server().metrics_.command_errors.add();
  connection.send(core::make_text(
      core::error_text("unknown_type", "an observer is told, and has nothing to ask for")));
}

}  // namespace rollcall::ws
