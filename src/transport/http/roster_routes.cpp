#include "transport/http/roster_routes.hpp"

#include "transport/http/answer_fields.hpp"
#include "transport/http/json_fields.hpp"
#include "transport/http/json_response.hpp"
#include "transport/http/paging.hpp"

#include <iterator>

#include <fmt/format.h>

namespace rollcall::http {
namespace {

using Sightings = std::vector<std::optional<ports::Sighting>>;

base::Error bad_request(std::string_view code, std::string_view message) {
  return {base::Errc::invalid_argument, code, std::string(message)};
}

base::Result<std::vector<core::MemberId>> members_of(std::string_view body) {
  auto fields = JsonFields::parse(body);
  if (!fields) return std::move(fields).error();
  const auto* value = fields.value().find("members");
  const auto* list = value == nullptr ? nullptr : std::get_if<JsonFields::List>(value);
  if (list == nullptr) {
    return bad_request("members_required", "send {\"members\":[...]}, up to 1000 strings");
  }
  std::vector<core::MemberId> members;
  for (const std::string& text : *list) {
    auto member = core::MemberId::parse(text);
    if (!member) return std::move(member).error();
    members.push_back(std::move(member).value());
  }
  return members;
}

void append_string(std::string& out, const core::MemberId& member) {
  if (out.back() != '[') out += ',';
  out += json_string(member.text());
}

}  // namespace

void RosterRoutes::serve(const std::vector<service::Roster*>& rosters) {
  rosters_.clear();
  for (service::Roster* roster : rosters) rosters_.emplace(roster->name(), roster);
}

void RosterRoutes::add_to(Router& router) {
  const std::string roster = "/api/v1/rosters/{roster}";
  const std::string me = roster + "/members/me";
  const std::string member = roster + "/members/{id}";
  const auto key = Access::api_key;
  router.add({Method::get, roster, key, with_roster(&RosterRoutes::show)});
  router.add({Method::del, roster, key, with_roster(&RosterRoutes::reset)});
  router.add({Method::get, roster + "/members", key, with_roster(&RosterRoutes::list)});
  router.add({Method::post, roster + "/live", key, with_roster(&RosterRoutes::which_live)});
  router.add({Method::put, me, Access::user, with_own_member(&RosterRoutes::touch)});
  router.add({Method::del, me, Access::user, with_own_member(&RosterRoutes::leave)});
  router.add({Method::put, member, key, with_member(&RosterRoutes::touch)});
  router.add({Method::get, member, key, with_member(&RosterRoutes::look_up)});
  router.add({Method::del, member, key, with_member(&RosterRoutes::leave)});
}

service::Roster* RosterRoutes::find(const std::string& name, Exchange exchange) {
  const auto found = rosters_.find(name);
  if (found != rosters_.end()) return found->second;
  exchange.respond(
      error_response(404, "roster_not_found", "no roster of this name is configured"));
  return nullptr;
}

Handler RosterRoutes::with_roster(Use use) {
  return [this, use](const Call& call, Exchange exchange) {
    if (auto* roster = find(call.params[0], exchange)) (this->*use)(*roster, call, exchange);
  };
}

Handler RosterRoutes::with_member(UseMember use) {
  return [this, use](const Call& call, Exchange exchange) {
    auto* roster = find(call.params[0], exchange);
    if (roster == nullptr) return;
    auto member = core::MemberId::parse(call.params[1]);
    if (!member) return exchange.respond(error_response(member.error()));
    (this->*use)(*roster, std::move(member).value(), exchange);
  };
}

Handler RosterRoutes::with_own_member(UseMember use) {
  return [this, use](const Call& call, Exchange exchange) {
    if (auto* roster = find(call.params[0], exchange)) {
      (this->*use)(*roster, call.identity->user, exchange);
    }
  };
}

void RosterRoutes::show(service::Roster& roster, const Call&, Exchange exchange) {
  roster.count([exchange, &roster](const base::Result<core::Answer>& answer) {
    if (!answer) return exchange.respond(error_response(answer.error()));
    Response response = online_response(answer.value());
    response.body =
        fmt::format(R"({{"roster":{},"online":{},"ttlMs":{}}})", json_string(roster.name()),
                    answer.value().online, roster.ttl().count());
    exchange.respond(response);
  });
}

void RosterRoutes::reset(service::Roster& roster, const Call&, Exchange exchange) {
  roster.reset([exchange](const base::Status& done) {
    exchange.respond(done ? no_content() : error_response(done.error()));
  });
}

void RosterRoutes::list(service::Roster& roster, const Call& call, Exchange exchange) {
  auto paging = paging_of(call);
  if (!paging) return exchange.respond(error_response(paging.error()));
  roster.list(std::move(paging.value().cursor), paging.value().limit,
              [exchange](const base::Result<ports::MemberPage>& page) {
                if (!page) return exchange.respond(error_response(page.error()));
                std::string body = R"({"members":[)";
                for (const auto& member : page.value().members) append_string(body, member);
                body += R"(],"cursor":)";
                body += page.value().next.empty() ? "null" : json_string(page.value().next);
                exchange.respond(json_response(200, body + "}"));
              });
}

void RosterRoutes::which_live(service::Roster& roster, const Call& call, Exchange exchange) {
  auto members = members_of(call.request.body);
  if (!members) return exchange.respond(error_response(members.error()));
  const std::vector<core::MemberId> asked = members.value();
  roster.is_live(std::move(members).value(),
                 [exchange, asked](const base::Result<Sightings>& seen) {
                   if (!seen) return exchange.respond(error_response(seen.error()));
                   std::string body = R"({"live":[)";
                   for (std::size_t i = 0; i < asked.size(); ++i) {
                     if (seen.value()[i]) append_string(body, asked[i]);
                   }
                   exchange.respond(json_response(200, body + "]}"));
                 });
}

void RosterRoutes::touch(service::Roster& roster, core::MemberId member, Exchange exchange) {
  roster.touch(std::move(member), [exchange](const base::Result<core::Answer>& answer) {
    exchange.respond(answer ? online_response(answer.value()) : error_response(answer.error()));
  });
}

void RosterRoutes::look_up(service::Roster& roster, core::MemberId member, Exchange exchange) {
  roster.is_live({std::move(member)}, [exchange](const base::Result<Sightings>& seen) {
    if (!seen) return exchange.respond(error_response(seen.error()));
    const auto& sighting = seen.value().front();
    if (!sighting)
      return exchange.respond(
          json_response(200, R"({"live":false,"lastSeen":null,"ageMs":null})"));
    exchange.respond(json_response(
        200, fmt::format(R"({{"live":true,"lastSeen":"{}","ageMs":{}}})",
                         base::format_rfc3339(sighting->last_seen), sighting->age.count())));
  });
}

void RosterRoutes::leave(service::Roster& roster, core::MemberId member, Exchange exchange) {
  roster.leave(std::move(member), [exchange](const base::Result<core::Answer>& answer) {
    exchange.respond(answer ? no_content() : error_response(answer.error()));
  });
}

}  // namespace rollcall::http
