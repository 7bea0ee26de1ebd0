#pragma once

#include "service/roster.hpp"
#include "transport/http/router.hpp"

#include <map>
#include <string>
#include <vector>

namespace rollcall::http {

// /api/v1/rosters: what an application asks and says of its rosters.
class RosterRoutes {
 public:
  void add_to(Router& router);

  // The rosters that requests may name, from now on; they outlive every request.
  void serve(const std::vector<service::Roster*>& rosters);

 private:
  using Use = void (RosterRoutes::*)(service::Roster&, const Call&, Exchange);
  using UseMember = void (RosterRoutes::*)(service::Roster&, core::MemberId, Exchange);

  Handler with_roster(Use use);
  Handler with_member(UseMember use);
  Handler with_own_member(UseMember use);
  service::Roster* find(const std::string& name, Exchange exchange);

  void show(service::Roster& roster, const Call& call, Exchange exchange);
  void reset(service::Roster& roster, const Call& call, Exchange exchange);
  void list(service::Roster& roster, const Call& call, Exchange exchange);
  void which_live(service::Roster& roster, const Call& call, Exchange exchange);
  void touch(service::Roster& roster, core::MemberId member, Exchange exchange);
  void look_up(service::Roster& roster, core::MemberId member, Exchange exchange);
  void leave(service::Roster& roster, core::MemberId member, Exchange exchange);

  std::map<std::string, service::Roster*, std::less<>> rosters_;
};

}  // namespace rollcall::http
