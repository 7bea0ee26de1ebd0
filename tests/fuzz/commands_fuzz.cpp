#include "core/protocol.hpp"
#include "core/utf8.hpp"
#include "transport/http/json_fields.hpp"
#include "transport/ws/commands.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

using namespace rollcall;

void require(bool condition) {
  if (!condition) std::abort();
}

void check(const std::vector<core::UserId>& users) {
  require(users.size() <= http::JsonFields::kMaxListed);
  for (const core::UserId& user : users) require(core::UserId::parse(user.text()).ok());
}

// What rollcall says about a text is JSON that gives the text back.
void check_text(const std::string& text) {
  if (!core::is_valid_utf8(text)) return;
  const auto said = http::JsonFields::parse(core::error_text("code", text));
  require(said.ok());
  require(std::get<std::string>(*said.value().find("message")) == text);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  check_text(text);
  const auto command = ws::parse_command(text);
  if (!command) {
    const std::string_view code = command.error().code;
    require(code == "invalid_json" || code == "unknown_type" || code == "invalid_command" ||
            code == "invalid_id");
    require(http::JsonFields::parse(core::error_text(code, command.error().message)).ok());
    return 0;
  }
  if (const auto* watch = std::get_if<ws::Watch>(&command.value())) check(watch->users);
  if (const auto* unwatch = std::get_if<ws::Unwatch>(&command.value())) check(unwatch->users);
  return 0;
}
