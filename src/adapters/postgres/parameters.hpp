#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace rollcall::postgres {

// A parameter in PostgreSQL's binary format (typsend/typreceive in its source: big-endian
// integers; arrays as array_recv reads them). Nothing needs quoting, and the server parses less.
struct Parameter {
  std::uint32_t type;  // the OID, from pg_type.dat
  std::string bytes;
};

Parameter text(std::string_view value);
Parameter int8(std::int64_t value);
Parameter text_array(const std::vector<std::string_view>& values);
Parameter int8_array(const std::vector<std::int64_t>& values);
Parameter bool_array(const std::vector<bool>& values);
Parameter boolean(bool value);

struct Query {
  std::string sql;
  std::vector<Parameter> parameters;
  // A dated statement does nothing once its sender has given up. The link adds two parameters, in
  // microseconds of the server's clock: a moment that was not after send(), and the last one at
  // which it may begin. Its first row begins with (the moment, whether that was too late).
  bool dated = false;
};

}  // namespace rollcall::postgres
