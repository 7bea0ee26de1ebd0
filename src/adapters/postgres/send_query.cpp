#include "adapters/postgres/send_query.hpp"

#include <vector>

namespace rollcall::postgres {
namespace {

constexpr int kBinary = 1;
constexpr int kTextRows = 0;

}  // namespace

bool send_query(PGconn& connection, const Query& query) {
  std::vector<Oid> types;
  std::vector<const char*> values;
  std::vector<int> lengths;
  for (const Parameter& parameter : query.parameters) {
    types.push_back(parameter.type);
    values.push_back(parameter.bytes.data());
    lengths.push_back(static_cast<int>(parameter.bytes.size()));
  }
  const std::vector<int> formats(types.size(), kBinary);
  return PQsendQueryParams(&connection, query.sql.c_str(), static_cast<int>(types.size()),
                           types.data(), values.data(), lengths.data(), formats.data(),
                           kTextRows) == 1;
}

}  // namespace rollcall::postgres
