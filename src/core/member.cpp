#include "core/member.hpp"

#define XXH_INLINE_ALL
#include "core/utf8.hpp"

#include <xxhash.h>

namespace rollcall::core {
namespace {

base::Error invalid(std::string_view message) {
  return {base::Errc::invalid_argument, "invalid_id", std::string(message)};
}

}  // namespace

base::Result<MemberId> MemberId::parse(std::string_view text) {
  if (text.empty()) return invalid("the id is empty");
  if (text.size() > kMaxBytes) return invalid("the id is longer than 128 bytes");
  if (!is_valid_utf8(text)) return invalid("the id is not valid UTF-8");
  if (has_control_characters(text)) return invalid("the id holds a control character");
  return MemberId(text);
}

std::uint64_t MemberHash::operator()(std::string_view text) const {
  return XXH3_64bits_withSeed(text.data(), text.size(), seed_);
}

}  // namespace rollcall::core
