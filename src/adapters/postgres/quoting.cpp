#include "adapters/postgres/quoting.hpp"

namespace rollcall::postgres {
namespace {

std::string doubled(std::string_view text, std::string_view specials) {
  std::string sql;
  for (const char c : text) {
    if (specials.find(c) != std::string_view::npos) sql += c;
    sql += c;
  }
  return sql;
}

}  // namespace

std::string quoted_identifier(std::string_view name) {
  return '"' + doubled(name, "\"") + '"';
}

std::string quoted_literal(std::string_view text) {
  if (text.find('\\') == std::string_view::npos) return '\'' + doubled(text, "'") + '\'';
  return " E'" + doubled(text, "'\\") + '\'';
}

}  // namespace rollcall::postgres
