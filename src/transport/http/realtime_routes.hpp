#pragma once

#include "base/metrics.hpp"
#include "service/realtime.hpp"
#include "transport/http/router.hpp"

#include <string>

namespace rollcall::http {

struct RealtimeMetrics {
  base::Counter messages;  // to a user, one for each user named
  base::Counter broadcasts;
};

// /api/v1/realtime: what an application publishes and asks; the socket's own route is ws/'s.
class RealtimeRoutes {
 public:
  explicit RealtimeRoutes(service::Realtime& realtime) : realtime_(realtime) {}

  void add_to(Router& router);
  const RealtimeMetrics& metrics() const { return metrics_; }

 private:
  using UseUser = void (RealtimeRoutes::*)(core::UserId, const Call&, Exchange);

  Handler with_user(UseUser use);

  void send(core::UserId user, const Call& call, Exchange exchange);
  void send_to_several(const Call& call, Exchange exchange);
  void broadcast(const Call& call, Exchange exchange);
  void list(const Call& call, Exchange exchange);
  void explain(core::UserId user, const Call& call, Exchange exchange);
  void disconnect(core::UserId user, const Call& call, Exchange exchange);

  service::Realtime& realtime_;
  RealtimeMetrics metrics_;
};

}  // namespace rollcall::http
