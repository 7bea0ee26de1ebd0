#include "adapters/postgres/url.hpp"

#include <algorithm>
#include <memory>
#include <string_view>

#include <libpq-fe.h>

namespace rollcall::postgres {
namespace {

struct OptionsFreer {
  void operator()(PQconninfoOption* options) const { PQconninfoFree(options); }
};

base::Error refused(std::string_view why) {
  return {base::Errc::invalid_argument, "invalid_postgres_url",
          "postgres.url " + std::string(why)};
}

bool is_port_list(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return (c >= '0' && c <= '9') || c == ','; });
}

}  // namespace

base::Status check_url(const std::string& url) {
  char* complaint = nullptr;
  const std::unique_ptr<PQconninfoOption, OptionsFreer> options(
      PQconninfoParse(url.c_str(), &complaint));
  if (!options) {
    PQfreemem(complaint);
    return refused("is not of the form postgresql://user:password@host:port/database");
  }
  for (const PQconninfoOption* option = options.get(); option->keyword != nullptr; ++option) {
    if (option->val == nullptr) continue;
    const std::string_view keyword = option->keyword;
    const std::string_view value = option->val;
    if (keyword == "host" && value.find('@') != std::string_view::npos) {
      return refused("has a second @: write an @ of the password as %40");
    }
    if (keyword == "port" && !is_port_list(value)) {
      return refused("has a port that is not a number: write a : of the password as %3A");
    }
  }
  return base::Done{};
}

ConnectArguments::ConnectArguments(const std::string& url, const char* application)
    : keywords{"application_name", "connect_timeout", "dbname", "client_encoding", nullptr},
      values{application, "10", url.c_str(), "UTF8", nullptr} {}

}  // namespace rollcall::postgres
