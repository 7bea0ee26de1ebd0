#pragma once

#include "transport/auth/identity.hpp"
#include "transport/http/exchange.hpp"
#include "transport/http/target.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace rollcall::http {

// Who may use a route.
enum class Access {
  open,        // anyone
  api_key,     // an application, by its key
  key_socket,  // likewise, who opens a WebSocket, and so may have no header for the key
  user,        // a user, by a token
  socket,      // likewise, who opens a WebSocket
};

// A request on its way into a handler; valid until the handler returns.
struct Call {
  const Request& request;
  Client client;  // as the trusted proxies tell it
  std::string_view query;
  std::vector<std::string> params;         // what stood in the route's braces, decoded
  bool same_site = true;                   // the caller is a page of this site, or no page at all
  std::optional<auth::Identity> identity;  // of the user, with Access::user and socket

  base::Result<std::optional<std::string>> query_value(std::string_view name) const {
    return http::query_value(query, name);
  }
};

using Handler = std::function<void(const Call&, Exchange)>;

struct Route {
  Method method;
  std::string path;  // "/api/v1/rosters/{roster}"
  Access access;
  Handler handler;
};

// Finds the route of a request: the paths without braces by one look-up, the others in the order
// in which they were added, so that /members/me stands before /members/{id}.
class Router {
 public:
  struct Match {
    const Route* route = nullptr;  // null: not found
    std::vector<std::string> params;
    std::string allowed_methods;  // when the path exists, but not with this method
  };

  void add(Route route);
  base::Result<Match> find(Method method, std::string_view path) const;
  const std::vector<Route>& routes() const { return routes_; }

 private:
  struct TextHash : std::hash<std::string_view> {
    using is_transparent = void;
  };

  std::vector<Route> routes_;
  std::vector<std::vector<std::string>> patterns_;  // of each route, its path in segments
  std::unordered_map<std::string, std::vector<std::size_t>, TextHash, std::equal_to<>> exact_;
};

std::string_view name_of(Method method);

}  // namespace rollcall::http
