#pragma once

#include <string_view>

namespace rollcall::http {

// Looks at a whole head (request line and headers, with the empty line) before it is parsed, and
// says what is wrong with its line structure, or nothing. Refused: a CR or LF that stands alone
// (RFC 9112, 2.2), obsolete line folding (5.2), white space before a colon (5.1), and NUL.
std::string_view head_structure_error(std::string_view head);

// The same of one header or trailer line, given without its end.
std::string_view field_line_error(std::string_view line);

}  // namespace rollcall::http
