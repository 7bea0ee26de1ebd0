#pragma once

#include <string>
#include <string_view>

namespace rollcall::postgres {

// As PQescapeIdentifier and PQescapeLiteral do it for UTF-8, without a connection.
std::string quoted_identifier(std::string_view name);
std::string quoted_literal(std::string_view text);

}  // namespace rollcall::postgres
