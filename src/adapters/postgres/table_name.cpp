#include "adapters/postgres/table_name.hpp"

#include "adapters/postgres/quoting.hpp"
#include "core/utf8.hpp"

#include <optional>

namespace rollcall::postgres {
namespace {

constexpr std::size_t kMaxPartBytes = 63;  // PostgreSQL cuts off what is longer
constexpr int kMaxParts = 2;

// The part at the start of `rest`, which is taken off, with a dot that follows.
std::optional<std::string> take_part(std::string_view& rest) {
  std::string part;
  const bool in_quotes = rest.starts_with('"');
  if (in_quotes) rest.remove_prefix(1);
  bool ended = !in_quotes;
  while (!rest.empty()) {
    const char c = rest.front();
    if (!in_quotes && (c == '.' || c == '"')) break;
    rest.remove_prefix(1);
    if (in_quotes && c == '"' && !rest.starts_with('"')) {
      ended = true;
      break;
    }
    if (in_quotes && c == '"') rest.remove_prefix(1);
    part += c;
  }
  if (!ended || part.empty() || part.size() > kMaxPartBytes) return std::nullopt;
  if (rest.empty()) return part;
  if (!rest.starts_with('.') || rest.size() == 1) return std::nullopt;
  rest.remove_prefix(1);
  return part;
}

}  // namespace

base::Result<std::string> quoted_table(std::string_view name) {
  const base::Error invalid{
      base::Errc::invalid_argument, "table_name",
      "is no name of a table: give name, schema.name or \"schema\".\"name\""};
  if (!core::is_valid_utf8(name) || core::has_control_characters(name)) return invalid;
  std::string sql;
  for (int parts = 0; parts == 0 || !name.empty(); ++parts) {
    const auto part = take_part(name);
    if (!part || parts == kMaxParts) return invalid;
    if (parts > 0) sql += '.';
    sql += quoted_identifier(*part);
  }
  return sql;
}

}  // namespace rollcall::postgres
