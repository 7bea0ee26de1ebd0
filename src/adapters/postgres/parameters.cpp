#include "adapters/postgres/parameters.hpp"

#include <array>
#include <cstddef>

namespace rollcall::postgres {
namespace {

// OIDs.
constexpr std::uint32_t kBool = 16;
constexpr std::uint32_t kInt8 = 20;
constexpr std::uint32_t kText = 25;
constexpr std::uint32_t kBoolArray = 1000;
constexpr std::uint32_t kTextArray = 1009;
constexpr std::uint32_t kInt8Array = 1016;

template <std::size_t Size>
void append_integer(std::string& bytes, std::uint64_t value) {
  for (std::size_t i = Size; i-- > 0;) {
    bytes += static_cast<char>(static_cast<unsigned char>(value >> (8 * i)));
  }
}

void append_int4(std::string& bytes, std::size_t value) {
  append_integer<4>(bytes, value);
}

void append_int8(std::string& bytes, std::int64_t value) {
  append_integer<8>(bytes, static_cast<std::uint64_t>(value));
}

// The header of an array of one dimension without nulls; the elements follow, each after its
// length. An empty array has no dimension at all.
std::string array_header(std::uint32_t element, std::size_t count) {
  std::string bytes;
  append_int4(bytes, count == 0 ? 0 : 1);
  append_int4(bytes, 0);
  append_int4(bytes, element);
  if (count == 0) return bytes;
  append_int4(bytes, count);
  append_int4(bytes, 1);
  return bytes;
}

}  // namespace

Parameter boolean(bool value) {
  return {kBool, std::string(1, value ? '\1' : '\0')};
}

Parameter text(std::string_view value) {
  return {kText, std::string(value)};
}

Parameter int8(std::int64_t value) {
  Parameter parameter{kInt8, {}};
  append_int8(parameter.bytes, value);
  return parameter;
}

Parameter text_array(const std::vector<std::string_view>& values) {
  Parameter parameter{kTextArray, array_header(kText, values.size())};
  for (const std::string_view value : values) {
    append_int4(parameter.bytes, value.size());
    parameter.bytes += value;
  }
  return parameter;
}

Parameter int8_array(const std::vector<std::int64_t>& values) {
  Parameter parameter{kInt8Array, array_header(kInt8, values.size())};
  for (const std::int64_t value : values) {
    append_int4(parameter.bytes, sizeof value);
    append_int8(parameter.bytes, value);
  }
  return parameter;
}

Parameter bool_array(const std::vector<bool>& values) {
  Parameter parameter{kBoolArray, array_header(kBool, values.size())};
  for (const bool value : values) {
    append_int4(parameter.bytes, 1);
    parameter.bytes += value ? '\1' : '\0';
  }
  return parameter;
}

}  // namespace rollcall::postgres
