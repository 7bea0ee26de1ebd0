#include "core/member.hpp"
#include "core/utf8.hpp"
#include "transport/http/json_fields.hpp"
#include "transport/http/response.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

using rollcall::core::MemberId;
using rollcall::http::JsonFields;

void require(bool condition) {
  if (!condition) std::abort();
}

// An id that is taken must come back from JSON as it was.
void check_member(std::string_view text) {
  const auto member = MemberId::parse(text);
  if (!member) return;
  require(!text.empty() && text.size() <= MemberId::kMaxBytes && member.value().text() == text);
  const auto fields =
      JsonFields::parse("{\"sessionId\":" + rollcall::http::json_string(text) + "}");
  require(fields.ok());
  const auto* value = fields.value().find("sessionId");
  require(value != nullptr && std::get<std::string>(*value) == text);
}

void check_value(const JsonFields::Value* value) {
  if (value == nullptr) return;
  if (const auto* text = std::get_if<std::string>(value)) {
    require(rollcall::core::is_valid_utf8(*text));
    check_member(*text);
  }
  if (const auto* list = std::get_if<JsonFields::List>(value)) {
    require(list->size() <= JsonFields::kMaxListed);
    for (const std::string& text : *list) check_member(text);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  check_member(text);
  const auto fields = JsonFields::parse(text);
  require(JsonFields::parse(text + " ").ok() == fields.ok());
  require(!JsonFields::parse(text + "{}").ok() || text.find_first_not_of(" \t\r\n") == text.npos);
  if (!fields) return 0;
  require(rollcall::core::is_valid_utf8(text));
  for (const char* name : {"sessionId", "leave", "members"}) {
    check_value(fields.value().find(name));
  }
  return 0;
}
